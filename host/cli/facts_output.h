// SPDX-License-Identifier: Apache-2.0
//
// Who is signed in, as JSON.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <optional>

#include <pintle/connection.h>

#include "output.h"

namespace pintle::cli {

/// False for a credential that was only read from the settings' sources: a stored session is from
/// the gateway itself.
bool is_checked(const SignInFacts& facts);

/// Until when the credential is valid. Unix time in milliseconds.
std::optional<std::int64_t> expires_ms(const SignInFacts& facts);

/// Adds "checked" (if there is a credential), "facts" (if there are any) and "kept_in" (if a
/// session is stored).
void add_facts(JsonObject& object, const SignInFacts& facts, bool checked);

}  // namespace pintle::cli
