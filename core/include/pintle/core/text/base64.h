// SPDX-License-Identifier: Apache-2.0
//
// Bytes as text (RFC 4648 4), and the credential of HTTP Basic, which is made so. What is encoded
// or decoded may be a secret.
//
// Threads: pure functions.

/// @file
/// @snippet reference/text.cpp base64

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle {

/// Returns `bytes` in base64 with padding, on one line. Leaves no other copy behind; of a secret,
/// the caller wipes the text (Secret::take).
std::string base64_of(std::string_view bytes);

/// Returns the bytes of `text`; nothing unless it is base64 with padding, on one line, as
/// `base64_of` writes it. Leaves no other copy behind.
std::optional<Secret> bytes_of_base64(std::string_view text);

/// Returns what follows "Basic " in a field (RFC 7617 2). Leaves no other copy behind.
Secret basic_credential(std::string_view user, std::string_view password);

}  // namespace pintle
