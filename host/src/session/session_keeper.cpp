// SPDX-License-Identifier: Apache-2.0
#include "session/session_keeper.h"

#include <chrono>
#include <thread>
#include <utility>

#include "session/session_file.h"

namespace pintle {
namespace {

// The maximum wait for the lock, which delays a response. After it the session is written without
// the lock: the file is replaced atomically, and a new session is not lost to a slow process.
constexpr int kMaxWaitToStoreMs = 3'000;
constexpr std::int64_t kPauseAfterFailureMs = 1'000;
// Bytes by which a new session may exceed twice the size of the current one.
constexpr std::size_t kRoomToGrow = 4096;

// The pause after a failure is real time, even if the connection has another clock.
std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Error with_advice_of(const Error& error, const std::string& system_error_text) {
  return Error(Layer::store, system_error_text + error.message())
      .with_user_action(error.needs_user_action())
      .with_retry(error.can_retry())
      .with_hint(error.hint());
}

}  // namespace

void CurrentInstance::latch(std::uint64_t credential, const Error& why) {
  const MutexLock lock(latch_mutex_);
  latch_ = Latch{credential, why};
}

bool CurrentInstance::is_latched() const {
  const MutexLock lock(latch_mutex_);
  return latch_.has_value();
}

void CurrentInstance::throw_if_latched() const {
  const MutexLock lock(latch_mutex_);
  if (latch_) throw latch_->why;
}

void CurrentInstance::check_latch(std::uint64_t credential) {
  const MutexLock lock(latch_mutex_);
  if (!latch_) return;
  if (latch_->credential == credential) throw latch_->why;
  latch_.reset();
}

SessionKeeper::Known SessionKeeper::known_from(const std::optional<Secret>& session) {
  if (!session) return std::nullopt;
  return session_file::digest_of(session->reveal());
}

SessionKeeper::SessionKeeper(std::shared_ptr<SessionStore> store, SessionKey key, Open open)
    : store_(std::move(store)), key_(std::move(key)), open_(std::move(open)) {
  std::optional<Secret> session;
  if (store_) {
    try {
      session = read().session;
      known_ = known_from(session);
    } catch (const Error&) {
      // `trouble` reports it; the connection counts as not signed in.
    }
  }
  replace(session);
}

SessionKeeper::~SessionKeeper() {
  if (!held_) return;
  try {
    if (held_->auth().change() > held_->stored_change_) store(*held_);
  } catch (...) {
    // A destructor cannot report it.
  }
}

std::shared_ptr<CurrentInstance> SessionKeeper::held() const {
  const MutexLock lock(mutex_);
  return held_;
}

void SessionKeeper::replace(const std::optional<Secret>& session) {
  const Secret none;
  auto made = std::make_shared<CurrentInstance>(*this, open_(session ? *session : none));
  ++versions_;
  const MutexLock lock(mutex_);
  held_ = std::move(made);
}

void SessionKeeper::use(CurrentInstance& held) {
  ++versions_;
  const MutexLock lock(mutex_);
  held_ = held.shared_from_this();
}

std::shared_ptr<CurrentInstance> SessionKeeper::open_anew() {
  return std::make_shared<CurrentInstance>(*this, open_(Secret()));
}

void SessionKeeper::use_unless_stored(CurrentInstance& fresh) {
  if (fresh.auth().change() == 1) use(fresh);
}

StoredSession SessionKeeper::read() {
  try {
    auto stored = store_->load(key_);
    tell(&SessionKeeper::read_trouble_, std::nullopt);
    if (!stored.note.empty()) {
      const MutexLock lock(mutex_);
      note_ = stored.note;
    }
    return stored;
  } catch (const Error& error) {
    tell(&SessionKeeper::read_trouble_, error);
    throw;
  }
}

void SessionKeeper::tell(std::optional<Error> SessionKeeper::*which, std::optional<Error> trouble) {
  const MutexLock lock(mutex_);
  this->*which = std::move(trouble);
}

void SessionKeeper::store(CurrentInstance& held, Writing writing,
                          std::unique_ptr<SessionRoom> room) {
  if (!store_) {
    if (writing == Writing::always) use(held);
    return;
  }
  std::shared_ptr<SessionLock> machine;
  try {
    machine = lock(kMaxWaitToStoreMs);
  } catch (const Error&) {
    // Store without the lock.
  }
  const MutexLock one_at_a_time(store_mutex_);
  write(held, writing, room.get());
}

std::unique_ptr<SessionRoom> SessionKeeper::reserve(CurrentInstance& held) {
  if (!store_) return nullptr;
  try {
    auto room = store_->reserve(key_, 2 * held.auth().session().size() + kRoomToGrow);
    tell(&SessionKeeper::room_trouble_, std::nullopt);
    return room;
  } catch (const Error& error) {
    auto told =
        with_advice_of(error, "cannot renew the session, because the new one cannot be stored: ");
    tell(&SessionKeeper::room_trouble_, told);
    throw told;
  }
}

void SessionKeeper::write(CurrentInstance& held, Writing writing, SessionRoom* room) {
  const auto change = held.auth().change();
  if (change <= held.stored_change_) return;  // another thread stored it
  if (writing == Writing::always) use(held);
  if (!is_current(held)) return;  // replaced: its session no longer counts
  try {
    const auto session = held.auth().session();
    const auto stored = read();
    // If the write fails, the replaced session must not count as newer later.
    if (writing == Writing::always) known_ = known_from(stored.session);
    if (writing == Writing::unless_newer && !stored.damaged &&
        known_from(stored.session) != known_) {
      replace(stored.session);
      known_ = known_from(stored.session);
      tell(&SessionKeeper::write_trouble_, std::nullopt);
      return;
    }
    std::string note;
    if (session.empty()) {
      store_->erase(key_);
      known_ = std::nullopt;
    } else {
      note = room != nullptr ? store_->save_in(*room, key_, session) : store_->save(key_, session);
      known_ = session_file::digest_of(session.reveal());
    }
    held.stored_change_ = change;
    ++versions_;
    tell(&SessionKeeper::write_trouble_, std::nullopt);
    tell(&SessionKeeper::room_trouble_, std::nullopt);
    if (!note.empty()) {
      const MutexLock lock(mutex_);
      note_ = std::move(note);
    }
  } catch (const Error& error) {
    recognise_own_write(held);
    held.failed_change_ = change;
    held.retry_at_ms_ = steady_ms() + kPauseAfterFailureMs;
    tell(&SessionKeeper::write_trouble_,
         with_advice_of(error, "cannot store the new session, so it is only in memory: "));
  }
}

// A save can fail after the new file is in place (its folder could not be synced). This process's
// own write must not count as another's newer session: the next rotation would be lost.
void SessionKeeper::recognise_own_write(CurrentInstance& held) {
  try {
    const auto session = held.auth().session();
    const auto stored = known_from(read().session);
    if (!session.empty() && stored == session_file::digest_of(session.reveal())) known_ = stored;
  } catch (const Error&) {
    // Neither readable nor writable: the stored session stays unknown.
  }
}

void SessionKeeper::before_use(CurrentInstance& held, std::uint64_t change) {
  if (!store_ || change <= held.stored_change_) return;
  {
    const MutexLock one_at_a_time(store_mutex_);
    if (change <= held.stored_change_) return;
    if (change <= held.failed_change_ && steady_ms() < held.retry_at_ms_) return;
  }
  store(held);
}

bool SessionKeeper::take_over() {
  if (!store_) return false;
  const MutexLock one_at_a_time(store_mutex_);
  try {
    const auto stored = read();
    if (stored.damaged) {
      // Nobody signed out: the current session replaces the damaged one.
      known_ = std::nullopt;
      const auto current = held();
      current->stored_change_ = 0;
      write(*current, Writing::always, nullptr);
      return false;
    }
    auto found = known_from(stored.session);
    if (found == known_) return false;
    replace(stored.session);
    known_ = std::move(found);
    tell(&SessionKeeper::write_trouble_, std::nullopt);
    return true;
  } catch (const Error&) {
    return false;  // The stored session is unknown, so the current one stays.
  }
}

std::shared_ptr<SessionLock> SessionKeeper::lock(int timeout_ms) {
  if (!store_) return nullptr;
  // Polls, as the machine's lock does: g++ 12's thread sanitizer does not know the call that a
  // timed mutex waits with, and reports a false race.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (!lock_mutex_.try_lock()) {
    if (std::chrono::steady_clock::now() >= deadline) {
      throw Error(Layer::store, "cannot lock the session: another thread is waiting for the lock")
          .with_retry();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  const MutexLock one_at_a_time(lock_mutex_, std::adopt_lock);
  if (auto shared = lock_.lock()) return shared;
  try {
    std::shared_ptr<SessionLock> made = store_->lock(key_, timeout_ms);
    lock_ = made;
    return made;
  } catch (const Error& error) {
    if (error.can_retry()) throw;
    tell(&SessionKeeper::write_trouble_, error);
    return nullptr;
  }
}

std::optional<Error> SessionKeeper::trouble() const {
  const MutexLock lock(mutex_);
  if (write_trouble_) return write_trouble_;
  return room_trouble_ ? room_trouble_ : read_trouble_;
}

std::string SessionKeeper::note() const {
  const MutexLock lock(mutex_);
  return note_;
}

std::string SessionKeeper::where() const {
  return store_ ? store_->where(key_) : "the memory of this process";
}

}  // namespace pintle
