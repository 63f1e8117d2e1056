// SPDX-License-Identifier: Apache-2.0
//
// What a live connection left behind when its handle died: a dial that has not noticed its
// cancellation yet. A process that exits meanwhile waits for it, or OpenSSL and others would be
// cleaned up under a thread that uses them.
//
// Threads: any.

#pragma once

namespace pintle::live {

/// To be the first member of what is left behind, so that it dies last.
class ExitGuard {
 public:
  ExitGuard();
  ExitGuard(const ExitGuard&) = delete;
  ExitGuard& operator=(const ExitGuard&) = delete;
  ~ExitGuard();

  /// From now on the process does not exit before this dies, or 8 seconds have passed.
  void begin() noexcept;

 private:
  bool begun_ = false;
};

}  // namespace pintle::live
