// SPDX-License-Identifier: Apache-2.0
//
// How large the structs of the contract were in 1.0 (tests/plugins/frozen has its header).
//
// Threads: constants.

#pragma once

#include <cstddef>

#include <pintle/plugin.h>

namespace pintle::conformance {

template <class T>
inline constexpr std::size_t kFirstSize = sizeof(T);
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

}  // namespace pintle::conformance
