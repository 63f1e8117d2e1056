// SPDX-License-Identifier: Apache-2.0
//
// The C++ layer for a scheme's author: write a class with three or four functions and one export
// line; the C table of plugin.h is made from them.
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
// A scheme does no I/O and needs no lock; plugin.h says why and which thread calls what. A failure
// is a thrown pintle::Error. Anything else that is thrown is reported without its text, which may
// hold a secret.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/plugin.h>
#include <pintle/plugin/needs.h>
#include <pintle/plugin/task.h>
#include <pintle/plugin/values.h>

namespace pintle::plugin {

/// The status's top-level field is, or as a list holds, this JSON value: {"auth_required", "true"},
/// {"auth_flows", "\"cookie\""}.
struct Rule {
  std::string_view field;
  std::string_view value;
};

/// What can be known of a scheme without running it; the build copies it into the manifest.
struct Facts {
  std::string_view id;       ///< a-z, 0-9 and "-"; 32 at most.
  std::string_view name;     ///< For display.
  int strength = 50;         ///< 0 to 100; a connection never steps down quietly.
  int score = 50;            ///< The most that `match` gives where the rules hold; 1 to 100.
  std::string_view reason;   ///< For display, where they hold: "the gate is off".
  bool sends_secret = true;  ///< Refused over plain http off loopback.
  std::span<const Rule> rules{};
};

/// One connection's state in a scheme.
class Scheme {
 public:
  Scheme() = default;
  Scheme(const Scheme&) = delete;
  Scheme& operator=(const Scheme&) = delete;
  virtual ~Scheme() = default;

  /// Puts the headers that authenticate `request`. Throws Error(gate).with_sign_in() where there
  /// is no credential. [any thread]
  virtual Decoration decorate(const Request& request, const HeaderSink& headers) const = 0;

  /// Looks at a response to a decorated request. Throws an Error with `with_sign_in()` where it
  /// shows that the credential is dead.
  virtual Observation observe(const Response&) { return Observation::none; }

  virtual Task<> sign_in(SignIn how) = 0;
  virtual Task<WsUrl> resolve_ws_url(WsTarget target) = 0;
  virtual Task<> refresh() { co_return; }
  /// Gives back what stays valid at the gateway, as a sentence to the user; empty: nothing.
  virtual Task<std::string> sign_out() { co_return std::string(); }

  /// The bytes that the next `Opening` brings back; empty: nothing is kept.
  virtual Secret session() const { return {}; }
  virtual void describe(const FactSink&) const {}

  /// For the table: true once after each `session_changed()`.
  bool take_session_changed() noexcept { return std::exchange(session_changed_, false); }

 protected:
  /// To be called after any change of what `session()` gives; the host stores it before it does
  /// anything else.
  void session_changed() noexcept { session_changed_ = true; }

 private:
  bool session_changed_ = false;
};

}  // namespace pintle::plugin

#include <pintle/plugin/table.h>
