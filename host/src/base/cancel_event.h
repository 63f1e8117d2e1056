// SPDX-License-Identifier: Apache-2.0
//
// Lets a stop token end a poll: a descriptor that becomes readable when a stop is requested.
//
// Header-only. Threads: the stop may be requested from any.

#pragma once

#include <cerrno>
#include <cstring>
#include <stop_token>
#include <string>

#include <pintle/core/base/error.h>

#include "base/wakeup.h"

namespace pintle {

class CancelEvent {
 public:
  explicit CancelEvent(const std::stop_token& cancel) : ring_(cancel, Ring{wakeup_}) {
    if (!wakeup_) {
      throw Error(Layer::config,
                  std::string("cannot create an event descriptor: ") + std::strerror(errno));
    }
  }

  int fd() const noexcept { return wakeup_.fd(); }

 private:
  struct Ring {
    const Wakeup& wakeup;
    void operator()() const noexcept { wakeup.ring(); }
  };

  Wakeup wakeup_;
  std::stop_callback<Ring> ring_;  // last: destroyed before the descriptor is closed
};

}  // namespace pintle
