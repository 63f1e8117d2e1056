// SPDX-License-Identifier: Apache-2.0
//
// The size rules of plugin.h for the C++ layer: what an older or newer host passes, and what may be
// written to it. Included by scheme.h; internal.
//
// Header-only. Threads: pure functions.

/// @file
/// @snippet reference/scheme.cpp export

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>

#include <pintle/core/base/error.h>
#include <pintle/plugin.h>

namespace pintle::plugin::detail {

/// The size of a struct in contract 1.0: the smallest that is accepted.
template <class Struct>
inline constexpr std::size_t kFirstSize = sizeof(Struct);
template <>
inline constexpr std::size_t kFirstSize<pintle_probe> = offsetof(pintle_probe, profile);
template <>
inline constexpr std::size_t kFirstSize<pintle_request> = offsetof(pintle_request, headers);
template <>
inline constexpr std::size_t kFirstSize<pintle_begin> = offsetof(pintle_begin, ws_subprotocol);
template <>
inline constexpr std::size_t kFirstSize<pintle_step> = offsetof(pintle_step, ws_subprotocols);
template <>
inline constexpr std::size_t kFirstSize<pintle_answer> = offsetof(pintle_answer, ws_message);

/// Returns true if the host that created `given` knows its members since 1.1.
template <class Struct>
bool is_since_1_1(const Struct& given) noexcept {
  return given.struct_size > kFirstSize<Struct>;
}

/// Throws Error(plugin) if `given` is smaller than contract 1.0 requires.
template <class Struct>
void check_size(const Struct* given) {
  if (given == nullptr || given->struct_size < kFirstSize<Struct>) {
    throw Error(Layer::plugin, "the host passed a struct that is too small for this scheme");
  }
}

/// Returns `given` with this side's size: members that an older host lacks are zero, those of a
/// newer one are left out. Throws as `check_size` does.
template <class Struct>
Struct known(const Struct* given) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  check_size(given);
  Struct made{};
  std::memcpy(&made, given, std::min<std::size_t>(given->struct_size, sizeof(Struct)));
  return made;
}

/// Writes `made` to a struct of the host, and no member beyond the host's size.
template <class Struct>
void write_known(const Struct& made, Struct& host) noexcept {
  const auto size = host.struct_size;
  std::memcpy(&host, &made, std::min<std::size_t>(size, sizeof(Struct)));
  host.struct_size = size;
}

/// The error of a scheme in a host that cannot do what it needs: "greet the gateway".
inline Error too_old_host(const char* what) {
  return Error(Layer::plugin,
               std::string("this program is too old for the scheme: it cannot ") + what)
      .with_user_action()
      .with_hint("Update the program that loads the scheme.");
}

}  // namespace pintle::plugin::detail
