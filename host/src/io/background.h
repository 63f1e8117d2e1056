// SPDX-License-Identifier: Apache-2.0
//
// The threads of this process on which operations of an app run that it does not wait for.
//
// Threads: any.

#pragma once

#include "io/task.h"

namespace pintle {

/// Runs the task, which must not throw, on a thread of a pool that lives as long as the process: at
/// most 256 at once, the others wait in order. Returns false if there is no thread, and none can be
/// created.
bool run_in_background(live::Task task);

}  // namespace pintle
