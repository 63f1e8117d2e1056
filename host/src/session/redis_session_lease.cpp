// SPDX-License-Identifier: Apache-2.0
//
// The lease of a holder: how it is acquired, kept and given back.

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include <pintle/core/base/error.h>

#include "session/redis_session_holder.h"
#include "session/session_scripts.h"

namespace pintle {
namespace {

using redis::Reply;
using std::chrono::milliseconds;

// Messages may be lost, and a lease may lapse without one.
constexpr std::int64_t kLookEveryMs = 250;

std::int64_t steady_ms() {
  return std::chrono::duration_cast<milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Not held: somebody stored a newer session, or the session has ended.
struct NoLease final : SessionLock {
  explicit NoLease(State of) : why(of) {}
  State state() const noexcept override { return why; }
  const State why;
};

}  // namespace

Reply RedisSessionStore::Holder::acquire() {
  std::int64_t seen = 0;
  {
    const MutexLock lock(mutex_);
    seen = seen_;
  }
  auto reply = run(session_scripts::kAcquire,
                   {me_, std::to_string(seen), std::to_string(settings_->lease_ms)});
  if (reply.at(0).text == "LEASE") {
    const MutexLock lock(mutex_);
    current_lease_ = Held{.fence = reply.at(1).number(), .base = seen};
    must_look_ = false;
    // If it has seen another one since, the intent is refused.
    if (current_lease_->base == seen_)
      sent_ = std::max(sent_, static_cast<int>(reply.at(2).number()));
  }
  return reply;
}

void RedisSessionStore::Holder::wait_for_news(std::uint64_t heard, std::int64_t timeout_ms) {
  MutexLock lock(mutex_);
  news_arrived_.wait_for(mutex_, milliseconds(timeout_ms),
                         [&]() PINTLE_REQUIRES(mutex_) { return news_count_ != heard; });
}

std::unique_ptr<SessionLock> RedisSessionStore::Holder::lock(int timeout_ms) {
  const auto deadline = steady_ms() + timeout_ms;
  settle_owed();
  for (int losses = 0;;) {
    std::uint64_t heard = 0;
    {
      const MutexLock lock(mutex_);
      heard = news_count_;
    }
    const auto reply = acquire();
    const auto& state = reply.at(0).text;
    if (state == "LEASE") {
      return std::make_unique<Lease>(shared_from_this(), reply.at(1).number());
    }
    if (state == "NEWER") return std::make_unique<NoLease>(SessionLock::State::newer);
    if (state == "SIGN_IN") return std::make_unique<NoLease>(SessionLock::State::ended);
    if (state == "BEHIND") {
      if (++losses > kMaxLooks) throw changes_all_the_time();
      put_back();
      continue;
    }
    const auto left = deadline - steady_ms();
    if (left <= 0) {
      throw Error(Layer::store, "another machine has been renewing the session for " +
                                    std::to_string(timeout_ms) + " ms")
          .with_retry();
    }
    const auto lease_left = std::max<std::int64_t>(reply.at(1).number(), 0) + 1;
    wait_for_news(heard, std::min({left, lease_left, kLookEveryMs}));
  }
}

bool RedisSessionStore::Holder::renew(std::int64_t fence) {
  const auto reply = run(session_scripts::kRenew,
                         {me_, std::to_string(fence), std::to_string(settings_->lease_ms)});
  return reply.at(0).text == "KEPT";
}

void RedisSessionStore::Holder::release(std::int64_t fence) noexcept {
  try {
    settle_owed();
    {
      const MutexLock lock(mutex_);
      if (!current_lease_ || current_lease_->fence != fence) return;
      // If the outcome is unknown, the lease lapses by itself.
      const bool is_sent = current_lease_->is_sent;
      current_lease_.reset();
      if (is_sent) return;
    }
    run(session_scripts::kRelease, {me_, std::to_string(fence), channel()});
  } catch (const std::exception&) {
    // It lapses.
  }
}

RedisSessionStore::Lease::Lease(std::shared_ptr<Holder> holder, std::int64_t fence)
    : holder_(std::move(holder)), fence_(fence), thread_([this](const std::stop_token& stop) {
        Mutex mutex;
        Condition stopped;
        const milliseconds pause(holder_->settings().lease_ms / 3);
        for (;;) {
          {
            MutexLock lock(mutex);
            stopped.wait_for(mutex, stop, pause, [] { return false; });
          }
          if (stop.stop_requested()) return;
          try {
            if (!holder_->renew(fence_)) return;
          } catch (const std::exception&) {
            // Redis may be back before the lease lapses.
          }
        }
      }) {}

RedisSessionStore::Lease::~Lease() {
  thread_.request_stop();
  thread_.join();
  holder_->release(fence_);
}

}  // namespace pintle
