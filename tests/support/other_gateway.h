// SPDX-License-Identifier: Apache-2.0
//
// A gateway of another profile than Hermes, and a scheme that fits it and adds nothing.
//
// Threads: those of ScriptedServer and of a scheme.

#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/ws/ws_handshake.h>
#include <pintle/scheme.h>

#include "scripted_server.h"

namespace pintle::test {

/// Adds nothing: what is tested is the profile.
class OpenScheme final : public plugin::Scheme {
 public:
  static constexpr std::string_view kProfiles[] = {"notes", "chat", "rest"};
  static constexpr plugin::Setting kSettings[] = {{.key = "scope", .label = "Scope"},
                                                  {.key = "pin", .label = "PIN", .secret = true}};
  static constexpr plugin::Facts facts{.id = "open",
                                       .name = "Open",
                                       .strength = 10,
                                       .score = 50,
                                       .reason = "it asks for nothing",
                                       .sends_secret = false,
                                       .profiles = kProfiles,
                                       .settings = kSettings};
  explicit OpenScheme(const plugin::Opening&) {}
  plugin::Decoration decorate(const plugin::Request&, const plugin::HeaderSink&) const override {
    return {};
  }
  plugin::Task<> sign_in(plugin::SignIn) override { co_return; }
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override {
    co_return std::move(target).until_rejected();
  }
};
inline constexpr pintle_plugin_table kOpen =
    plugin::detail::make_plugin<OpenScheme>("open", "1.0.0");

/// A profile without a WebSocket.
inline constexpr const char* kRestProfile = R"({
  "profile": 1, "id": "rest", "name": "Ledger",
  "probes": [{"path": "/ledger", "is": [{"at": "/ledger"}], "auth_required": false}],
  "credential_check": "/me"})";

/// Serves `pages` with 200 and `refusals` as they are, leaves `hanging` without an answer, and
/// serves 404 for the rest. On a WebSocket it sends `frames` and then echoes nothing.
class OtherGateway {
 public:
  /// Calls `function`, which may change the members, while no request is looked up.
  template <class Function>
  void change(Function function) {
    const std::lock_guard lock(mutex_);
    function();
  }

  std::map<std::string, std::string> pages;
  std::map<std::string, std::string> refusals;
  std::set<std::string> hanging;
  std::string frames;
  bool has_websocket = true;  ///< Else upgrades are served like other requests.

  std::string url() const { return server_.url(); }
  std::vector<std::string> requests() const { return server_.requests(); }

 private:
  void serve(ScriptedPeer& peer) {
    for (auto request = peer.read_request(); !request.empty(); request = peer.read_request()) {
      const bool is_upgrade = request.find("Upgrade: websocket") != std::string::npos;
      if (is_upgrade && has_websocket) return upgrade(peer, request);
      const auto path = request.substr(4, request.find(' ', 4) - 4);
      const auto text = answer_to(path);
      if (!text) return peer.wait_until_left();
      if (!peer.send(*text)) return;
    }
  }
  std::optional<std::string> answer_to(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (hanging.contains(path)) return std::nullopt;
    const std::string type = "Content-Type: application/json\r\n";
    if (const auto found = pages.find(path); found != pages.end()) {
      return answer("200 OK", found->second, type);
    }
    if (const auto found = refusals.find(path); found != refusals.end()) return found->second;
    return answer("404 Not Found", "\"no\"", type);
  }
  void upgrade(ScriptedPeer& peer, const std::string& request) const {
    const std::string name = "Sec-WebSocket-Key: ";
    const auto key = request.find(name) + name.size();
    peer.send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        ws::accept_for(request.substr(key, request.find("\r\n", key) - key)) + "\r\n\r\n" + frames);
    peer.wait_until_left();
  }

  std::mutex mutex_;
  ScriptedServer server_{[this](ScriptedPeer& peer) { serve(peer); }};
};

}  // namespace pintle::test
