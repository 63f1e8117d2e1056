// SPDX-License-Identifier: Apache-2.0
//
// What a gateway offers to sign in with, and which method a sign-in uses (gateway-contract 2 and
// 4).
//
// Threads: values and pure functions.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/gateway/probe.h>
#include <pintle/scheme.h>

namespace pintle::oauth {

enum class Method {
  password,  ///< A name and a password; no browser.
  browser,   ///< Native sign-in, ended by the browser's visit to a loopback address.
  paste,     ///< The same, ended by a user who pastes that address.
  window,    ///< The gateway's own pages in a browser that hands over its cookies.
};

/// "password", "browser", "paste", "window".
std::string_view name_of(Method method) noexcept;

struct Offer {
  bool cookies = false;
  bool native = false;  ///< Says that it has native sign-in, which gives bearer tokens.
  struct Provider {
    std::string name;
    bool takes_password = false;
  };
  std::vector<Provider> providers;

  static Offer of(const plugin::Probe& probe);
  static Offer of(const pintle::Probe& probe);

  const Provider* find(std::string_view name) const noexcept;
};

/// A sign-in's method and the provider it goes to; empty where the gateway's own page lets the user
/// choose.
struct Plan {
  Method method;
  Offer::Provider provider;
};

/// The plan for a method and a provider that a user named, each of which may be empty. Throws
/// Error(config) that lists what is open where what was named is not, or where there is more than
/// one provider to choose from. `has_password`: a user name or a password was given, so if nothing
/// is named a provider that takes one goes first.
Plan make_plan(const Offer& offer, std::string_view method, std::string_view provider,
               bool has_password);

}  // namespace pintle::oauth
