// SPDX-License-Identifier: Apache-2.0
//
// The HTTP transport to one gateway. Probe, REST, ticket and WebSocket upgrade share its TLS
// settings, proxy, extra headers and kept-alive connections.
//
// Threads: any, at the same time; each exchange has its own connection.

#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/http/http_body.h>

#include "base/mutex.h"
#include "log/instruments.h"
#include "net/dialer.h"
#include "net/exchange_record.h"
#include "net/front_door.h"
#include "net/http/http_connection.h"
#include "net/http/request_writer.h"
#include "net/limits.h"
#include "net/stream.h"

namespace pintle::net {

struct TransportSettings {
  GatewayUrl gateway;
  /// Added to every request, for an access proxy. A request's own field of the same name replaces
  /// them, except that cookies are joined.
  Headers extra_headers{};
  std::string ca_file{};  ///< Trusted instead of the system's store, if not empty.
  /// Shown to the gateway if it asks for one; may be null.
  std::shared_ptr<ClientCertificate> client_certificate{};
  ProxyRules proxies{};
  ConnectLimits connect{};
  /// Below the idle timeout of servers, which is 5 s or more (uvicorn, node).
  std::chrono::milliseconds keep_idle{4'000};
  std::size_t max_idle = 8;
  Lookup lookup = system_lookup;
  Instruments instruments{};
};

/// Returns the settings to dial the gateway with.
DialSettings dial_settings(const TransportSettings& settings);

/// The result of an upgrade.
struct Upgraded {
  HttpResponse response;         ///< The 101, or the refusal with its body.
  std::optional<Stream> stream;  ///< After a 101 only: blocking, owned by the caller.
  std::string early;             ///< Bytes of the new protocol received with the 101.
  bool reused = false;           ///< It used the connection of an earlier exchange.
};

class Transport {
 public:
  /// Does not connect. Throws Error(config) if the CA file or the extra headers are unusable.
  explicit Transport(TransportSettings settings);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Sends `request`, whose target is a path below the gateway's prefix, and returns its answer
  /// whatever the status: a redirect is an answer too. Blocks. Adds Host, User-Agent, Accept,
  /// Accept-Encoding and Content-Length, and never credentials.
  ///
  /// Decodes the answer's content, unless the request has its own Accept-Encoding: then the content
  /// is returned as received. The limits of `streams` replace those in `limits`.
  ///
  /// Retries once, on a new connection, only if a kept-alive connection ended before any byte of
  /// the answer and the request may be repeated: GET, HEAD, OPTIONS, PUT, DELETE, or
  /// `limits.may_repeat`. A source that cannot be rewound is never sent again. Throws Error(config,
  /// dns, tcp, proxy, tls or protocol), and what the source and the sink throw.
  HttpResponse exchange(const HttpRequest& request, const ExchangeLimits& limits = {},
                        const BodyStreams& streams = {});

  /// Sends two GETs at once on one connection and returns both answers. Takes one round trip if the
  /// server supports pipelining (RFC 9112 9.3.2); otherwise sends the second one again. `prefix`
  /// replaces the gateway's prefix in both targets, to look for a gateway elsewhere on the same
  /// origin.
  std::pair<HttpResponse, HttpResponse> exchange_both(const HttpRequest& first,
                                                      const HttpRequest& second,
                                                      const ExchangeLimits& limits = {},
                                                      std::optional<std::string_view> prefix = {});

  /// Sends a GET below `prefix` in place of the gateway's.
  HttpResponse get_below(std::string_view prefix, const HttpRequest& request,
                         const ExchangeLimits& limits = {});

  /// Sends a GET with the Upgrade field of `request` on the connection of the last exchange, or on
  /// a new one if that is gone or ends without an answer.
  Upgraded upgrade(const HttpRequest& request, const ExchangeLimits& limits = {});

  /// Opens a connection for the next exchange, with TCP and TLS done on return, so that a lock can
  /// be held for the exchange alone. Throws as `exchange` does.
  void connect_ahead(const ExchangeLimits& limits = {});

  /// Closes the idle connections. Call it when the network changes.
  void close_idle();

  /// Keeps up to so many idle connections from now on, if that is more than before.
  void keep_at_least(std::size_t idle_connections);

  /// Returns all header fields that `exchange` or `upgrade` would send with `request`, for a scheme
  /// that signs them. Throws Error(config) as they do.
  /// Those of the front are left out: it may remove them.
  Headers headers_of(const HttpRequest& request, bool upgrade,
                     const BodyStreams& streams = {}) const {
    return writer()->fields(request, upgrade, streams);
  }

  /// Returns the extra headers, and replaces those of all requests from now on. Throws
  /// Error(config) if they are unusable.
  Headers extra_headers() const;
  void use_extra_headers(Headers headers);
  /// Returns true if one of them has the name of `header` and another value.
  bool has_another(const Header& header) const;

  const GatewayUrl& gateway() const noexcept { return settings_.gateway; }
  /// Those that are sent, which no text may show.
  KnownSecrets& secrets() const noexcept { return *settings_.instruments.secrets; }

  /// Returns the settings for another origin: the same TLS settings, proxies with their password,
  /// and time limits, without the extra headers, which are for this gateway's access proxy, and
  /// without the client certificate if it is really another. They have no front.
  TransportSettings settings_for(GatewayUrl other) const;

  /// Like `exchange`, with these headers of a front, whoever stands in front of the gateway.
  HttpResponse exchange_as(const HttpRequest& request, const ExchangeLimits& limits,
                           const Headers& front);

  /// From now on `front` stands in front of the gateway, for every exchange and upgrade. It must
  /// outlive their calls. Call it before the first of them.
  void use_front(FrontDoor& front) noexcept { front_ = &front; }

 private:
  struct Live;

  struct Facts {
    bool closed_before_response = false;  ///< The connection ended by itself before any answer.
    bool reused = false;                  ///< An earlier exchange used the connection.
  };

  std::shared_ptr<const RequestWriter> writer() const;
  HttpResponse exchange_with(const HttpRequest& request, const ExchangeLimits& limits,
                             const BodyStreams& streams, const Headers& front);
  std::pair<HttpResponse, HttpResponse> exchange_both_with(const HttpRequest& first,
                                                           const HttpRequest& second,
                                                           const ExchangeLimits& limits,
                                                           std::optional<std::string_view> prefix,
                                                           const Headers& front);
  Upgraded upgrade_with(const HttpRequest& request, const ExchangeLimits& limits,
                        const Headers& front);
  HttpResponse send(const OutgoingRequest& outgoing, const ExchangeLimits& limits, bool may_repeat);
  std::unique_ptr<Live> take_idle();
  void put_idle(std::unique_ptr<Live> live);
  std::unique_ptr<Live> dial(const ExchangeLimits& limits, TimePoint total_deadline,
                             DialTimes& times);
  std::unique_ptr<Live> open(const ExchangeLimits& limits, TimePoint total_deadline,
                             DialTimes& times);
  void throw_if_other_scheme(const ExchangeLimits& limits, TimePoint total_deadline,
                             const DialTimes& times);
  void give_back(std::unique_ptr<Live> live);
  std::unique_ptr<Live> run(const OutgoingRequest& outgoing, const ExchangeLimits& limits,
                            bool may_repeat, HttpResponse& response, Facts* facts = nullptr);
  std::unique_ptr<Live> try_run(const WireRequest& wire, const ExchangeLimits& limits,
                                bool may_repeat, HttpResponse& response, Facts& facts,
                                TimePoint total_deadline, ExchangeRecord& record);
  bool read_second(Live& live, const WireRequest& wire, const ExchangeLimits& limits,
                   HttpResponse& response);

  TransportSettings settings_;
  FrontDoor* front_ = nullptr;
  Dialer dialer_;
  mutable Mutex mutex_;
  Headers extra_headers_ PINTLE_GUARDED_BY(mutex_);
  std::shared_ptr<const RequestWriter> writer_ PINTLE_GUARDED_BY(mutex_);
  std::size_t max_idle_ PINTLE_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Live>> idle_ PINTLE_GUARDED_BY(mutex_);  // Last used at the end.
};

}  // namespace pintle::net
