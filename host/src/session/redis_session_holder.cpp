// SPDX-License-Identifier: Apache-2.0
#include "session/redis_session_holder.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <pintle/core/base/error.h>

#include "base/hex.h"
#include "base/random_bytes.h"
#include "session/session_scripts.h"

namespace pintle {
namespace {

using redis::Reply;

// Of those who hear of a new session at once. One Redis does about 20 steps in a millisecond.
constexpr std::int64_t kLooksPerMs = 20;
constexpr std::int64_t kMaxLookDelayMs = 2'000;
constexpr std::chrono::milliseconds kMinLookPause{100};
constexpr std::chrono::milliseconds kNoPause{0};

std::int64_t number_in(std::string_view text) {
  return Reply{.kind = Reply::Kind::text, .text = std::string(text)}.number();
}

constexpr std::size_t kRecordFields = 6;
constexpr std::int64_t kMaxFence = std::int64_t{1} << 52;  // as the steps have it
constexpr std::int64_t kMaxTimeMs = 253'402'300'799'000;   // the year 9999

Error damaged() {
  return Error(Layer::store, "the record in Redis is damaged")
      .with_user_action()
      .with_hint("docs/fleet.md says how to begin anew; see who may write to that Redis.");
}

std::string random_name() {
  std::array<unsigned char, 16> bytes{};
  fill_random(bytes);
  return hex_of(bytes);
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

}  // namespace

RedisSessionStore::Holder::Holder(std::shared_ptr<const RedisStoreSettings> settings,
                                  SessionKey key, const std::string& name)
    : settings_(std::move(settings)),
      key_(std::move(key)),
      record_(name + ":record"),
      lease_(name + ":lease"),
      counter_(name + ":counter"),
      me_(random_name()) {}

Error RedisSessionStore::Holder::changes_all_the_time() {
  return Error(Layer::store, "the session in Redis changes all the time").with_retry();
}

Reply RedisSessionStore::Holder::run(std::string_view script,
                                     const std::vector<std::string>& arguments) const {
  auto reply = settings_->server->run(script, {record_, lease_, counter_}, arguments);
  if (reply.kind != Reply::Kind::array) throw damaged();
  return reply;
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
      .with_hint(has_key
                     ? "Forget it (pintle sessions forget NAME), then sign in again; see who may "
                       "write to that Redis."
                     : "Give every machine the same keys (docs/fleet.md).");
}

// Nobody has sent its refresh token yet, as far as this one knows, unless it is the same one under
// another fence, which is as used as it was.
void RedisSessionStore::Holder::remember(std::int64_t fence, std::optional<Secret> session,
                                         std::string origin) {
  if (!session_ || !session || !session_->equals(*session)) sent_ = 0;
  seen_ = fence;
  session_ = std::move(session);
  origin_ = std::move(origin);
}

void RedisSessionStore::Holder::see(std::int64_t fence, std::optional<Secret> session,
                                    std::string origin) {
  if (fence > seen_) remember(fence, std::move(session), std::move(origin));
}

// The record counts, even if this one has seen a newer one.
void RedisSessionStore::Holder::take(const Reply& record) {
  const auto& sealed = record.at(1).text;
  auto session = sealed.empty() ? std::nullopt : std::optional<Secret>(open(sealed));
  remember(record.at(0).number(), std::move(session), record.at(2).text);
}

StoredSession RedisSessionStore::Holder::load() {
  for (int look = 0; look < kMaxLooks; ++look) {
    const auto record = run(session_scripts::kLoad, {});
    const auto fence = record.at(0).number();
    if (record.items.size() != kRecordFields || fence < 0 || fence > kMaxFence) throw damaged();
    const bool has_ended = !record.at(3).text.empty();
    {
      const MutexLock lock(mutex_);
      if (fence > seen_) take(record);
      if (fence == seen_) {
        StoredSession stored;
        if (session_ && !has_ended) stored.session = session_->clone();
        stored.note = has_ended ? "The gateway has ended the session in Redis." : note_;
        stored.saved_ms = std::clamp<std::int64_t>(record.at(4).number(), 0, kMaxTimeMs);
        return stored;
      }
    }
    put_back();
  }
  throw changes_all_the_time();
}

bool RedisSessionStore::Holder::has_session() const {
  const auto record = run(session_scripts::kLoad, {});
  if (record.items.size() != kRecordFields) throw damaged();
  return !record.at(1).text.empty();
}

// Redis has lost a write, such as in a failover. Whoever has seen it puts it back.
void RedisSessionStore::Holder::put_back() {
  std::int64_t lost = 0;
  std::vector<std::string> arguments;
  {
    const MutexLock lock(mutex_);
    lost = seen_;
    arguments = {std::to_string(seen_), "-1", session_ ? seal(*session_) : std::string(), origin_,
                 channel()};
  }
  if (run(session_scripts::kSave, arguments).at(0).text == "SAVED") {
    const MutexLock lock(mutex_);
    note_ = "Redis had lost the last session that was stored (a failover?): it was put back.";
    return;
  }
  // Somebody has stored a newer one, or has sent the token of the one before it.
  const auto record = run(session_scripts::kLoad, {});
  const MutexLock lock(mutex_);
  if (seen_ == lost) take(record);
  note_ = "Redis had lost the last session that was stored, and has another one now.";
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
  if (current_lease_) current_lease_->is_sent = false;  // its lease protects nothing any more
}

std::string RedisSessionStore::Holder::note_intent(const Held& held, int sent) {
  try {
    const auto reply =
        run(session_scripts::kIntent,
            {me_, std::to_string(held.fence), std::to_string(held.base), std::to_string(sent)});
    // So that a failover does not lose the intent of a request that has left. If no replica has
    // confirmed it, there may have been one, and the lease was lost with it.
    if (reply.at(0).text == "SEND" && !settings_->server->wait_for_replica(record_)) renew();
    return reply.at(0).text;
  } catch (const Error&) {
    // It may be there. Nothing is sent, so that it must not count as a try.
    owe({.outcome = RenewalOutcome::not_used, .held = held, .sent = sent + 1});
    throw;
  }
}

std::unique_ptr<SessionReservation> RedisSessionStore::Holder::reserve() {
  settle_owed();  // later it might take back a try that was made since
  std::optional<Held> held;
  int sent = 0;
  {
    const MutexLock lock(mutex_);
    if (std::exchange(must_look_, false)) throw changed();
    held = current_lease_;
    sent = sent_;
  }
  if (!held) {  // a second rotation under one lock
    const auto reply = acquire();
    if (reply.at(0).text != "LEASE") throw changed();
    return reserve();
  }
  const auto answer = note_intent(*held, sent);
  {
    const MutexLock lock(mutex_);
    if (answer == "SEND") {
      if (current_lease_ && current_lease_->fence == held->fence) current_lease_->is_sent = true;
      if (held->base == seen_) sent_ = sent + 1;
    } else {
      current_lease_.reset();
    }
  }
  if (answer == "SIGN_IN") throw outcome_unknown();
  if (answer != "SEND") throw changed();
  auto intent = std::make_unique<Intent>(shared_from_this(), held->fence, held->base, sent + 1);
  if (!still_holds(held->fence)) {
    intent->settle(RenewalOutcome::not_used);
    throw changed();
  }
  return intent;
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
  current_lease_.reset();
  if (reply.at(0).text != "SAVED") throw changed();
  see(intent.fence, session.clone(), origin_);
  note_.clear();
}

bool RedisSessionStore::Holder::report_outcome(const Owed& owed) {
  const auto fence = std::to_string(owed.held.fence);
  if (owed.outcome == RenewalOutcome::not_used) {
    run(session_scripts::kClear, {me_, fence, std::to_string(owed.sent)});
    const MutexLock lock(mutex_);
    if (owed.held.base == seen_ && sent_ == owed.sent) --sent_;
    return false;
  }
  const auto reply =
      run(session_scripts::kEnd, {me_, fence, std::to_string(owed.held.base), channel()});
  return reply.at(0).text == "LOOK_AGAIN";
}

void RedisSessionStore::Holder::settle_owed() {
  std::optional<Owed> owed;
  {
    const MutexLock lock(mutex_);
    owed = owed_;
  }
  if (!owed) return;
  report_outcome(*owed);
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
    current_lease_.reset();
  }
  try {
    if (!report_outcome(owed)) return false;
    // The gateway has ended a session that is not the stored one any more. The next reservation
    // says so.
    const MutexLock lock(mutex_);
    must_look_ = true;
    current_lease_ = owed.held;  // to be released: nothing is on its way
    current_lease_->is_sent = false;
    return true;
  } catch (const Error&) {
    owe(owed);
  }
  return false;
}

void RedisSessionStore::Holder::owe(const Owed& owed) {
  const MutexLock lock(mutex_);
  owed_ = owed;
}

bool RedisSessionStore::Holder::hear(std::string_view message) {
  MutexLock lock(mutex_);
  ++news_count_;
  news_arrived_.notify_all();
  if (message == "free") return false;
  if (message.empty()) return true;
  // Whoever may publish could make every machine look all the time.
  const auto since = std::chrono::steady_clock::now() - looked_at_;
  const auto pause = std::chrono::ceil<std::chrono::milliseconds>(kMinLookPause - since);
  news_arrived_.wait_for(mutex_, std::clamp(pause, kNoPause, kMinLookPause),
                         [&]() PINTLE_REQUIRES(mutex_) { return watches_ == 0; });
  looked_at_ = std::chrono::steady_clock::now();
  if (message == "ended") return watches_ != 0;
  const auto end = message.find(' ');
  const auto fence = number_in(message.substr(0, end));
  if (fence <= seen_) return false;
  const auto listeners = end == std::string_view::npos ? 0 : number_in(message.substr(end + 1));
  const auto at_most = std::clamp<std::int64_t>(listeners / kLooksPerMs, 0, kMaxLookDelayMs);
  news_arrived_.wait_for(mutex_, std::chrono::milliseconds(random_below(at_most)),
                         [&]() PINTLE_REQUIRES(mutex_) { return watches_ == 0; });
  return watches_ != 0 && fence > seen_;
}

void RedisSessionStore::Holder::add_watch() noexcept {
  const MutexLock lock(mutex_);
  ++watches_;
}

void RedisSessionStore::Holder::remove_watch() noexcept {
  const MutexLock lock(mutex_);
  --watches_;
  news_arrived_.notify_all();
}

}  // namespace pintle
