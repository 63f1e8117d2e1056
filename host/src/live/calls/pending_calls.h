// SPDX-License-Identifier: Apache-2.0
//
// The pending requests of a live connection: unsent, or waiting for their responses.
//
// Threads: the loop's.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <pintle/live.h>

#include "io/loop.h"
#include "live/events/event_batch.h"

namespace pintle::live {

struct PendingCall {
  using OnCancel = std::stop_callback<std::function<void()>>;

  std::int64_t id = 0;
  std::string method;
  std::string text;  ///< The message; empty once it was sent and is not to be sent again.
  Done done{};
  TimePoint due = kNever;
  std::int64_t timeout_ms = 0;
  bool idempotent = false;
  bool sent = false;
  bool is_internal = false;  ///< Internal: its response is not passed to the app.
  bool on_loop = false;      ///< `done` runs on the loop's thread whatever the app's executor is.
  std::unique_ptr<OnCancel> on_cancel{};
};

class PendingCalls {
 public:
  /// Adds an unsent request.
  void add(PendingCall call, bool ahead = false);
  /// Returns the next one to send, or null. `sent` marks it as sent.
  PendingCall* next_unsent();
  void sent(PendingCall& call);

  PendingCall* find(std::int64_t id);
  /// Removes and returns the request.
  std::optional<PendingCall> take(std::int64_t id);
  std::optional<PendingCall> take_due(TimePoint now);
  TimePoint next_due() const;

  /// Call it after a loss: requests that may be sent again are queued in their old order, before
  /// all others; returns the other sent ones.
  std::vector<PendingCall> dropped();
  std::vector<PendingCall> take_all();

  std::size_t size() const noexcept { return calls_.size(); }
  /// Returns the number of requests with a waiting thread.
  std::size_t waited_for() const noexcept { return waited_for_; }
  /// Returns the bytes of the requests that wait to be sent.
  std::size_t unsent_bytes() const noexcept { return unsent_bytes_; }

 private:
  std::unordered_map<std::int64_t, PendingCall> calls_;
  std::list<std::int64_t> unsent_;  // May contain ids of removed requests.
  std::set<std::pair<TimePoint, std::int64_t>> dues_;
  std::size_t unsent_bytes_ = 0;
  std::size_t waited_for_ = 0;
};

}  // namespace pintle::live
