// SPDX-License-Identifier: Apache-2.0
#include "session/redis_session_holder.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <utility>

#include <pintle/core/base/error.h>

#include "base/random_bytes.h"
#include "session/session_scripts.h"

namespace pintle {
namespace {

using redis::Reply;
using std::chrono::milliseconds;

// Messages may be lost, and a lease may lapse without one.
constexpr std::int64_t kLookEveryMs = 250;
constexpr int kMaxTries = 2;
constexpr int kMaxLooks = 8;

std::string random_name() {
  std::array<unsigned char, 16> bytes{};
  fill_random(bytes);
  std::string name;
  for (const auto byte : bytes) {
    name += "0123456789abcdef"[byte >> 4U];
    name += "0123456789abcdef"[byte & 15U];
  }
  return name;
}

// A clock that goes on while the machine is asleep, as Redis does.
std::int64_t boot_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

SessionChanged changed() {
  SessionChanged error(Layer::store, "another machine has stored another session meanwhile");
  error.with_retry();
  return error;
}

Error outcome_unknown() {
  return Error(Layer::session,
               "the session's refresh token was sent twice without an answer, and a third time "
               "might end every session of this user")
      .with_sign_in()
      .with_hint("Sign in again (pintle sign-in).");
}

// Not held: somebody stored a newer session, or the session has ended.
struct NoLease final : SessionLock {
  explicit NoLease(State of) : why(of) {}
  State state() const noexcept override { return why; }
  const State why;
};

}  // namespace

RedisSessionStore::Holder::Holder(std::shared_ptr<const RedisStoreSettings> settings,
                                  SessionKey key, std::string name)
    : settings_(std::move(settings)),
      key_(std::move(key)),
      record_(name + ":record"),
      lease_(name + ":lease"),
      counter_(name + ":counter"),
      me_(random_name()) {}

Reply RedisSessionStore::Holder::run(std::string_view script,
                                     const std::vector<std::string>& arguments) const {
  return settings_->server->run(script, {record_, lease_, counter_}, arguments);
}

std::string RedisSessionStore::Holder::seal(const Secret& session) const {
  return session.empty() ? std::string() : settings_->keys->current()->seal(key_, session);
}

Secret RedisSessionStore::Holder::open(const std::string& sealed) const {
  auto keys = settings_->keys->current();
  // The key may have been replaced meanwhile.
  if (!keys->has_key_of(sealed)) keys = settings_->keys->read_again();
  if (auto opened = keys->open(key_, sealed)) return std::move(*opened);
  const bool has_key = keys->has_key_of(sealed);
  throw Error(Layer::store, has_key ? "the session in Redis was changed, or is another one's"
                                    : "the session in Redis is encrypted with another key")
      .with_user_action()
      .with_hint(has_key ? "Sign in again (pintle sign-in), and see who may write to that Redis."
                         : "Give every machine the same keys (docs/fleet.md).");
}

// A newer session: nobody has sent its refresh token yet, as far as this one knows.
void RedisSessionStore::Holder::see(std::int64_t fence, std::optional<Secret> session,
                                    std::string origin) {
  if (fence <= seen_) return;
  seen_ = fence;
  session_ = std::move(session);
  origin_ = std::move(origin);
  sent_ = 0;
}

StoredSession RedisSessionStore::Holder::load() {
  for (int look = 0; look < kMaxLooks; ++look) {
    const auto record = run(session_scripts::kLoad, {});
    const auto fence = record.at(0).number();
    const bool has_ended = !record.at(3).text.empty();
    {
      const MutexLock lock(mutex_);
      if (fence > seen_) {
        const auto& sealed = record.at(1).text;
        auto session = sealed.empty() ? std::nullopt : std::optional<Secret>(open(sealed));
        see(fence, std::move(session), record.at(2).text);
      }
      if (fence == seen_) {
        StoredSession stored;
        if (session_ && !has_ended) stored.session = session_->clone();
        stored.note = has_ended ? "The gateway has ended the session in Redis." : note_;
        stored.saved_ms = record.at(4).number();
        return stored;
      }
      if (fence == 0 && seen_ == 0) return {};
    }
    put_back();
  }
  throw Error(Layer::store, "the session in Redis changes all the time").with_retry();
}

bool RedisSessionStore::Holder::has_session() const {
  return !run(session_scripts::kLoad, {}).at(1).text.empty();
}

// Redis has lost a write, such as in a failover. Whoever has seen it puts it back.
void RedisSessionStore::Holder::put_back() {
  std::vector<std::string> arguments;
  {
    const MutexLock lock(mutex_);
    arguments = {std::to_string(seen_), "-1", session_ ? seal(*session_) : std::string(), origin_,
                 channel()};
  }
  const auto reply = run(session_scripts::kSave, arguments);
  const MutexLock lock(mutex_);
  note_ = reply.at(0).text == "SAVED"
              ? "Redis had lost the last session that was stored (a failover?): it was put back."
              : "Redis had lost the last session that was stored, and has a newer one now.";
}

std::string RedisSessionStore::Holder::origin_for(const Secret& session) {
  if (attempted_origin_.empty() || !attempted_.equals(session)) {
    attempted_ = session.clone();
    attempted_origin_ = random_name();
  }
  return attempted_origin_;
}

void RedisSessionStore::Holder::save(const Secret& session, Mode mode) {
  std::string origin;
  std::vector<std::string> arguments;
  {
    const MutexLock lock(mutex_);
    origin = origin_for(session);
    arguments = {std::to_string(seen_), seal(session), origin, channel(),
                 mode == Mode::always ? "always" : "unless_newer"};
  }
  const auto reply = run(session_scripts::kSignIn, arguments);
  const MutexLock lock(mutex_);
  if (reply.at(0).text != "SAVED") throw changed();
  see(reply.at(1).number(), session.empty() ? std::nullopt : std::optional<Secret>(session.clone()),
      std::move(origin));
  attempted_ = Secret();
  attempted_origin_.clear();
  note_.clear();
  if (held_) held_->is_sent = false;  // its lease protects nothing any more
}

Reply RedisSessionStore::Holder::acquire() {
  std::string seen;
  {
    const MutexLock lock(mutex_);
    seen = std::to_string(seen_);
  }
  const auto begin_ms = boot_ms();
  auto reply = run(session_scripts::kAcquire, {me_, seen, std::to_string(settings_->lease_ms)});
  if (reply.at(0).text == "LEASE") {
    const MutexLock lock(mutex_);
    held_ = Held{.fence = reply.at(1).number(),
                 .base = std::atoll(seen.c_str()),
                 .until_ms = begin_ms + settings_->lease_ms};
    // If it has seen another one since, the intent is refused.
    if (held_->base == seen_) sent_ = std::max(sent_, static_cast<int>(reply.at(2).number()));
  }
  return reply;
}

void RedisSessionStore::Holder::wait_for_news(std::uint64_t heard, std::int64_t at_most_ms) {
  MutexLock lock(mutex_);
  heard_something_.wait_for(mutex_, milliseconds(at_most_ms),
                            [&]() PINTLE_REQUIRES(mutex_) { return heard_ != heard; });
}

std::unique_ptr<SessionLock> RedisSessionStore::Holder::lock(int timeout_ms) {
  const auto deadline = boot_ms() + timeout_ms;
  settle_owed();
  for (;;) {
    std::uint64_t heard = 0;
    {
      const MutexLock lock(mutex_);
      heard = heard_;
    }
    const auto reply = acquire();
    const auto& state = reply.at(0).text;
    if (state == "LEASE") {
      return std::make_unique<Lease>(shared_from_this());
    }
    if (state == "NEWER") return std::make_unique<NoLease>(SessionLock::State::newer);
    if (state == "SIGN_IN") return std::make_unique<NoLease>(SessionLock::State::ended);
    if (state == "BEHIND") {
      put_back();
      continue;
    }
    const auto left = deadline - boot_ms();
    if (left <= 0) {
      throw Error(Layer::store, "another machine has been renewing the session for " +
                                    std::to_string(timeout_ms) + " ms")
          .with_retry();
    }
    const auto lease_left = std::max<std::int64_t>(reply.at(1).number(), 0) + 1;
    wait_for_news(heard, std::min({left, lease_left, kLookEveryMs}));
  }
}

std::unique_ptr<SessionReservation> RedisSessionStore::Holder::reserve() {
  std::optional<Held> held;
  int sent = 0;
  {
    const MutexLock lock(mutex_);
    held = held_;
    sent = sent_;
  }
  if (!held) {  // a second rotation under one lock
    const auto reply = acquire();
    if (reply.at(0).text != "LEASE") throw changed();
    return reserve();
  }
  Reply reply;
  try {
    reply = run(session_scripts::kIntent, {me_, std::to_string(held->fence),
                                           std::to_string(held->base), std::to_string(sent)});
  } catch (const Error&) {
    // It may be noted, and the token is certainly not sent.
    owe({.outcome = RenewalOutcome::not_used, .held = *held, .sent = sent + 1});
    throw;
  }
  const auto& answer = reply.at(0).text;
  {
    const MutexLock lock(mutex_);
    if (answer == "SEND") {
      if (held_ && held_->fence == held->fence) held_->is_sent = true;
      if (held->base == seen_) sent_ = sent + 1;
    } else {
      held_.reset();
    }
  }
  if (answer == "SIGN_IN") throw outcome_unknown();
  if (answer != "SEND") throw changed();
  // So that a failover does not lose the intent of a request that has left.
  // No replica has confirmed it: there may have been one, and the lease was lost with it.
  if (!settings_->server->wait_for_replica(record_)) renew();
  auto intent = std::make_unique<Intent>(shared_from_this(), held->fence, held->base, sent + 1);
  if (!still_holds(held->fence)) {
    intent->settle(RenewalOutcome::not_used);
    throw changed();
  }
  return intent;
}

// A process that was stopped, or whose Redis took long, has perhaps no lease any more, and another
// one has perhaps sent the token.
bool RedisSessionStore::Holder::still_holds(std::int64_t fence) const {
  const MutexLock lock(mutex_);
  return held_ && held_->fence == fence && boot_ms() < held_->until_ms;
}

void RedisSessionStore::Holder::save_in(Intent& intent, const Secret& session) {
  std::vector<std::string> arguments;
  {
    const MutexLock lock(mutex_);
    arguments = {std::to_string(intent.fence), std::to_string(intent.base), seal(session), origin_,
                 channel()};
  }
  const auto reply = run(session_scripts::kSave, arguments);
  const MutexLock lock(mutex_);
  held_.reset();
  if (reply.at(0).text != "SAVED") throw changed();
  see(intent.fence, session.clone(), origin_);
  note_.clear();
}

void RedisSessionStore::Holder::tell_outcome(const Owed& owed) {
  const auto fence = std::to_string(owed.held.fence);
  if (owed.outcome == RenewalOutcome::not_used) {
    run(session_scripts::kClear, {me_, fence, std::to_string(owed.sent)});
    const MutexLock lock(mutex_);
    if (owed.held.base == seen_ && sent_ == owed.sent) --sent_;
  } else {
    run(session_scripts::kEnd, {me_, fence, std::to_string(owed.held.base), channel()});
  }
}

void RedisSessionStore::Holder::settle_owed() {
  std::optional<Owed> owed;
  {
    const MutexLock lock(mutex_);
    owed = owed_;
  }
  if (!owed) return;
  tell_outcome(*owed);
  const MutexLock lock(mutex_);
  owed_.reset();
}

bool RedisSessionStore::Holder::settle(const Intent& intent, RenewalOutcome outcome) {
  if (outcome == RenewalOutcome::unknown) return intent.sent < kMaxTries;
  const Owed owed{.outcome = outcome,
                  .held = {.fence = intent.fence, .base = intent.base, .is_sent = true},
                  .sent = intent.sent};
  {
    const MutexLock lock(mutex_);
    held_.reset();
  }
  try {
    tell_outcome(owed);
  } catch (const Error&) {
    owe(owed);
  }
  return false;
}

void RedisSessionStore::Holder::owe(const Owed& owed) {
  const MutexLock lock(mutex_);
  owed_ = owed;
}

void RedisSessionStore::Holder::renew() {
  std::int64_t fence = 0;
  {
    const MutexLock lock(mutex_);
    if (!held_) return;
    fence = held_->fence;
  }
  const auto begin_ms = boot_ms();
  const auto reply = run(session_scripts::kRenew,
                         {me_, std::to_string(fence), std::to_string(settings_->lease_ms)});
  const MutexLock lock(mutex_);
  if (!held_ || held_->fence != fence) return;
  held_->until_ms = reply.at(0).text == "KEPT" ? begin_ms + settings_->lease_ms : 0;
}

void RedisSessionStore::Holder::release() noexcept {
  try {
    std::optional<Held> held;
    {
      const MutexLock lock(mutex_);
      held = std::exchange(held_, std::nullopt);
    }
    // If the outcome is unknown, the lease lapses by itself.
    if (!held || held->is_sent) return;
    run(session_scripts::kRelease, {me_, std::to_string(held->fence), channel()});
  } catch (const std::exception&) {
    // It lapses.
  }
}

bool RedisSessionStore::Holder::is_news(std::string_view message) const {
  if (message == "free") return false;
  if (message.empty() || message == "ended") return true;
  const MutexLock lock(mutex_);
  return std::atoll(std::string(message).c_str()) > seen_;
}

void RedisSessionStore::Holder::hear() noexcept {
  const MutexLock lock(mutex_);
  ++heard_;
  heard_something_.notify_all();
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
