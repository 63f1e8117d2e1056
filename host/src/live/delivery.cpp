#include "live/delivery.h"

#include <chrono>
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace pintle::live {

Delivery::Delivery(LiveCallbacks callbacks, std::size_t most_bytes)
    : callbacks_(std::move(callbacks)),
      at_once_(!callbacks_.empty() && !callbacks_.executor),
      most_bytes_(most_bytes) {
  if (!callbacks_.empty()) return;
  inbox_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (inbox_fd_ < 0) {
    throw Error(Layer::config, "the system gives no descriptor for a live connection")
        .with_next("Raise the limit on open files.");
  }
}

Delivery::~Delivery() {
  if (inbox_fd_ >= 0) ::close(inbox_fd_);
}

void Delivery::deliver(const LiveEvent& event) {
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

void Delivery::put(const LiveEvent& event) {
  if (at_once_) {
    deliver(event);
  } else {
    batch_.add(event);
  }
}

void Delivery::put(const LiveState& state) {
  LiveEvent event{.kind = LiveEvent::Kind::state, .generation = state.generation};
  event.state = &state;
  put(event);
}

void Delivery::keep_message(LiveEvent::Kind kind, std::string_view bytes, LivePart part,
                            std::uint64_t generation) {
  LiveEvent event{.kind = kind, .part = part, .generation = generation};
  event.json = bytes;
  batch_.add(event);
}

void Delivery::put(Done done, const CallResult& result) {
  // Whoever pulls has no place of its own for a callback.
  if (at_once_ || has_inbox()) {
    done(result);
  } else {
    batch_.add(std::move(done), result);
  }
}

void Delivery::flush() {
  if (batch_.empty()) return;
  auto batch = std::exchange(batch_, {});
  const auto bytes = batch.bytes();
  if (untaken_.fetch_add(bytes) + bytes > most_bytes_) full_ = true;
  if (!has_inbox()) {
    {
      const std::lock_guard lock(posted_mutex_);
      posted_.push_back(std::make_shared<EventBatch>(std::move(batch)));
    }
    return callbacks_.executor([self = shared_from_this()] { self->run_next(); });
  }
  {
    const std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(batch));
  }
  came_.notify_all();
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto put = ::write(inbox_fd_, &one, sizeof(one));
}

void Delivery::run_next() {
  const std::lock_guard lock(at_work_);
  std::shared_ptr<EventBatch> batch;
  {
    const std::lock_guard posted(posted_mutex_);
    if (posted_.empty()) return;
    batch = posted_.front();
  }
  run(*batch);
  const std::lock_guard posted(posted_mutex_);
  // A callback may have finished all of them.
  if (!posted_.empty() && posted_.front() == batch) posted_.pop_front();
}

void Delivery::run(EventBatch& batch) {
  while (const auto* next = batch.next()) {
    const auto item = *next;
    if (item.done != nullptr) {
      (*item.done)(item.result);
    } else {
      deliver(item.event);
    }
  }
  took(batch.bytes());
}

void Delivery::finish() {
  if (at_once_ || has_inbox()) return;
  const std::lock_guard lock(at_work_);
  std::deque<std::shared_ptr<EventBatch>> left;
  {
    const std::lock_guard posted(posted_mutex_);
    left.swap(posted_);
  }
  for (const auto& batch : left) run(*batch);
}

void Delivery::took(std::size_t bytes) {
  const auto left = untaken_.fetch_sub(bytes) - bytes;
  if (left <= most_bytes_ / 2 && full_.exchange(false) && on_room_) on_room_();
}

bool Delivery::is_full() const noexcept { return full_; }

// With the lock.
std::optional<LiveEvent> Delivery::take() {
  while (!ended_) {
    if (!open_) {
      if (inbox_.empty()) return std::nullopt;
      open_ = std::move(inbox_.front());
      inbox_.pop_front();
    }
    if (const auto* item = open_->next()) {
      ended_ = item->event.kind == LiveEvent::Kind::state &&
               item->event.state->kind == LiveState::Kind::closed;
      return item->event;
    }
    took(open_->bytes());
    open_.reset();
  }
  return std::nullopt;
}

std::optional<LiveEvent> Delivery::next(std::int64_t most_ms, const std::stop_token& cancel) {
  std::unique_lock lock(mutex_);
  const auto here = [&] { return ended_ || !inbox_.empty(); };
  auto event = take();
  if (!event && most_ms != 0 && !ended_) {
    if (most_ms < 0) {
      came_.wait(lock, cancel, here);
    } else {
      came_.wait_for(lock, cancel, std::chrono::milliseconds(most_ms), here);
    }
    event = take();
  }
  if (!event && inbox_.empty()) {
    // Empty now: what comes next makes it readable again.
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(inbox_fd_, &count, sizeof(count));
  }
  return event;
}

}  // namespace pintle::live
