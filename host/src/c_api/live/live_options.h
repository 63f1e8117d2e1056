// SPDX-License-Identifier: Apache-2.0
//
// Converts the C options and callbacks of a live connection.
//
// Threads: any. The returned callbacks run on the threads of a LiveConnection's callbacks.

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

/// Blocks callbacks until the app has received the handle.
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
