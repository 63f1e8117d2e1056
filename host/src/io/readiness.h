// SPDX-License-Identifier: Apache-2.0
//
// Which of many descriptors are ready: what the I/O thread waits for.
//
// A room of the system (docs/porting.md): Linux has epoll; elsewhere it is poll, whose cost grows
// with the number of descriptors. Threads: one at a time.

#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace pintle::live {

/// What a descriptor is waited for or ready for, as a set of bits.
using Events = std::uint32_t;

inline constexpr Events kReadable = 1U << 0;
inline constexpr Events kWritable = 1U << 2;
inline constexpr Events kFailed = 1U << 3;  ///< Reported even if it was not asked for.
inline constexpr Events kHungUp = 1U << 4;  ///< Reported even if it was not asked for.
/// The peer has closed its side. Elsewhere than on Linux it is not noticed behind unread bytes.
inline constexpr Events kPeerClosed = 1U << 13;
/// Not again for the same reason until it is changed.
inline constexpr Events kOnce = 1U << 31;

class Readiness {
 public:
  struct Ready {
    void* whose = nullptr;  ///< As it was added.
    Events events = 0;
  };

  /// Check `is_open` afterwards: without a descriptor left, `errno` says so.
  Readiness();
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  bool is_open() const noexcept;
  /// Reports the events of `fd` from now on as those of `whose`. Level-triggered but for kOnce.
  /// Returns false with `errno` if it cannot.
  bool add(int fd, Events events, void* whose) noexcept;
  void change(int fd, Events events, void* whose) noexcept;
  void remove(int fd) noexcept;

  /// Waits until something is ready, or for `wait_ms` (-1: without end). What it returns is valid
  /// until the next call.
  std::span<Ready> wait(int wait_ms) noexcept;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace pintle::live
