// SPDX-License-Identifier: Apache-2.0
//
// The layers of a connection; every error names one. Header-only.

/// @file
/// @snippet reference/values.cpp layer

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pintle {

/// The layer of a connection that failed. The numbers are the ABI's (plugin.h, PINTLE_LAYER_*) and
/// never change their meaning.
enum class Layer : std::int32_t {
  config = 1,    ///< Invalid input from the user or the app.
  dns,           ///< The host name has no address.
  tcp,           ///< Connection refused, broken or timed out.
  proxy,         ///< The forward proxy on the way to the gateway.
  tls,           ///< The certificate or the handshake.
  access_proxy,  ///< An intermediary answered instead of the gateway.
  host_guard,    ///< The gateway does not accept the host name in the URL.
  gate,          ///< The gateway requires a sign-in, or refused the credential.
  provider,      ///< The identity provider behind the gateway.
  session,       ///< A stored session that ended.
  ticket,        ///< A WebSocket ticket that could not be minted or was refused.
  websocket,     ///< The upgrade or the WebSocket protocol.
  protocol,      ///< An answer that breaks the gateway's contract.
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

/// Returns the layer's name as shown to users and in `--json`: "access-proxy", "host-guard".
constexpr std::string_view name_of(Layer layer) noexcept {
  return detail::kLayerNames[static_cast<std::size_t>(layer) - 1];
}

/// Returns the layer with that number, or nothing if there is none.
constexpr std::optional<Layer> layer_from_number(std::int32_t number) noexcept {
  if (number < static_cast<std::int32_t>(kFirstLayer) ||
      number > static_cast<std::int32_t>(kLastLayer)) {
    return std::nullopt;
  }
  return static_cast<Layer>(number);
}

}  // namespace pintle
