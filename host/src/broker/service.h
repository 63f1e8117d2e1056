// SPDX-License-Identifier: Apache-2.0
//
// Serves one request of a local client: decides whether it is answered, passes it on to the
// gateway, and writes the response.
//
// Threads: any, at the same time; each call has its own client. Blocks.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "broker/broker_meter.h"
#include "broker/client_request.h"
#include "broker/client_response.h"
#include "broker/client_stream.h"
#include "broker/forwarding.h"
#include "broker/token_gateway.h"
#include "broker/ws_splice.h"
#include "connection/relay.h"
#include "local/local_access.h"
#include "sign_in/peer_user.h"

namespace pintle::broker {

struct ServiceSettings {
  local::LocalAccessRules access{};
  LocalNames names{};
  std::function<std::string()> metrics{};    ///< For /metrics.
  Forwarding::FrontCookies front_cookies{};  ///< Which are never the client's.
  std::string connection{};  ///< Its name, or its URL: for the hint to sign in to it.
};

class Service {
 public:
  enum class Outcome : std::uint8_t {
    keep,      ///< The connection may serve the next request.
    linger,    ///< Its last response was written: close it once the client has read that.
    close,     ///< Close it at once.
    upgraded,  ///< It is a WebSocket now, in `Client::upgraded`.
  };

  /// One request's client.
  struct Client {
    ClientStream& stream;
    PeerUser user = PeerUser::unknown;
    std::stop_token gone{};  ///< Requested when the client has left.
    std::optional<SplicePair> upgraded{};
  };

  /// `relay` and `meter` must outlive this.
  Service(Relay& relay, BrokerMeter& meter, ServiceSettings settings);

  /// Serves the request whose head is the first `head_size` bytes that were received. Never throws.
  Outcome serve(Client& client, std::size_t head_size) noexcept;
  /// Answers bytes that are no request. Returns `linger`, or `close` if the client is gone.
  static Outcome refuse(ClientStream& stream, const RequestFault& fault) noexcept;

  const Secret& token() const noexcept { return access_.rules().token; }

 private:
  using Verdict = local::LocalAccess::Verdict;

  Answerer answerer_for(const ClientRequest& request, const std::stop_token& gone);
  Outcome answer(Client& client, const ClientRequest& request);
  Verdict check(const ClientRequest& request, PeerUser user, Answerer answerer) const;
  std::optional<HttpResponse> own_response(const ClientRequest& request, Answerer answerer,
                                           const std::stop_token& gone);
  HttpResponse public_facts(const ClientRequest& request, const std::stop_token& gone);
  Outcome pass_on(Client& client, const ClientRequest& request, ClientResponse& response);
  Outcome upgrade(Client& client, const ClientRequest& request, ClientResponse& response);
  void keep_token_of_page(const ClientRequest& request, ClientResponse& response) const;

  Relay& relay_;
  BrokerMeter& meter_;
  const local::LocalAccess access_;
  const local::LocalAccess public_access_;
  Forwarding forwarding_;
  const std::function<std::string()> metrics_;
  const std::string connection_;
};

}  // namespace pintle::broker
