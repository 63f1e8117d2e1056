// SPDX-License-Identifier: Apache-2.0
//
// The C++ layer for scheme authors: a class with three or four functions and one export line
// generate the C table of plugin.h.
//
//     class TokenScheme final : public pintle::plugin::Scheme {
//      public:
//       static constexpr Rule rules[] = {{"auth_required", "false"}};
//       static constexpr Facts facts{.id = "token", .name = "Session token", …, .rules = rules};
//       explicit TokenScheme(const Opening&);
//       Decoration decorate(const Request&, const HeaderSink&) const override;
//       Task<> sign_in(SignIn how) override;
//       Task<WsUrl> resolve_ws_url(WsTarget target) override;
//     };
//     PINTLE_PLUGIN("pintle-token", "1.0.0", TokenScheme)
//
// A scheme does no I/O and needs no lock; plugin.h explains why and which thread calls what. To
// fail, throw a pintle::Error. Any other exception is reported without its text, which may hold a
// secret.

/// @file
/// @snippet reference/scheme.cpp scheme

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/plugin.h>
#include <pintle/plugin/greeting.h>
#include <pintle/plugin/helper.h>
#include <pintle/plugin/needs.h>
#include <pintle/plugin/task.h>
#include <pintle/plugin/values.h>

namespace pintle::plugin {

/// Holds if a top-level field of the status equals this JSON value or is a list that contains it:
/// {"auth_required", "true"}, {"auth_flows", "\"cookie\""}.
struct Rule {
  std::string_view field;
  std::string_view value;
};

/// What a connection may set for a scheme: with `--set`, or for a secret with `--secret-file`.
struct Setting {
  std::string_view key;              ///< As in `Opening::setting`, or as in `Ask`.
  std::string_view label;            ///< For display: "Scope".
  std::string_view default_value{};  ///< For display; the scheme applies it. Empty for a secret.
  bool secret = false;               ///< An input, from a secret source.
};

/// The static facts of a scheme. The build copies them into the manifest.
struct Facts {
  std::string_view id;        ///< a-z, 0-9 and "-"; at most 32 characters.
  std::string_view name;      ///< For display.
  int strength = 50;          ///< 0 to 100; a connection never falls back silently to a lower one.
  int score = 50;             ///< The maximum score of `match` if the rules hold; 1 to 100.
  std::string_view reason{};  ///< For display, if the rules hold: "the gate is off".
  bool sends_secret = true;   ///< Refused over plain http, except on loopback.
  std::span<const Rule> rules{};
  /// Ids of the gateway profiles that the scheme fits; empty: "hermes".
  std::span<const std::string_view> profiles{};
  /// All that the scheme reads; others are refused. Empty: not declared, anything may be set.
  std::span<const Setting> settings{};
  /// `decorate` signs: it is given all headers of the request and the digest of its body.
  bool signs_requests = false;
  /// For a front, which stands before the gateway: by which answers it is recognized (plugin.h,
  /// pintle_scheme.front). Its `decorate` is for every request, the probe included.
  std::string_view front{};
  /// The statuses of the responses that `observe` inspects; empty: all. A scheme in a process of
  /// its own takes the time of a reply for each.
  std::span<const std::int32_t> observed_statuses{};
};

/// One connection's state in a scheme.
class Scheme {
 public:
  Scheme() = default;
  Scheme(const Scheme&) = delete;
  Scheme& operator=(const Scheme&) = delete;
  virtual ~Scheme() = default;

  /// Adds the headers that authenticate `request`. Throws Error(gate).with_sign_in() if there is no
  /// credential. [any thread]
  virtual Decoration decorate(const Request& request, const HeaderSink& headers) const = 0;

  /// Inspects a response to a decorated request. Throws an Error with `with_sign_in()` if it shows
  /// that the credential is no longer valid. A scheme that overrides it is shown responses; it must
  /// be public.
  virtual Observation observe(const Response&) { return Observation::none; }

  virtual Task<> sign_in(SignIn how) = 0;
  virtual Task<WsUrl> resolve_ws_url(WsTarget target) = 0;
  virtual Task<> refresh() { co_return; }
  /// What the gateway wants to hear on the WebSocket before the app may use it, at each dial. A
  /// scheme that overrides it greets; it must be public. Throws an Error with `with_sign_in()` if
  /// the gateway refuses the credential: the host renews it and dials once more.
  virtual Task<> greet(Greeting) { co_return; }
  /// Returns a sentence for the user about what stays valid at the gateway; empty if nothing does.
  virtual Task<std::string> sign_out() { co_return std::string(); }

  /// Returns the bytes to pass to the next `Opening`; empty: nothing is stored.
  virtual Secret session() const { return {}; }
  virtual void describe(const FactSink&) const {}

  /// Returns true once after each `session_changed()`. Called by the table.
  bool take_session_changed() noexcept { return std::exchange(session_changed_, false); }

 protected:
  /// Call it after any change of the result of `session()`. The host stores the session before it
  /// does anything else.
  void session_changed() noexcept { session_changed_ = true; }

 private:
  bool session_changed_ = false;
};

}  // namespace pintle::plugin

#include <pintle/plugin/table.h>
