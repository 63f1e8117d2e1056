// SPDX-License-Identifier: Apache-2.0
//
// The way to one gateway that every leg shares: probe, REST, ticket and WebSocket upgrade use the
// same TLS settings, proxy, extra headers and kept-alive connections.
//
// Threads: any, at the same time; each exchange has a connection to itself.

#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/http/http_body.h>

#include "net/dialer.h"
#include "net/http/http_connection.h"
#include "net/limits.h"
#include "net/stream.h"

namespace pintle::net {

struct TransportSettings {
  GatewayUrl gateway;
  /// On every request of every leg: those of an access proxy. A request's own field of the same
  /// name stands in their place, except that cookies are joined.
  Headers extra_headers{};
  std::string ca_file{};  ///< Trusted instead of the system's store; empty for the system's.
  ProxyRules proxies{};
  ConnectLimits connect{};
  /// Servers close idle connections after 5 s and more (uvicorn, node): stay below.
  std::chrono::milliseconds keep_idle{4'000};
  std::size_t max_idle = 8;
  Lookup lookup = system_lookup;
};

/// What came of an upgrade.
struct Upgraded {
  HttpResponse response;         ///< The 101, or the refusal with its body.
  std::optional<Stream> stream;  ///< After a 101 only: blocking, the caller's alone.
  std::string early;             ///< Bytes of the new protocol that came with the 101.
  bool reused = false;           ///< It went over the connection of an exchange before it.
};

class Transport {
 public:
  /// Throws Error(config) for a CA file or extra headers that are not usable. Connects nowhere.
  explicit Transport(TransportSettings settings);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Sends `request` (its target is a path below the gateway's prefix) and gives its answer back,
  /// whatever the status: a redirect is an answer too. Blocks. Host, User-Agent, Accept,
  /// Accept-Encoding and Content-Length are added; credentials never are.
  ///
  /// The answer's content is decoded, unless the request has an Accept-Encoding of its own: then it
  /// is handed over as it is sent. The limits of `streams` stand in the place of those in `limits`.
  ///
  /// Is tried again, once and on a new connection, only where a kept-alive connection ended before
  /// any byte of the answer and the request may be repeated: GET, HEAD, OPTIONS, PUT, DELETE, or
  /// `limits.may_repeat`; a source that cannot be rewound is never sent again. Throws Error(config,
  /// dns, tcp, proxy, tls or protocol), and what the source and the sink throw.
  HttpResponse exchange(const HttpRequest& request, const ExchangeLimits& limits = {},
                        const BodyStreams& streams = {});

  /// Sends two GETs at once on one connection and gives both answers, in one round trip where the
  /// server answers in order and keeps the connection (RFC 9112 9.3.2); where it does not, the
  /// second one is sent anew. `prefix` stands before both targets in the place of the gateway's
  /// own, to look for a gateway elsewhere on the same origin.
  std::pair<HttpResponse, HttpResponse> exchange_both(const HttpRequest& first,
                                                      const HttpRequest& second,
                                                      const ExchangeLimits& limits = {},
                                                      std::optional<std::string_view> prefix = {});

  /// Sends a GET with the Upgrade field that `request` holds, on the connection of the last
  /// exchange where it is still there, and on a new one where that one ends without an answer.
  Upgraded upgrade(const HttpRequest& request, const ExchangeLimits& limits = {});

  /// Sees to it that the next exchange finds an open connection: TCP and TLS are done when it
  /// returns, for who will hold a lock over the exchange. Throws as `exchange` does.
  void connect_ahead(const ExchangeLimits& limits = {});

  /// Closes the idle connections: to be called when the network changes.
  void close_idle();

  const GatewayUrl& gateway() const noexcept { return settings_.gateway; }

  /// The same way out to another origin: TLS settings, proxies and their password, time limits. The
  /// extra headers are for this gateway's access proxy and stay here.
  TransportSettings settings_for(GatewayUrl other) const;

 private:
  struct Live;
  struct Outgoing;

  struct Facts {
    bool died_unheard = false;  ///< It was connected, and ended by itself before any answer.
    bool reused = false;        ///< An exchange went over that connection before.
  };

  Outgoing prepare(const HttpRequest& request, bool upgrade, const BodyStreams& streams = {},
                   std::optional<std::string_view> prefix = {}) const;
  HttpResponse send(const Outgoing& outgoing, const ExchangeLimits& limits, bool may_repeat);
  std::unique_ptr<Live> take_idle();
  void put_idle(std::unique_ptr<Live> live);
  std::unique_ptr<Live> dial(const ExchangeLimits& limits, TimePoint total_deadline);
  void throw_if_other_scheme(const ExchangeLimits& limits, TimePoint total_deadline);
  void give_back(std::unique_ptr<Live> live);
  std::unique_ptr<Live> run(const Outgoing& outgoing, const ExchangeLimits& limits, bool may_repeat,
                            HttpResponse& response, Facts* facts = nullptr);

  TransportSettings settings_;
  std::vector<std::pair<std::string, std::string>> fixed_fields_;  // Name, and "Name: value\r\n".
  Dialer dialer_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Live>> idle_;  // The one used last stands last.
};

}  // namespace pintle::net
