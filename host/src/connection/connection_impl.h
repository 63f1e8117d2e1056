// SPDX-License-Identifier: Apache-2.0
//
// The implementation of Connection: combines its gateway, credentials, requests and WebSockets,
// each a class of its own.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <pintle/connection.h>

#include "base/cancellable_mutex.h"
#include "connection/connection_context.h"
#include "connection/credentials/credential_watch.h"
#include "connection/credentials/credentials.h"
#include "connection/front/front.h"
#include "connection/gateway_choice.h"
#include "connection/relay.h"
#include "connection/rest_calls.h"
#include "connection/ws_dial.h"

namespace pintle {

class Connection::Impl : public std::enable_shared_from_this<Connection::Impl> {
 public:
  Impl(std::shared_ptr<HostImpl> host, ConnectionSettings settings);

  const ConnectionSettings& settings() const noexcept { return context_.settings; }
  ConnectionContext& context() noexcept { return context_; }
  GatewayChoice& gateway() noexcept { return gateway_; }
  Relay& relay() noexcept { return relay_; }
  Front& front() noexcept { return front_; }
  const KnownSecrets& secrets() const noexcept { return context_.secrets(); }

  HttpResponse call(HttpRequest request, const std::stop_token& cancel, const BodyStreams& streams);
  DialUrl ws_url(std::string_view path,
                 const std::vector<std::pair<std::string, std::string>>& query,
                 const std::stop_token& cancel);
  LiveConnection live(LiveOptions options, LiveCallbacks callbacks);
  /// Starts a live connection whose WebSockets `opener` opens.
  LiveConnection live_with(std::shared_ptr<live::Opener> opener, LiveOptions options,
                           LiveCallbacks callbacks);
  /// Opens a WebSocket, and logs and counts it as a dial. Calls `on_known` after the probe, and
  /// `on_resolved` once the WebSocket's URL is there.
  live::Opened dial(LiveOptions options, const std::function<void()>& on_known,
                    const std::stop_token& cancel, const WsDial::OnResolved& on_resolved = {});
  std::uint64_t credential_version() { return watch_.version(); }
  void forget_idle() { context_.origins.close_idle(); }

  std::optional<HttpResponse> check_credential(const std::stop_token& cancel) {
    return calls_.check_credential(cancel);
  }

  // connection_sign_in.cpp
  SignInFacts facts(const std::stop_token& cancel);
  SignInFacts sign_in(const SignInOptions& options, SignInUi& ui, const std::stop_token& cancel);
  std::string sign_out(const std::stop_token& cancel);

  std::optional<Error> store_trouble() const;
  std::string store_note() const;
  ConnectionCounters counters() const noexcept { return context_.meter().counters(); }
  const Instruments& instruments() const noexcept { return context_.instruments; }

 private:
  // sign_out.cpp: does not ask the gateway first, so it works without one.
  std::string sign_out_of_stored(const std::stop_token& cancel);
  std::string sign_out_of_chosen(const std::stop_token& cancel);

  live::Opened open_websocket(const LiveOptions& options, const std::stop_token& cancel,
                              const WsDial::OnResolved& on_resolved);
  void log_dial(const LiveOptions& options, net::TimePoint begin, bool reused,
                const Error* error) const;

  std::string inner_scheme() const;

  ConnectionContext context_;
  CredentialWatch watch_;  // before those that a store calls back
  Front front_;            // before those that send requests
  GatewayChoice gateway_;
  Credentials credentials_;
  RestCalls calls_;
  WsDial dial_;
  Relay relay_;
  CancellableMutex sign_in_{"a sign-in"};  // one user at a time
};

}  // namespace pintle
