// SPDX-License-Identifier: Apache-2.0
//
// A text that grows without leaving a copy of a secret behind. Header-only.
//
// Threads: like std::string.

#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle::program {

/// Appends `more` to `text`; if it must move the text, wipes the memory that it leaves.
inline void append_wiping(std::string& text, std::string_view more) {
  if (text.capacity() - text.size() < more.size()) {
    std::string moved;
    moved.reserve(std::max(2 * text.capacity(), text.size() + more.size()));
    moved.append(text);
    wipe(text);
    text.swap(moved);
  }
  text.append(more);
}

}  // namespace pintle::program
