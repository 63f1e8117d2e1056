// SPDX-License-Identifier: Apache-2.0
//
// Reading a pipe to its end.

#pragma once

#include <string>

namespace pintle::cli {

/// Blocks until the other end is closed, or Ctrl-C. `name` is for errors. Throws Error(config)
/// above 64 MiB, Error(store) if it cannot be read.
std::string read_pipe(int fd, const std::string& name);

}  // namespace pintle::cli
