// SPDX-License-Identifier: Apache-2.0
//
// A descriptor that becomes readable when it is rung: what another thread wakes a poll with.
//
// A room of the system (docs/porting.md): Linux has eventfd; elsewhere it is a pipe.
// Threads: `ring` from any.

#pragma once

#include <pintle/files/unique_fd.h>

namespace pintle {

class Wakeup {
 public:
  /// Opens it. Check the result: without a descriptor left, `errno` says so.
  Wakeup() noexcept;

  explicit operator bool() const noexcept { return static_cast<bool>(from_); }
  /// Readable from a `ring` until the next `drain`.
  int fd() const noexcept { return from_.get(); }
  void ring() const noexcept;
  /// Takes all rings. Does not wait if there is none.
  void drain() const noexcept;

 private:
  UniqueFd from_;
  UniqueFd to_;  // of a pipe alone
};

}  // namespace pintle
