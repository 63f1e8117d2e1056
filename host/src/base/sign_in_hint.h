// SPDX-License-Identifier: Apache-2.0
//
// The command to sign in, in a hint: what gives the hint does not know what the connection is
// called.
//
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

namespace pintle {

/// Returns `hint` with "(pintle sign-in)" made the whole command: "(pintle sign-in home)".
/// `connection`: its name, or its URL; may be empty.
std::string with_sign_in_target(std::string hint, std::string_view connection);

}  // namespace pintle
