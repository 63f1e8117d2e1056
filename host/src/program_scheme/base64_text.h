// SPDX-License-Identifier: Apache-2.0
//
// Bytes in base64 (RFC 4648 4), without a copy that is not wiped.
//
// Threads: pure functions.

#pragma once

#include <optional>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle::program {

/// Returns `bytes` in base64 with padding.
Secret base64_text(std::string_view bytes);

/// Returns the bytes of `text`; nothing unless it is base64 with padding, on one line.
std::optional<Secret> bytes_of_base64(std::string_view text);

}  // namespace pintle::program
