// SPDX-License-Identifier: Apache-2.0
//
// The sign-in methods of a gateway, and which one a sign-in uses (gateway-contract 2 and 4).
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
  browser,   ///< Native sign-in, completed by the browser's visit to a loopback address.
  paste,     ///< The same, completed by the user, who pastes that address.
  window,    ///< The gateway's own pages, in a browser that provides its cookies.
};

/// "password", "browser", "paste", "window".
std::string_view name_of(Method method) noexcept;

struct Offer {
  bool cookies = false;
  bool native = false;  ///< Supports native sign-in, which issues bearer tokens.
  struct Provider {
    std::string name;
    bool takes_password = false;
  };
  std::vector<Provider> providers;

  static Offer of(const plugin::Probe& probe);
  static Offer of(const pintle::Probe& probe);

  const Provider* find(std::string_view name) const noexcept;
};

/// A sign-in's method and provider; the provider is empty if the user chooses on the gateway's
/// page.
struct Plan {
  Method method;
  Offer::Provider provider;
};

/// Returns the providers to choose from if `make_plan` would throw because there are several; else
/// none.
std::vector<Offer::Provider> provider_choices(const Offer& offer, std::string_view method,
                                              std::string_view provider, bool has_password);

/// Returns the one of `choices` that the user typed: its name, or its number from 1. Null: none.
const Offer::Provider* find_choice(const std::vector<Offer::Provider>& choices,
                                   std::string_view typed) noexcept;

/// "basic (password), practice"; with `numbered` "1 basic (password), 2 practice".
std::string list_of(const std::vector<Offer::Provider>& providers, bool numbered = false);

/// Returns the plan for the user's method and provider, each of which may be empty. Throws
/// Error(config), listing the choices, if they are not available or there is more than one
/// provider. `has_password`: a user name or a password was provided, so by default a provider that
/// accepts one is preferred.
Plan make_plan(const Offer& offer, std::string_view method, std::string_view provider,
               bool has_password);

}  // namespace pintle::oauth
