// SPDX-License-Identifier: Apache-2.0
#include "live/events/event_dispatcher.h"

#include <cstdint>
#include <utility>

#include "io/loop.h"

namespace pintle::live {

EventDispatcher::EventDispatcher(LiveCallbacks callbacks, std::size_t max_bytes)
    : callbacks_(std::move(callbacks)),
      runs_inline_(!callbacks_.empty() && !callbacks_.executor),
      max_bytes_(max_bytes) {
  if (runs_inline_) return;
  if (!callbacks_.empty()) {
    posted_ = std::make_unique<Posted>();
    return;
  }
  inbox_ = std::make_unique<Inbox>();
  if (!inbox_->wakeup) {
    throw Error(Layer::config, "cannot create a descriptor for a live connection")
        .with_hint("Raise the limit on open files.");
  }
}

EventBatch& EventDispatcher::batch() {
  if (!batch_) batch_ = std::make_unique<EventBatch>();
  return *batch_;
}

void EventDispatcher::deliver(const LiveEvent& event) {
  using Kind = LiveEvent::Kind;
  if (muted_) return;
  if (event.kind == Kind::state) {
    if (callbacks_.on_state) callbacks_.on_state(*event.state);
  } else if (event.kind == Kind::message || event.kind == Kind::piece) {
    if (callbacks_.on_message) callbacks_.on_message(event.json, event.part);
  } else if (callbacks_.on_event) {
    callbacks_.on_event(event);
  }
}

void EventDispatcher::put(const LiveEvent& event) {
  if (runs_inline_) {
    deliver(event);
  } else {
    batch().add(event);
  }
}

void EventDispatcher::put(const LiveState& state) {
  LiveEvent event{.kind = LiveEvent::Kind::state, .generation = state.generation};
  event.state = &state;
  put(event);
}

void EventDispatcher::keep_message(LiveEvent::Kind kind, std::string_view bytes, LivePart part,
                                   std::uint64_t generation) {
  LiveEvent event{.kind = kind, .part = part, .generation = generation};
  event.json = bytes;
  batch().add(event);
}

void EventDispatcher::put(Done done, const CallResult& result) {
  // An app that polls has no executor for a callback.
  if (runs_inline_ || has_inbox()) {
    done(result);
  } else {
    batch().add(std::move(done), result);
  }
}

void EventDispatcher::flush() {
  if (!batch_) return;
  auto batch = std::move(batch_);
  const auto bytes = batch->bytes();
  const auto queued = queued_bytes_.fetch_add(bytes) + bytes;
  if (queued > max_bytes_) full_ = true;
  if (meter_) ConnectionMeter::raise(meter_->receive_queue_peak_bytes, queued);
  if (posted_) {
    {
      const MutexLock lock(posted_->mutex);
      posted_->batches.push_back(std::move(batch));
    }
    return callbacks_.executor([self = shared_from_this()] { self->run_next(); });
  }
  {
    const MutexLock lock(inbox_->mutex);
    inbox_->batches.push_back(std::move(*batch));
  }
  inbox_->has_batch.notify_all();
  inbox_->wakeup.ring();
}

void EventDispatcher::run_next() {
  const std::lock_guard lock(posted_->at_work);
  std::shared_ptr<EventBatch> batch;
  {
    const MutexLock posted(posted_->mutex);
    if (posted_->batches.empty()) return;
    batch = posted_->batches.front();
  }
  run(*batch);
  const MutexLock posted(posted_->mutex);
  // A callback may have finished all of them.
  auto& batches = posted_->batches;
  if (!batches.empty() && batches.front() == batch) batches.pop_front();
}

void EventDispatcher::run(EventBatch& batch) {
  while (const auto item = batch.next()) {
    if (item->done != nullptr) {
      (*item->done)(item->result);
    } else {
      deliver(item->event);
    }
  }
  release(batch.bytes());
}

void EventDispatcher::finish() {
  if (!posted_) return;
  const std::lock_guard lock(posted_->at_work);
  std::deque<std::shared_ptr<EventBatch>> left;
  {
    const MutexLock posted(posted_->mutex);
    left.swap(posted_->batches);
  }
  for (const auto& one : left) run(*one);
}

void EventDispatcher::release(std::size_t bytes) {
  const auto left = queued_bytes_.fetch_sub(bytes) - bytes;
  if (left <= max_bytes_ / 2 && full_.exchange(false) && on_drained_) on_drained_();
}

bool EventDispatcher::is_full() const noexcept { return full_; }

std::optional<LiveEvent> EventDispatcher::take() {
  while (!inbox_->ended) {
    if (!inbox_->open) {
      if (inbox_->batches.empty()) return std::nullopt;
      inbox_->open = std::move(inbox_->batches.front());
      inbox_->batches.pop_front();
    }
    if (const auto item = inbox_->open->next()) {
      inbox_->ended = item->event.kind == LiveEvent::Kind::state &&
                      item->event.state->kind == LiveState::Kind::closed;
      return item->event;
    }
    release(inbox_->open->bytes());
    inbox_->open.reset();
  }
  return std::nullopt;
}

std::optional<LiveEvent> EventDispatcher::next(std::int64_t timeout_ms,
                                               const std::stop_token& cancel) {
  MutexLock lock(inbox_->mutex);
  const auto here = [&]() PINTLE_REQUIRES(inbox_->mutex) {
    return inbox_->ended || !inbox_->batches.empty();
  };
  auto event = take();
  if (!event && timeout_ms != 0 && !inbox_->ended) {
    if (timeout_ms < 0) {
      inbox_->has_batch.wait(inbox_->mutex, cancel, here);
    } else {
      inbox_->has_batch.wait_for(inbox_->mutex, cancel, at_most_a_year(timeout_ms), here);
    }
    event = take();
  }
  if (!event && inbox_->batches.empty()) {
    // Empty now: the next event makes it readable again.
    inbox_->wakeup.drain();
  }
  return event;
}

}  // namespace pintle::live
