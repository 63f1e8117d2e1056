// SPDX-License-Identifier: Apache-2.0
//
// The required digest of a scheme's library, as the user or an app writes it.
//
// Header-only. Threads: a pure function.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle {

/// Returns `pin`, for LoadingRules::pins. Throws Error(config) if it is not valid.
inline std::string checked_pin(const std::string& id, const std::string& pin) {
  constexpr std::string_view kPrefix = "sha256:";
  constexpr std::size_t kHexDigits = 64;
  if (!pin.starts_with(kPrefix) || pin.size() != kPrefix.size() + kHexDigits ||
      pin.find_first_not_of("0123456789abcdef", kPrefix.size()) != std::string::npos) {
    throw Error(Layer::config, "the pin of \"" + printable(id, 40) +
                                   "\" is not sha256: and 64 hex digits in lower case");
  }
  return pin;
}

}  // namespace pintle
