// SPDX-License-Identifier: Apache-2.0
//
// The worker of a conformance test, and the lines that it tells.
//
// Threads: one.

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include <pintle/files/unique_fd.h>

namespace pintle::conformance {

class WorkerProcess {
 public:
  /// Starts a program, found by its path or in PATH. Throws Error(plugin).
  explicit WorkerProcess(const std::vector<std::string>& command,
                         const std::vector<std::string>& stderr_variables = {});
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  /// Kills it if it still runs.
  ~WorkerProcess();

  enum class Got {
    line,
    end,
    nothing,  ///< In time.
    foreign   ///< What the worker did not write: only it knows the mark of its lines.
  };
  /// Waits up to `timeout_ms` for the next line, and returns it without its mark.
  Got read_line(std::string& line, int timeout_ms);

  /// Waits until it has ended, for no longer than `timeout_ms`, then kills it. Returns how it
  /// ended, for display; empty if it ended with 0.
  std::string wait(int timeout_ms);

 private:
  UniqueFd channel_;
  std::string mark_;
  std::string buffer_;
  pid_t child_ = -1;
};

}  // namespace pintle::conformance
