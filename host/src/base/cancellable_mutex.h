// SPDX-License-Identifier: Apache-2.0
//
// Lets one in at a time; who waits for their turn can be cancelled, and does not wait for ever.
//
// Threads: any. A Turn may end on another thread than the one that took it.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace pintle {

class CancellableMutex {
 public:
  /// `what` is under way during a turn, for display: "a sign-in".
  explicit CancellableMutex(std::string what) : what_(std::move(what)) {}
  CancellableMutex(const CancellableMutex&) = delete;
  CancellableMutex& operator=(const CancellableMutex&) = delete;

  struct End {
    void operator()(CancellableMutex* of) const noexcept { of->end(); }
  };
  /// Ends when it dies.
  using Guard = std::unique_ptr<CancellableMutex, End>;

  /// Throws Error(tcp) where `cancel` was stopped first, and Error(session) that can be retried
  /// where `timeout_ms` were not enough.
  Guard take(const std::stop_token& cancel, std::int64_t timeout_ms);

 private:
  void end() noexcept;

  const std::string what_;
  std::mutex mutex_;
  // Not a timed mutex: it cannot be cancelled, and the thread sanitizer of g++ 12 does not know the
  // call that it waits by.
  std::condition_variable_any ended_;
  bool taken_ = false;
};

}  // namespace pintle
