// SPDX-License-Identifier: Apache-2.0
//
// Owns a file descriptor. Header-only. Threads: like std::unique_ptr.

/// @file
/// @snippet reference/files.cpp unique_fd

#pragma once

#include <unistd.h>
#include <utility>

namespace pintle {

class UniqueFd {
 public:
  UniqueFd() = default;
  /// Takes ownership of `fd`; negative: owns nothing.
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = other.release();
    }
    return *this;
  }
  ~UniqueFd() { close(); }

  /// Returns the descriptor, negative if there is none.
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  /// Releases ownership; the caller must close the descriptor.
  int release() noexcept { return std::exchange(fd_, -1); }
  /// Returns the result of close(2), or 0 if there is no descriptor.
  int close() noexcept { return fd_ >= 0 ? ::close(release()) : 0; }

 private:
  int fd_ = -1;
};

}  // namespace pintle
