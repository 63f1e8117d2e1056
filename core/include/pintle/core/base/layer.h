// SPDX-License-Identifier: Apache-2.0
//
// The layers of the way to a ready connection, by which every error is named. Header-only.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pintle {

/// The part of the way to a ready connection that failed (design: "An error names its layer").
/// The numbers are the ABI's (plugin.h, PINTLE_LAYER_*) and never change their meaning.
enum class Layer : std::int32_t {
  config = 1,    ///< What the user or the app asked for cannot be right.
  dns,           ///< The name of the host has no address.
  tcp,           ///< No connection, or one that broke or fell silent.
  proxy,         ///< The forward proxy that was asked to reach the gateway.
  tls,           ///< The certificate or the handshake.
  access_proxy,  ///< Something in front of the gateway answered in its place.
  host_guard,    ///< The gateway is reached under a name that it does not accept.
  gate,          ///< The gateway wants a sign-in, or refused the credential.
  provider,      ///< The identity provider behind the gateway.
  session,       ///< A stored session that ended.
  ticket,        ///< A WebSocket ticket that could not be minted or was refused.
  websocket,     ///< The upgrade or the WebSocket protocol.
  protocol,      ///< An answer that is not what the gateway's contract says.
  plugin,        ///< A scheme that could not be loaded, chosen, or broke its contract.
  store,         ///< A file that could not be read or written.
  rate_limit,    ///< The gateway received too many requests (429) and asks to wait.
};

inline constexpr Layer kFirstLayer = Layer::config;
inline constexpr Layer kLastLayer = Layer::rate_limit;

namespace detail {
inline constexpr std::array<std::string_view, 16> kLayerNames = {
    "config",     "dns",    "tcp",      "proxy",     "tls",    "access-proxy",
    "host-guard", "gate",   "provider", "session",   "ticket", "websocket",
    "protocol",   "plugin", "store",    "rate-limit"};
static_assert(kLayerNames.size() == static_cast<std::size_t>(kLastLayer));
}  // namespace detail

/// The layer's name as people and `--json` see it: "access-proxy", "host-guard".
constexpr std::string_view name_of(Layer layer) noexcept {
  return detail::kLayerNames[static_cast<std::size_t>(layer) - 1];
}

/// The layer with that number, or nothing where the number is not one of the list.
constexpr std::optional<Layer> layer_from_number(std::int32_t number) noexcept {
  if (number < static_cast<std::int32_t>(kFirstLayer) ||
      number > static_cast<std::int32_t>(kLastLayer)) {
    return std::nullopt;
  }
  return static_cast<Layer>(number);
}

}  // namespace pintle
