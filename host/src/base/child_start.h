// SPDX-License-Identifier: Apache-2.0
//
// How a child process begins: without this process's descriptors, and not outliving it.
//
// A room of the system (docs/porting.md). Threads: any; what is marked [child] is async-signal-safe
// and for the child alone, between fork and exec.

#pragma once

#include <spawn.h>
#include <sys/types.h>

namespace pintle {

/// Runs `become(argument)` in a new child; it must end in exec or _exit, and until then change
/// nothing but its own variables, as the memory may be this process's. Returns the child's id, or
/// -1 with `errno`.
pid_t fork_into(void (*become)(const void* argument), const void* argument) noexcept;

/// [child] Lets the system kill this process when its parent ends. Elsewhere than on Linux it does
/// nothing: a child is to end when its input does.
void end_with_parent() noexcept;

/// [child] Closes all descriptors from `first` on.
void close_from(int first) noexcept;

/// Lets posix_spawn close all descriptors from `first` on in the child.
void add_close_from(posix_spawn_file_actions_t& actions, int first) noexcept;

}  // namespace pintle
