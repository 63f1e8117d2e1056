// SPDX-License-Identifier: Apache-2.0
//
// Lets a stop token end a poll: a descriptor that becomes readable when a stop is requested.
//
// Header-only. Threads: the stop may be requested from any.

#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <stop_token>
#include <string>
#include <sys/eventfd.h>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/files/unique_fd.h>

namespace pintle {

class CancelEvent {
 public:
  explicit CancelEvent(const std::stop_token& cancel)
      : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), ring_(cancel, Ring{fd_.get()}) {
    if (!fd_) {
      throw Error(Layer::config,
                  std::string("cannot create an event descriptor: ") + std::strerror(errno));
    }
  }

  int fd() const noexcept { return fd_.get(); }

 private:
  struct Ring {
    int fd;
    void operator()() const noexcept {
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
    }
  };

  UniqueFd fd_;
  std::stop_callback<Ring> ring_;  // last: destroyed before the descriptor is closed
};

}  // namespace pintle
