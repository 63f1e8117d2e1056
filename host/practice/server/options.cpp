// SPDX-License-Identifier: Apache-2.0
#include "practice/server/options.h"

#include <algorithm>
#include <chrono>

#include <Poco/Net/IPAddress.h>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/text/printable.h>

#include "practice/state/random.h"

namespace pintle::practice {

std::string_view name_of(Gate gate) noexcept {
  switch (gate) {
    case Gate::none:
      return "none";
    case Gate::cookie:
      return "cookie";
    case Gate::native:
      return "native";
    case Gate::api_key:
      return "api-key";
    case Gate::greeting:
      return "greeting";
  }
  return "none";
}

Gate gate_from_name(std::string_view text) {
  for (const auto gate : {Gate::none, Gate::cookie, Gate::native, Gate::api_key, Gate::greeting}) {
    if (name_of(gate) == text) return gate;
  }
  throw Error(Layer::config,
              "a practice gate is none, cookie, native, api-key or greeting, not \"" +
                  printable(text) + "\"");
}

std::string_view name_of(Wall wall) noexcept {
  switch (wall) {
    case Wall::none:
      return "none";
    case Wall::basic:
      return "basic";
    case Wall::service:
      return "service";
    case Wall::page:
      return "page";
  }
  return "none";
}

Wall wall_from_name(std::string_view text) {
  for (const auto wall : {Wall::none, Wall::basic, Wall::service, Wall::page}) {
    if (name_of(wall) == text) return wall;
  }
  throw Error(Layer::config,
              "a practice wall is none, basic, service or page, not \"" + printable(text) + "\"");
}

std::string_view name_of(Certificate certificate) noexcept {
  switch (certificate) {
    case Certificate::valid:
      return "valid";
    case Certificate::expired:
      return "expired";
    case Certificate::not_yet_valid:
      return "not-yet-valid";
    case Certificate::wrong_name:
      return "wrong-name";
  }
  return "valid";
}

Certificate certificate_from_name(std::string_view text) {
  for (const auto one : {Certificate::valid, Certificate::expired, Certificate::not_yet_valid,
                         Certificate::wrong_name}) {
    if (name_of(one) == text) return one;
  }
  throw Error(Layer::config,
              "a practice certificate is valid, expired, not-yet-valid or wrong-name, not \"" +
                  printable(text) + "\"");
}

const Provider* Options::find_provider(std::string_view name) const noexcept {
  const auto found = std::find_if(providers.begin(), providers.end(),
                                  [&](const Provider& provider) { return provider.name == name; });
  return found == providers.end() ? nullptr : &*found;
}

bool Options::has_native_provider() const noexcept {
  return std::any_of(providers.begin(), providers.end(), [&](const Provider& provider) {
    return native_password || !provider.supports_password;
  });
}

Options options_of_generation(std::string_view name) {
  Options options;
  if (name == "0.16") {
    options.gate = Gate::cookie;
  } else if (name == "2026-07") {
    options.gate = Gate::native;
    options.version = "0.21.0";
    options.native_password = false;
  } else if (name == "0.20.4") {
    options.gate = Gate::native;
    options.version = "0.20.4";
  } else {
    throw Error(Layer::config,
                "a practice gateway is of generation 0.16, 2026-07 or 0.20.4, not \"" +
                    printable(name) + "\"");
  }
  return options;
}

Options complete(Options options) {
  Poco::Net::IPAddress address;
  if (!Poco::Net::IPAddress::tryParse(options.bind, address) || !address.isLoopback()) {
    throw Error(Layer::config, "a practice gateway listens on a loopback address only, not on \"" +
                                   printable(options.bind) + "\"")
        .with_hint("Use 127.0.0.1 or ::1.");
  }
  // One spelling of the prefix, that of a URL with it.
  options.prefix = GatewayUrl::parse("http://localhost" + options.prefix).prefix();
  if (options.version.empty()) options.version = options.gate == Gate::native ? "0.21.0" : "0.16.0";
  if (options.no_providers || !options.has_sessions()) {
    options.providers.clear();
  } else if (options.providers.empty()) {
    options.providers.push_back({"basic", "Username & Password", true, true, false});
    options.providers.push_back({"practice", "Practice Identity", false, true});
  }
  if (options.token.empty()) options.token = Secret(random_token());
  if (!options.clock) {
    options.clock = [] {
      return std::chrono::duration_cast<std::chrono::milliseconds>(
                 std::chrono::system_clock::now().time_since_epoch())
          .count();
    };
  }
  return options;
}

}  // namespace pintle::practice
