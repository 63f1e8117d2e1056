// SPDX-License-Identifier: Apache-2.0
#include "wire/offer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle::oauth {
namespace {

constexpr std::array kMethods = {Method::password, Method::browser, Method::paste, Method::window};

// A gateway from before `auth_flows` supports only cookies.
void read_flows(Offer& offer, bool says_any, bool says_cookie, bool says_native) {
  offer.cookies = says_cookie || !says_any;
  offer.native = says_native;
}

// Thrown as an Error where nobody can be asked.
class SeveralProviders : public Error {
 public:
  explicit SeveralProviders(std::vector<Offer::Provider> choices)
      : Error(Error(Layer::config, "the gateway has several sign-in providers")
                  .with_sign_in()
                  .with_hint("Choose one with --provider: " + list_of(choices) + ".")),
        choices_(std::move(choices)) {}
  const std::vector<Offer::Provider>& choices() const noexcept { return choices_; }

 private:
  std::vector<Offer::Provider> choices_;
};

// One choice in progress.
class Choosing {
 public:
  Choosing(const Offer& offer, std::string_view provider) : offer_(offer) {
    if (offer_.providers.empty()) {
      throw Error(Layer::provider, "the gateway has no sign-in provider")
          .with_user_action()
          .with_hint("Set one up at the gateway, or try again if it was just started.");
    }
    named_ = provider.empty() ? nullptr : offer_.find(provider);
    if (!provider.empty() && named_ == nullptr) {
      throw Error(Layer::config, "the gateway has no sign-in provider " + printable(provider, 60))
          .with_user_action()
          .with_hint("Choose one with --provider: " + list_of(offer_.providers) + ".");
    }
  }

  bool is_open(Method method) const {
    switch (method) {
      case Method::password:
        return std::any_of(offer_.providers.begin(), offer_.providers.end(), [&](const auto& p) {
          return p.takes_password && (named_ == nullptr || named_->name == p.name);
        });
      case Method::browser:
      case Method::paste:
        return offer_.native;
      case Method::window:
        return offer_.cookies;
    }
    return false;
  }

  Plan take(Method method) const {
    if (method == Method::password) return {method, provider_for_password()};
    if (method == Method::window) {
      // On the gateway's own page the user chooses among several.
      const auto* one = the_one();
      return {method, one == nullptr ? Offer::Provider() : *one};
    }
    // Never without a name: older and newer gateways interpret an empty one differently.
    return {method, one_provider()};
  }

  Plan best(bool has_password) const {
    const auto* one = the_one();
    if (one != nullptr && one->takes_password) return take(Method::password);
    if (has_password && is_open(Method::password)) return take(Method::password);
    if (offer_.native) return take(Method::browser);
    if (offer_.cookies) return take(Method::window);
    throw Error(Layer::config, "the gateway offers no supported sign-in method")
        .with_user_action()
        .with_hint("Update Pintle.");
  }

  std::string open_methods() const {
    std::string list;
    for (const auto method : kMethods) {
      if (!is_open(method)) continue;
      if (!list.empty()) list += ", ";
      list += name_of(method);
    }
    return list.empty() ? "none" : list;
  }

 private:
  // The named one, or the only one.
  const Offer::Provider* the_one() const {
    if (named_ != nullptr) return named_;
    return offer_.providers.size() == 1 ? &offer_.providers.front() : nullptr;
  }

  const Offer::Provider& one_provider() const {
    if (const auto* one = the_one()) return *one;
    throw SeveralProviders(offer_.providers);
  }

  const Offer::Provider& provider_for_password() const {
    if (named_ != nullptr) return *named_;
    std::vector<Offer::Provider> taking;
    for (const auto& provider : offer_.providers) {
      if (provider.takes_password) taking.push_back(provider);
    }
    if (taking.size() != 1) throw SeveralProviders(taking);
    return *offer_.find(taking.front().name);
  }

  const Offer& offer_;
  const Offer::Provider* named_ = nullptr;
};

}  // namespace

std::string_view name_of(Method method) noexcept {
  switch (method) {
    case Method::password:
      return "password";
    case Method::browser:
      return "browser";
    case Method::paste:
      return "paste";
    case Method::window:
      return "window";
  }
  return "unknown";
}

Offer Offer::of(const plugin::Probe& probe) {
  Offer offer;
  read_flows(offer, !probe.auth_flows().empty(), probe.has_flow("cookie"),
             probe.has_flow("native_pkce"));
  for (const auto& name : probe.providers()) {
    const auto text = plugin::text(name);
    offer.providers.push_back({std::string(text), probe.takes_password(text)});
  }
  return offer;
}

Offer Offer::of(const pintle::Probe& probe) {
  Offer offer;
  read_flows(offer, !probe.auth_flows.empty(), probe.has_flow("cookie"),
             probe.has_flow("native_pkce"));
  for (const auto& provider : probe.providers) {
    offer.providers.push_back({provider.name, provider.supports_password});
  }
  return offer;
}

const Offer::Provider* Offer::find(std::string_view name) const noexcept {
  const auto found = std::find_if(providers.begin(), providers.end(),
                                  [&](const Provider& p) { return p.name == name; });
  return found == providers.end() ? nullptr : &*found;
}

std::string list_of(const std::vector<Offer::Provider>& providers, bool numbered) {
  std::string list;
  for (std::size_t i = 0; i < providers.size(); ++i) {
    if (i > 0) list += ", ";
    if (numbered) list += std::to_string(i + 1) + " ";
    list += printable(providers[i].name, 60);
    if (providers[i].takes_password) list += " (password)";
  }
  return list;
}

std::vector<Offer::Provider> provider_choices(const Offer& offer, std::string_view method,
                                              std::string_view provider, bool has_password) {
  try {
    make_plan(offer, method, provider, has_password);
  } catch (const SeveralProviders& several) {
    return several.choices();
  } catch (const Error&) {
    // `make_plan` throws it again.
  }
  return {};
}

const Offer::Provider* find_choice(const std::vector<Offer::Provider>& choices,
                                   std::string_view typed) noexcept {
  const auto named = std::find_if(choices.begin(), choices.end(),
                                  [&](const Offer::Provider& one) { return one.name == typed; });
  if (named != choices.end()) return &*named;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
  const bool is_number = error == std::errc() && end == typed.data() + typed.size();
  return is_number && number >= 1 && number <= choices.size() ? &choices[number - 1] : nullptr;
}

Plan make_plan(const Offer& offer, std::string_view method, std::string_view provider,
               bool has_password) {
  const Choosing choosing(offer, provider);
  if (method.empty()) return choosing.best(has_password);
  for (const auto known : kMethods) {
    if (name_of(known) == method && choosing.is_open(known)) return choosing.take(known);
  }
  throw Error(Layer::config, "the gateway does not offer the sign-in method \"" +
                                 printable(method, 40) + "\"" +
                                 (provider.empty() ? "" : " with " + printable(provider, 60)))
      .with_user_action()
      .with_hint("Available: " + choosing.open_methods() + ".");
}

}  // namespace pintle::oauth
