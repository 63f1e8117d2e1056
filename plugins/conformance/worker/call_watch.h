// SPDX-License-Identifier: Apache-2.0
//
// What the sandbox needs of the system: a file for the output, and the calls that a scheme makes.
//
// A room of the system (docs/porting.md): Linux has seccomp, and files in memory; elsewhere no call
// is noticed. Threads: one.

#pragma once

#include <functional>

namespace pintle::conformance {

/// Returns a file without a name, that is gone with this process; negative if there is none.
int open_output() noexcept;

/// From now on some system calls fail with EPERM and are noticed. Returns false if the system can
/// do no such thing.
bool watch_calls();

/// Calls `found` with what each call did that was noticed since the last time: "opens a file".
void take_calls(const std::function<void(const char* what)>& found);

}  // namespace pintle::conformance
