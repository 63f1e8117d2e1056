// SPDX-License-Identifier: Apache-2.0
//
// Texts and structs of the C ABI (plugin.h).
//
// Header-only. Threads: pure functions.

#pragma once

#include <string_view>

#include <pintle/plugin.h>

namespace pintle {

inline pintle_view view(std::string_view text) noexcept { return {text.data(), text.size()}; }

inline std::string_view text(pintle_view view) noexcept {
  return view.size == 0 ? std::string_view() : std::string_view(view.data, view.size);
}

template <class Struct>
Struct sized() noexcept {
  Struct made{};
  made.struct_size = sizeof(Struct);
  return made;
}

}  // namespace pintle
