// SPDX-License-Identifier: Apache-2.0
//
// The inputs and outputs of a scheme, as C++ values over the C structs of plugin.h.
//
// Header-only. The views are valid during the call that passed them.

/// @file
/// @snippet reference/scheme.cpp values

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/core/text/percent.h>
#include <pintle/plugin.h>

namespace pintle::plugin {

constexpr std::string_view text(pintle_view view) noexcept {
  return view.size == 0 ? std::string_view() : std::string_view(view.data, view.size);
}
constexpr pintle_view view(std::string_view text) noexcept { return {text.data(), text.size()}; }

/// Compares header names, ignoring ASCII case (RFC 9110 5.1).
constexpr bool same_name(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

/// Returns `text` with a pair "name=value" after `separator`, both encoded as components. Wipes
/// `text`: it may hold a credential, and a string that grows leaves copies of it behind.
inline std::string with_pair(std::string& text, std::string_view separator, std::string_view name,
                             std::string_view value) {
  std::string encoded = encode_component(value);
  std::string longer;
  longer.reserve(text.size() + separator.size() + name.size() * 3 + encoded.size() + 1);
  longer.append(text).append(separator);
  longer.append(encode_component(name)).append("=").append(encoded);
  wipe(encoded);
  wipe(text);
  return longer;
}

/// The gateway's answers to a probe, without credentials.
class Probe {
 public:
  explicit Probe(const pintle_probe& probe) noexcept : probe_(&probe) {}

  bool auth_required() const noexcept { return probe_->auth_required != 0; }
  bool secure() const noexcept { return (probe_->flags & PINTLE_GATEWAY_SECURE) != 0; }
  std::string_view version() const noexcept { return text(probe_->version); }
  /// Returns the id of the gateway's profile: "hermes", also if an older host does not tell.
  std::string_view profile() const noexcept {
    return probe_->struct_size >= sizeof(pintle_probe) ? text(probe_->profile) : "hermes";
  }
  bool has_flow(std::string_view name) const noexcept {
    return holds(probe_->auth_flows, probe_->auth_flow_count, name);
  }
  std::span<const pintle_view> auth_flows() const noexcept {
    return {probe_->auth_flows, probe_->auth_flow_count};
  }
  std::span<const pintle_view> flows() const noexcept {
    return {probe_->auth_flows, probe_->auth_flow_count};
  }
  bool takes_password(std::string_view provider) const noexcept {
    return holds(probe_->password_providers, probe_->password_provider_count, provider);
  }
  std::span<const pintle_view> providers() const noexcept {
    return {probe_->providers, probe_->provider_count};
  }
  std::span<const pintle_view> password_providers() const noexcept {
    return {probe_->password_providers, probe_->password_provider_count};
  }
  /// Returns the whole status as JSON, for fields without a getter.
  std::string_view status_json() const noexcept { return text(probe_->status_json); }

 private:
  static bool holds(const pintle_view* list, std::size_t count, std::string_view name) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      if (text(list[i]) == name) return true;
    }
    return false;
  }

  const pintle_probe* probe_;
};

/// How well a scheme fits a gateway: from 0 (not at all) to 100 (perfectly), and a short reason.
struct Match {
  int score = 0;
  std::string reason;
};

/// The input that a scheme is constructed from.
class Opening {
 public:
  explicit Opening(const pintle_opening& opening) noexcept : opening_(&opening) {}

  /// Returns nullopt if the gateway was not probed yet.
  std::optional<Probe> probe() const noexcept {
    if (opening_->probe == nullptr) return std::nullopt;
    return Probe(*opening_->probe);
  }
  std::string_view base_url() const noexcept { return text(opening_->base_url); }
  /// Returns the last result of `session()`; empty at first.
  std::string_view session() const noexcept { return text(opening_->session); }
  std::optional<std::string_view> setting(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < opening_->setting_count; ++i) {
      if (text(opening_->settings[i].name) == name) return text(opening_->settings[i].value);
    }
    return std::nullopt;
  }

 private:
  const pintle_opening* opening_;
};

/// A request that is about to be sent.
class Request {
 public:
  explicit Request(const pintle_request& request) noexcept : request_(&request) {}

  bool is_upgrade() const noexcept { return request_->kind == PINTLE_REQUEST_UPGRADE; }
  std::string_view method() const noexcept { return text(request_->method); }
  std::string_view target() const noexcept { return text(request_->target); }
  /// Unix time in milliseconds.
  std::int64_t now_ms() const noexcept { return request_->now_ms; }

  /// All headers that are sent, Host among them, but for those that `decorate` adds. Only for a
  /// scheme with `Facts::signs_requests`.
  std::span<const pintle_field> headers() const noexcept {
    return {request_->headers, request_->header_count};
  }
  std::string_view header(std::string_view name) const noexcept {
    for (const auto& field : headers()) {
      if (same_name(text(field.name), name)) return text(field.value);
    }
    return {};
  }
  /// The SHA-256 of the body, 32 bytes; empty if the body is streamed and has no digest yet. Only
  /// for a scheme with `Facts::signs_requests`.
  std::string_view body_sha256() const noexcept { return text(request_->body_sha256); }

  /// Adds a query parameter that authenticates a REST request; the host encodes it and never logs
  /// it. Does nothing for an upgrade, whose URL `resolve_ws_url` completes. Throws Error(plugin) in
  /// a host of contract 1.0, which cannot do it.
  void add_query(std::string_view name, std::string_view value) const {
    if (is_upgrade()) return;
    if (request_->query == nullptr) {
      throw Error(Layer::plugin, "this program is too old for the scheme: it cannot add a query")
          .with_user_action()
          .with_hint("Update the program that loads the scheme.");
    }
    request_->query->put(request_->query->context, view(name), view(value));
  }

 private:
  const pintle_request* request_;
};

/// Receives and copies the headers of a decoration.
class HeaderSink {
 public:
  explicit HeaderSink(const pintle_sink& sink) noexcept : sink_(&sink) {}
  void add(std::string_view name, std::string_view value) const {
    sink_->put(sink_->context, view(name), view(value));
  }

 private:
  const pintle_sink* sink_;
};

/// Receives displayable facts about a credential. `describe` in plugin.h lists the keys.
using FactSink = HeaderSink;

/// What `decorate` returns about the headers it added.
struct Decoration {
  std::int64_t valid_until_ms = 0;  ///< Unix time in milliseconds; 0: until rejected.
  std::uint64_t credential = 0;     ///< Identifies the credential; returned with the response.
};

/// A response to a decorated request.
class Response {
 public:
  explicit Response(const pintle_response& response) noexcept : response_(&response) {}

  bool to_upgrade() const noexcept { return response_->kind == PINTLE_REQUEST_UPGRADE; }
  int status() const noexcept { return response_->status; }
  std::uint64_t credential() const noexcept { return response_->credential; }
  std::span<const pintle_field> headers() const noexcept {
    return {response_->headers, response_->header_count};
  }
  std::string_view header(std::string_view name) const noexcept {
    for (const auto& field : headers()) {
      if (same_name(text(field.name), name)) return text(field.value);
    }
    return {};
  }
  std::string_view body() const noexcept { return text(response_->body); }
  std::int64_t now_ms() const noexcept { return response_->now_ms; }

 private:
  const pintle_response* response_;
};

/// The result of `observe`, which throws an Error with `with_sign_in()` for an invalid credential.
enum class Observation : std::uint32_t {
  none = PINTLE_OBSERVATION_NONE,
  retry_once = PINTLE_OBSERVATION_RETRY_ONCE,  ///< Decorate again and resend once.
};

/// How the user wants to sign in.
struct SignIn {
  std::string method;    ///< "password", "browser", …; empty: the best available.
  std::string provider;  ///< May be empty.
  bool may_ask = false;  ///< The user can be asked. Otherwise ask only for configured input.
  std::vector<std::string> given{};  ///< Keys of inputs available without asking the user.

  bool has(std::string_view key) const noexcept {
    return std::find(given.begin(), given.end(), key) != given.end();
  }
};

/// A WebSocket URL with its credential, and how long it may be kept.
struct WsUrl {
  Secret url;
  std::uint32_t life = PINTLE_KEEP_NEVER;
  std::int64_t keep_until_ms = 0;
  std::vector<Secret> subprotocols{};  ///< To offer, the preferred one first.
};

/// The WebSocket URL to add a credential to. For a WebSocket elsewhere, on an origin that the
/// settings allow, begin with another one: `WsTarget("wss://stream.example/")`.
/// `std::move(target).with_query("ticket", t).single_use()`.
class WsTarget {
 public:
  explicit WsTarget(std::string_view url) : url_(url) {}
  WsTarget(WsTarget&&) = default;
  WsTarget& operator=(WsTarget&&) = default;
  WsTarget(const WsTarget&) = delete;
  WsTarget& operator=(const WsTarget&) = delete;
  ~WsTarget() { wipe(url_); }

  /// Returns the URL so far, which is secret once a credential was added.
  std::string_view url() const noexcept { return url_; }
  /// Adds to the path, as it is; call it before `with_query`.
  WsTarget with_path(std::string_view more) && {
    url_.append(more);
    return std::move(*this);
  }
  /// Adds a query pair, name and value encoded as components: "a/b c+d" as "a%2Fb%20c%2Bd".
  WsTarget with_query(std::string_view name, std::string_view value) && {
    url_ = with_pair(url_, url_.find('?') == std::string::npos ? "?" : "&", name, value);
    return std::move(*this);
  }
  /// Offers a WebSocket subprotocol, the preferred one first. It may hold a credential, as some
  /// gateways want it; the characters are those of a token (RFC 9110 5.6.2).
  WsTarget with_subprotocol(std::string_view name) && {
    subprotocols_.emplace_back(name);
    return std::move(*this);
  }

  /// Single use: each dial resolves a new URL.
  WsUrl single_use() && { return made(PINTLE_KEEP_NEVER, 0); }
  /// Valid until `ms`, Unix time in milliseconds.
  WsUrl until(std::int64_t ms) && { return made(PINTLE_KEEP_UNTIL, ms); }
  WsUrl until_rejected() && { return made(PINTLE_KEEP_UNTIL_REJECTED, 0); }

 private:
  WsUrl made(std::uint32_t life, std::int64_t keep_until_ms) {
    return {Secret::take(url_), life, keep_until_ms, std::move(subprotocols_)};
  }

  std::string url_;
  std::vector<Secret> subprotocols_;
};

}  // namespace pintle::plugin
