// SPDX-License-Identifier: Apache-2.0
//
// Delays the exit of the process while a live connection whose handle was destroyed still has a
// dial that has not noticed its cancellation: otherwise OpenSSL and others would be cleaned up
// while a thread uses them.
//
// Threads: any.

#pragma once

namespace pintle::live {

/// Make it the first member of the owner, so that it is destroyed last.
class ExitGuard {
 public:
  ExitGuard();
  ExitGuard(const ExitGuard&) = delete;
  ExitGuard& operator=(const ExitGuard&) = delete;
  ~ExitGuard();

  /// From now on the process does not exit before this is destroyed, or 8 seconds have passed.
  void begin() noexcept;

 private:
  bool begun_ = false;
};

}  // namespace pintle::live
