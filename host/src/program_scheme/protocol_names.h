// SPDX-License-Identifier: Apache-2.0
//
// The names in the protocol (docs/scheme-protocol.md), for both of its ends: the host, and the
// cage. Header-only.
//
// Threads: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <pintle/core/base/layer.h>
#include <pintle/plugin.h>

namespace pintle::program {

struct NamedNumber {
  std::string_view name;
  std::uint32_t number;
};

inline constexpr NamedNumber kOperations[] = {{"sign-in", PINTLE_SIGN_IN},
                                              {"resolve-ws-url", PINTLE_RESOLVE_WS_URL},
                                              {"refresh", PINTLE_REFRESH},
                                              {"sign-out", PINTLE_SIGN_OUT},
                                              {"greet", PINTLE_GREET}};
inline constexpr NamedNumber kNeeds[] = {
    {"done", PINTLE_NEED_DONE},       {"http", PINTLE_NEED_HTTP}, {"browser", PINTLE_NEED_BROWSER},
    {"input", PINTLE_NEED_INPUT},     {"wait", PINTLE_NEED_WAIT}, {"send", PINTLE_NEED_SEND},
    {"receive", PINTLE_NEED_RECEIVE}, {"exec", PINTLE_NEED_EXEC}};
inline constexpr NamedNumber kLives[] = {{"never", PINTLE_KEEP_NEVER},
                                         {"until", PINTLE_KEEP_UNTIL},
                                         {"until-rejected", PINTLE_KEEP_UNTIL_REJECTED}};
inline constexpr NamedNumber kVisits[] = {{"callback", PINTLE_BROWSER_CALLBACK},
                                          {"cookies", PINTLE_BROWSER_COOKIES},
                                          {"gateway", PINTLE_BROWSER_GATEWAY}};

/// What pintle-cage begins the line with, on standard error, in which it says why it ends.
inline constexpr std::string_view kCageSays = "pintle-cage: ";

/// Returns nothing for a name or a number that is not in `known`.
constexpr std::optional<std::uint32_t> number_named(std::span<const NamedNumber> known,
                                                    std::string_view name) noexcept {
  for (const auto& one : known) {
    if (one.name == name) return one.number;
  }
  return std::nullopt;
}
constexpr std::optional<std::string_view> name_of_number(std::span<const NamedNumber> known,
                                                         std::uint32_t number) noexcept {
  for (const auto& one : known) {
    if (one.number == number) return one.name;
  }
  return std::nullopt;
}

/// Returns nothing if there is no such layer.
inline std::optional<Layer> layer_named(std::string_view name) noexcept {
  for (auto number = static_cast<std::int32_t>(kFirstLayer);
       number <= static_cast<std::int32_t>(kLastLayer); ++number) {
    if (name_of(static_cast<Layer>(number)) == name) return static_cast<Layer>(number);
  }
  return std::nullopt;
}

}  // namespace pintle::program
