// SPDX-License-Identifier: Apache-2.0
//
// A broker before a practice gateway that requires a sign-in, or before a scripted server that
// looks like a gateway without a gate.
//
// Threads: the test's.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/broker.h>
#include <pintle/core/ws/ws_handshake.h>
#include <pintle/host.h>

#include "support/practice_client.h"
#include "support/practice_host.h"
#include "support/scripted_server.h"

namespace pintle::test {

using practice::Client;

inline constexpr const char* kTokenHeader = "X-Hermes-Session-Token";

/// Clients of a broker.
class BrokerTest : public testing::Test {
 protected:
  void serve(const Connection& connection, const BrokerOptions& options = {}) {
    broker_.emplace(connection, options);
  }

  std::uint16_t port() const { return practice::port_of(broker_->url()); }
  Client client() const { return Client(port()); }
  std::string token() const { return std::string(broker_->token().reveal()); }
  Headers with_token() const { return practice::with(kTokenHeader, token()); }

  /// Sends the bytes, and returns all that comes until the broker closes the connection.
  std::string answer_to(std::string_view bytes) const {
    auto one = client();
    one.write(bytes);
    return read_to_end(one);
  }
  static std::string read_to_end(Client& one) {
    std::string all = std::exchange(one.pending(), {});
    while (!one.at_end()) all += std::exchange(one.pending(), {});
    return all;
  }
  /// Returns a request's head, with the token and more fields.
  std::string head(const std::string& line, const std::string& fields = {}) const {
    return line + "\r\nHost: 127.0.0.1:" + std::to_string(port()) + "\r\n" + kTokenHeader + ": " +
           token() + "\r\n" + fields + "\r\n";
  }

  std::optional<Broker> broker_;
};

/// Before a practice gateway of a gate; signed in.
class BrokerOfGate : public BrokerTest {
 protected:
  void begin(practice::Options options = PracticeHost::usual(), const BrokerOptions& how = {}) {
    host_.emplace(std::move(options));
    connection_.emplace(host_->connect(true));
    serve(*connection_, how);
  }

  std::optional<PracticeHost> host_;
  std::optional<Connection> connection_;
};

/// Before a server of the test's own.
class BrokerOfScript : public BrokerTest {
 protected:
  using Handler = std::function<bool(ScriptedPeer& peer, const std::string& request)>;

  /// `handler` answers each request that is not a probe's; false ends the connection.
  void begin(Handler handler, std::int64_t request_ms = 20'000, const BrokerOptions& how = {}) {
    server_.emplace([handler = std::move(handler), this](ScriptedPeer& peer) {
      for (;;) {
        const auto request = reads_bodies_ ? peer.read_request() : peer.read_head();
        if (request.empty()) return;
        const bool is_probe = request.starts_with("GET /api/status ") ||
                              request.starts_with("GET /api/auth/providers ");
        if (is_probe) {
          peer.send(answer("200 OK", R"({"version":"0.16.0","auth_required":false,"more":[1]})"));
        } else if (!handler(peer, request)) {
          return;
        }
      }
    });
    ConnectionSettings settings{.url = GatewayUrl::parse(server_->url())};
    settings.inputs = token_input(folder_);
    settings.request_ms = request_ms;
    if (!extra_headers_.empty()) {
      settings.headers_file = (folder_ / "headers").string();
      write_text(settings.headers_file, extra_headers_);
    }
    serve(Host(host_with({&pintle_token})).open(settings), how);
  }

  bool reads_bodies_ = true;   ///< False: `handler` is called after the head.
  std::string extra_headers_;  ///< Of the connection, in its headers file.
  TemporaryFolder folder_;
  std::optional<ScriptedServer> server_;
};

}  // namespace pintle::test
