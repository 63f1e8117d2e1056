// SPDX-License-Identifier: Apache-2.0
//
// The options and callbacks of a live connection, from their C structs.
//
// Threads: the callbacks that are made here run where those of a LiveConnection do.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include <pintle/live.h>
#include <pintle/pintle.h>

struct pintle_resume {
  std::vector<pintle::LiveRequest> requests{};
};

namespace pintle::c_api {

/// Holds callbacks back until the app knows the handle that they are about.
class Gate {
 public:
  void open() noexcept {
    open_.store(true);
    open_.notify_all();
  }
  void pass() const noexcept { open_.wait(false); }

 private:
  std::atomic<bool> open_{false};
};

/// Each throws Error(config).
LiveOptions live_options(const pintle_live_options& given, const std::shared_ptr<Gate>& gate);
LiveCallbacks live_callbacks(const pintle_live_options& given, const std::shared_ptr<Gate>& gate);
LiveRequest live_request(const pintle_live_request& given);
CallOptions call_options(const pintle_live_request& given);

}  // namespace pintle::c_api
