// SPDX-License-Identifier: Apache-2.0
//
// The lease of a holder: how it is acquired, kept and given back.

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include <pintle/core/base/error.h>

#include "base/boot_clock.h"
#include "base/random_bytes.h"
#include "session/redis_session_holder.h"
#include "session/session_scripts.h"

namespace pintle {
namespace {

using redis::Reply;
using std::chrono::milliseconds;

// Messages may be lost, and a lease may lapse without one.
constexpr std::int64_t kFirstLookMs = 250;
constexpr std::int64_t kMaxLookMs = 2'000;
constexpr std::int64_t kMinWaitMs = 10;

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
  const auto begin_ms = boot_ms();
  auto reply = run(session_scripts::kAcquire,
                   {me_, std::to_string(seen), std::to_string(settings_->lease_ms)});
  if (reply.at(0).text == "LEASE") {
    const MutexLock lock(mutex_);
    current_lease_ = Held{
        .fence = reply.at(1).number(), .base = seen, .until_ms = begin_ms + settings_->lease_ms};
    must_look_ = false;
    // If it has seen another one since, the intent is refused.
    if (current_lease_->base == seen_)
      sent_ = std::max(sent_,
                       static_cast<int>(std::clamp<long long>(reply.at(2).number(), 0, kMaxTries)));
  }
  return reply;
}

void RedisSessionStore::Holder::wait_for_news(std::uint64_t heard, std::int64_t timeout_ms) {
  MutexLock lock(mutex_);
  news_arrived_.wait_for(mutex_, milliseconds(timeout_ms),
                         [&]() PINTLE_REQUIRES(mutex_) { return news_count_ != heard; });
}

std::unique_ptr<SessionLock> RedisSessionStore::Holder::lock(int timeout_ms) {
  const auto deadline = boot_ms() + timeout_ms;
  settle_owed();
  auto look_ms = kFirstLookMs;
  for (int losses = 0;;) {
    std::uint64_t heard = 0;
    {
      const MutexLock lock(mutex_);
      heard = news_count_;
    }
    const auto reply = acquire();
    const auto& state = reply.at(0).text;
    if (state == "LEASE") {
      return std::make_unique<Lease>(shared_from_this());
    }
    if (state == "NEWER") return std::make_unique<NoLease>(SessionLock::State::newer);
    if (state == "SIGN_IN") return std::make_unique<NoLease>(SessionLock::State::ended);
    if (state == "BEHIND") {
      if (++losses > kMaxLooks) throw changes_all_the_time();
      put_back();
      continue;
    }
    const auto left = deadline - boot_ms();
    if (left <= 0) {
      throw Error(Layer::store, "another machine is renewing the session").with_retry();
    }
    const auto lease_left = std::clamp<std::int64_t>(reply.at(1).number(), kMinWaitMs, kMaxLookMs);
    const auto looked_ms = boot_ms();
    wait_for_news(heard, std::min({left, lease_left, look_ms / 2 + random_below(look_ms)}));
    // Any message wakes it, whoever sends them.
    if (const auto early = kMinWaitMs - (boot_ms() - looked_ms); early > 0) {
      std::this_thread::sleep_for(milliseconds(early));
    }
    look_ms = std::min(2 * look_ms, kMaxLookMs);
  }
}

// A process that was stopped, or whose Redis took long, has perhaps no lease any more, and another
// one has perhaps sent the token.
bool RedisSessionStore::Holder::still_holds(std::int64_t fence) const {
  const MutexLock lock(mutex_);
  return current_lease_ && current_lease_->fence == fence && boot_ms() < current_lease_->until_ms;
}

void RedisSessionStore::Holder::renew() {
  std::int64_t fence = 0;
  {
    const MutexLock lock(mutex_);
    if (!current_lease_) return;
    fence = current_lease_->fence;
  }
  const auto begin_ms = boot_ms();
  const auto reply = run(session_scripts::kRenew,
                         {me_, std::to_string(fence), std::to_string(settings_->lease_ms)});
  const MutexLock lock(mutex_);
  if (!current_lease_ || current_lease_->fence != fence) return;
  current_lease_->until_ms = reply.at(0).text == "KEPT" ? begin_ms + settings_->lease_ms : 0;
}

void RedisSessionStore::Holder::release() noexcept {
  try {
    settle_owed();
    std::optional<Held> held;
    {
      const MutexLock lock(mutex_);
      held = std::exchange(current_lease_, std::nullopt);
    }
    // If the outcome is unknown, the lease lapses by itself.
    if (!held || held->is_sent) return;
    run(session_scripts::kRelease, {me_, std::to_string(held->fence), channel()});
  } catch (const std::exception&) {
    // It lapses.
  }
}

RedisSessionStore::Lease::Lease(std::shared_ptr<Holder> holder)
    : holder_(std::move(holder)), thread_([this](const std::stop_token& stop) {
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
            holder_->renew();
          } catch (const std::exception&) {
            // Redis may be back before the lease lapses.
          }
        }
      }) {}

RedisSessionStore::Lease::~Lease() {
  thread_.request_stop();
  thread_.join();
  holder_->release();
}

}  // namespace pintle
