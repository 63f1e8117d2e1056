// SPDX-License-Identifier: Apache-2.0
//
// Ends the cage because of what the library did.
//
// Threads: any; async-signal-safe.

#pragma once

#include <initializer_list>
#include <string_view>

namespace pintle::cage {

/// Writes "pintle-cage: " and `why` on standard error and ends the process. The host shows the line
/// as "the caged library was stopped: it …": `why` is what it did, "opens a socket (socket)".
[[noreturn]] void stop(std::initializer_list<std::string_view> why) noexcept;
[[noreturn]] inline void stop(std::string_view why) noexcept { stop({why}); }

}  // namespace pintle::cage
