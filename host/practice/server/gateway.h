// SPDX-License-Identifier: Apache-2.0
//
// A practice gateway on loopback that behaves as gateway-contract.md describes, quirks included.
//
// Threads: the constructor, the destructor, `stop` and `restart`, one thread; everything else, any.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <Poco/Event.h>

#include "practice/gates/gate_rules.h"
#include "practice/pages/control_pages.h"
#include "practice/pages/identity_provider.h"
#include "practice/pages/native_pages.h"
#include "practice/pages/sign_in_pages.h"
#include "practice/server/http_connection.h"
#include "practice/server/listener.h"
#include "practice/server/options.h"
#include "practice/server/tls_identity.h"
#include "practice/state/gateway_state.h"
#include "practice/wall/wall.h"

namespace pintle::practice {

class Gateway : private Site {
 public:
  /// Is listening when it returns. Throws Error: config if the options are invalid, tcp if the port
  /// is in use, tls or store if no certificate can be created.
  explicit Gateway(Options options);
  ~Gateway() override;

  /// "http://127.0.0.1:40123/hermes". The port stays the same after a restart.
  std::string url() const;
  std::uint16_t port() const noexcept { return port_; }
  /// Returns the origin of the identity provider's pages.
  const std::string& identity_url() const noexcept { return identity_url_; }
  /// Returns the PEM file of the authority to trust; empty without TLS.
  std::string ca_file() const { return tls_ ? tls_->ca_file() : std::string(); }
  /// Returns the PEM file of a client certificate with its key; empty unless one is required.
  std::string client_file() const {
    return options().requires_client_certificate && tls_ ? tls_->client_file() : std::string();
  }
  const Options& options() const noexcept { return state_.options; }
  /// Returns the static session token of Gate::none, the key of Gate::api_key and greeting.
  const Secret& token() const noexcept { return state_.options.token; }

  RequestLog& request_log() noexcept { return state_.request_log; }
  void set_faults(std::vector<Fault> faults) { state_.faults.set(std::move(faults)); }
  /// Advances the gateway's clock: tokens, tickets and codes expire without a wait.
  void advance_clock(std::int64_t ms) { state_.clock_offset_ms += ms; }
  /// Opens a session as a sign-in would, for a test that is not about signing in. Throws
  /// Error(config) if there is no such provider.
  TokenPair open_session(std::string_view provider = "basic", std::string_view user = kUser);
  /// Ends all sessions, as an administrator might: their cookies and bearers become invalid.
  void end_sessions() { state_.sessions.end_all(); }
  void expire_access() { state_.sessions.expire_access(); }
  void drop_connections();
  /// What stands in front of it.
  WallDoor& wall() noexcept { return wall_; }

  /// Ends every connection, idle and live ones too, and returns when all threads have ended.
  void stop();
  /// Stops, drops the process's state (tickets, live conversations), and listens again on the same
  /// port. Sessions persist.
  void restart();

 private:
  Answer answer(Request& request) override;
  std::int64_t date_ms() const override { return state_.now_ms() + state_.options.date_offset_ms; }
  void websocket(const Request& request, Wire& wire, const ws::Upgraded& agreed,
                 std::string head) override;

  void start();
  std::string url_host() const;
  Answer decide(Request& request);
  Answer answer_upgrade(const Request& request);
  HttpResponse answer_gated(const Request& request);
  bool is_known_host(const Request& request) const;
  bool is_known_origin(const Request& request) const;
  bool passes_access_proxy(const Request& request) const;

  GatewayState state_;
  std::unique_ptr<TlsIdentity> tls_;
  std::unique_ptr<GateRules> gate_;
  IdentityProvider identity_;
  WallDoor wall_;
  SignInPages sign_in_pages_;
  NativePages native_pages_;
  ControlPages control_pages_;
  std::uint16_t port_ = 0;
  std::uint16_t identity_port_ = 0;
  std::string identity_url_;
  std::atomic<std::uint64_t> connections_{0};
  std::atomic<std::uint64_t> identity_connections_{0};
  Poco::Event stopping_{Poco::Event::EVENT_MANUALRESET};
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Listener> identity_listener_;
};

}  // namespace pintle::practice
