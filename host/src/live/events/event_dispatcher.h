// SPDX-License-Identifier: Apache-2.0
//
// Delivers events to the app: to its callbacks directly, through its executor, or to the inbox that
// it polls.
//
// Threads: what is marked [loop] on the loop's, the rest from any.

#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>

#include <pintle/live.h>

#include "base/mutex.h"
#include "base/wakeup.h"
#include "live/events/event_batch.h"
#include "log/connection_meter.h"

namespace pintle::live {

class EventDispatcher : public std::enable_shared_from_this<EventDispatcher> {
 public:
  EventDispatcher(LiveCallbacks callbacks, std::size_t max_bytes);
  ~EventDispatcher() = default;
  EventDispatcher(const EventDispatcher&) = delete;
  EventDispatcher& operator=(const EventDispatcher&) = delete;

  /// Sets the callback for when there is space again after `is_full`. It runs on any thread. Call
  /// this before the first `put`.
  void on_drained(std::function<void()> on_drained) { on_drained_ = std::move(on_drained); }
  /// Counts the largest queue there. Call this before the first `put`.
  void count_in(std::shared_ptr<ConnectionMeter> meter) { meter_ = std::move(meter); }

  /// [loop] One call for each received item; `flush` after each round.
  void put(const LiveEvent& event);
  void put(const LiveState& state);
  void put_message(LiveEvent::Kind kind, std::string_view bytes, LivePart part,
                   std::uint64_t generation) {
    if (!runs_inline_) return keep_message(kind, bytes, part, generation);
    if (callbacks_.on_message && !muted_.load(std::memory_order_relaxed)) {
      callbacks_.on_message(bytes, part);
    }
  }
  void put(Done done, const CallResult& result);
  void flush();

  /// Returns true if the queue limit is exceeded; never with callbacks on the loop's thread.
  bool is_full() const noexcept;
  /// Returns the undelivered bytes.
  std::size_t queued_bytes() const noexcept { return queued_bytes_; }

  /// From now on, delivers only the outcomes of requests.
  void mute() noexcept { muted_ = true; }
  /// Call it after the last `put`: delivers what is queued, and waits for a callback in the app's
  /// executor, unless it is called from one.
  void finish();

  bool has_inbox() const noexcept { return inbox_ != nullptr; }
  int fd() const noexcept { return inbox_ ? inbox_->wakeup.fd() : -1; }
  std::optional<LiveEvent> next(std::int64_t timeout_ms, const std::stop_token& cancel);

 private:
  void keep_message(LiveEvent::Kind kind, std::string_view bytes, LivePart part,
                    std::uint64_t generation);
  void deliver(const LiveEvent& event);
  void run_next();
  void run(EventBatch& batch);
  void release(std::size_t bytes);

  // Allocated on demand; an idle connection stays small.
  struct Posted {
    std::recursive_mutex at_work;  // while a callback runs in the app's executor
    Mutex mutex;
    std::deque<std::shared_ptr<EventBatch>> batches PINTLE_GUARDED_BY(mutex);
  };
  struct Inbox {
    Wakeup wakeup;
    Mutex mutex;
    Condition has_batch;
    std::deque<EventBatch> batches PINTLE_GUARDED_BY(mutex);
    std::optional<EventBatch> open PINTLE_GUARDED_BY(mutex);  // the one that `next` reads from
    bool ended PINTLE_GUARDED_BY(mutex) = false;              // the last state was given
  };

  std::optional<LiveEvent> take() PINTLE_REQUIRES(inbox_->mutex);
  EventBatch& batch();

  const LiveCallbacks callbacks_;
  const bool runs_inline_;
  const std::size_t max_bytes_;
  std::function<void()> on_drained_;
  std::shared_ptr<ConnectionMeter> meter_;
  std::atomic<bool> muted_{false};
  std::atomic<bool> full_{false};
  std::atomic<std::size_t> queued_bytes_{0};
  std::unique_ptr<EventBatch> batch_;  // of this round
  std::unique_ptr<Posted> posted_;
  std::unique_ptr<Inbox> inbox_;
};

}  // namespace pintle::live
