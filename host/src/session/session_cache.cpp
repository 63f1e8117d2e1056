// SPDX-License-Identifier: Apache-2.0
#include "session/session_cache.h"

#include <chrono>
#include <exception>
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
constexpr std::size_t kReservedGrowth = 4096;

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

SessionCache::Known SessionCache::known_from(const std::optional<Secret>& session) {
  if (!session) return std::nullopt;
  return session_file::digest_of(session->reveal());
}

SessionCache::SessionCache(std::shared_ptr<SessionStore> store, SessionKey key, Open open, Log log,
                           CheckPlace check_place, TakenOver taken_over)
    : store_(std::move(store)),
      key_(std::move(key)),
      open_(std::move(open)),
      log_(std::move(log)),
      check_place_(std::move(check_place)),
      taken_over_(std::move(taken_over)) {
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
  if (!store_) return;
  watch_ = store_->watch(key_, [this] {
    try {
      const auto tell = taken_over_;  // which may end this cache
      if (take_over() && tell) tell();
    } catch (const std::exception&) {
      // Whoever needs the session finds the same, and says so.
    }
  });
}

SessionCache::~SessionCache() {
  watch_.reset();
  if (!current_) return;
  try {
    if (current_->auth().change() > current_->stored_change_) store(*current_);
  } catch (...) {
    // A destructor cannot report it.
  }
}

std::shared_ptr<CurrentInstance> SessionCache::current() const {
  const MutexLock lock(mutex_);
  return current_;
}

void SessionCache::replace(const std::optional<Secret>& session) {
  const Secret none;
  auto made = std::make_shared<CurrentInstance>(*this, open_(session ? *session : none));
  ++versions_;
  const MutexLock lock(mutex_);
  current_ = std::move(made);
}

void SessionCache::use(CurrentInstance& instance) {
  ++versions_;
  const MutexLock lock(mutex_);
  current_ = instance.shared_from_this();
}

std::shared_ptr<CurrentInstance> SessionCache::open_anew() {
  return std::make_shared<CurrentInstance>(*this, open_(Secret()));
}

void SessionCache::use_unless_stored(CurrentInstance& fresh) {
  const auto change = fresh.auth().change();
  if (change == 1) return use(fresh);
  {
    const MutexLock one_at_a_time(store_mutex_);
    if (change <= fresh.stored_change_ || change <= fresh.failed_change_) return;
  }
  store(fresh, Writing::always);  // it was opened with a new session
}

StoredSession SessionCache::read() {
  try {
    auto stored = store_->load(key_);
    was_read_ = true;
    set_trouble(&SessionCache::read_trouble_, std::nullopt);
    if (!stored.note.empty()) {
      const MutexLock lock(mutex_);
      note_ = stored.note;
    }
    return stored;
  } catch (const Error& error) {
    set_trouble(&SessionCache::read_trouble_, error);
    throw;
  }
}

void SessionCache::set_trouble(std::optional<Error> SessionCache::*which,
                               std::optional<Error> trouble) {
  const MutexLock lock(mutex_);
  this->*which = std::move(trouble);
}

void SessionCache::store(CurrentInstance& instance, Writing writing,
                         std::unique_ptr<SessionReservation> reservation) {
  if (!store_) {
    if (writing != Writing::always) return;
    instance.stored_change_ = instance.auth().change();
    return use(instance);
  }
  std::shared_ptr<SessionLock> machine;
  try {
    if (!store_->compares_writes()) machine = lock(kMaxWaitToStoreMs);
  } catch (const Error&) {
    // Store without the lock.
  }
  Written what;
  {
    const MutexLock one_at_a_time(store_mutex_);
    if (!reservation) reservation = std::move(instance.reservation_);
    what = write(instance, writing, reservation.get());
    if (what == Written::failed && reservation && reservation->outlives_a_failure()) {
      instance.reservation_ = std::move(reservation);
    }
  }
  log_written(what);
}

void SessionCache::log_written(Written what) const {
  switch (what) {
    case Written::nothing:
      return;
    case Written::session:
      return log_.write(LogLevel::info, "store", "session_stored", {});
    case Written::taken_over:
      return log_.write(LogLevel::info, "session", "session_taken_over", {});
    case Written::failed:
      if (const auto why = trouble())
        log_.write(LogLevel::error, "store", "store_failed", {}, *why);
  }
}

std::unique_ptr<SessionReservation> SessionCache::reserve(CurrentInstance& instance) {
  if (!store_) return nullptr;
  try {
    auto reservation =
        store_->reserve(key_, 2 * instance.auth().session().size() + kReservedGrowth);
    set_trouble(&SessionCache::reserve_trouble_, std::nullopt);
    return reservation;
  } catch (const SessionChanged&) {
    throw;
  } catch (const Error& error) {
    if (error.needs_sign_in()) throw;
    auto reported =
        with_advice_of(error, "cannot renew the session, because the new one cannot be stored: ");
    set_trouble(&SessionCache::reserve_trouble_, reported);
    throw reported;
  }
}

SessionCache::Written SessionCache::write(CurrentInstance& instance, Writing writing,
                                          SessionReservation* reservation) {
  const auto change = instance.auth().change();
  if (change <= instance.stored_change_) return Written::nothing;  // another thread stored it
  if (writing == Writing::always) use(instance);
  if (!is_current(instance)) return Written::nothing;  // replaced: its session no longer counts
  try {
    const auto session = instance.auth().session();
    // What a refresh brought: the store itself knows which of two answers counts.
    const bool compares =
        writing == Writing::unless_newer && (reservation == nullptr || !store_->compares_writes());
    const auto stored = compares || writing == Writing::always ? read() : StoredSession();
    // If the write fails, the replaced session must not count as newer later.
    if (writing == Writing::always) known_ = known_from(stored.session);
    if (compares && !stored.damaged && known_from(stored.session) != known_) {
      replace(stored.session);
      known_ = known_from(stored.session);
      set_trouble(&SessionCache::write_trouble_, std::nullopt);
      return Written::taken_over;
    }
    std::string note;
    if (session.empty()) {
      writing == Writing::always ? store_->erase(key_) : store_->erase_unless_newer(key_);
      known_ = std::nullopt;
    } else {
      if (check_place_) check_place_();
      note = writing == Writing::always ? store_->save(key_, session)
             : reservation != nullptr   ? store_->save_in(*reservation, key_, session)
                                        : store_->save_unless_newer(key_, session);
      known_ = session_file::digest_of(session.reveal());
    }
    instance.stored_change_ = change;
    ++versions_;
    set_trouble(&SessionCache::write_trouble_, std::nullopt);
    set_trouble(&SessionCache::reserve_trouble_, std::nullopt);
    if (!note.empty()) {
      const MutexLock lock(mutex_);
      note_ = std::move(note);
    }
    return Written::session;
  } catch (const SessionChanged&) {
    // The other one counts, whatever it is: this one was refused.
    instance.stored_change_ = change;
    read_newer();
    return Written::taken_over;
  } catch (const Error& error) {
    recognise_own_write(instance);
    instance.failed_change_ = change;
    instance.retry_at_ms_ = steady_ms() + kPauseAfterFailureMs;
    set_trouble(&SessionCache::write_trouble_,
                with_advice_of(error, "cannot store the new session, so it is only in memory: "));
    return Written::failed;
  }
}

// A save can fail after the new file is in place (its folder could not be synced). This process's
// own write must not count as another's newer session: the next rotation would be lost.
void SessionCache::recognise_own_write(CurrentInstance& instance) {
  try {
    const auto session = instance.auth().session();
    const auto stored = known_from(read().session);
    if (!session.empty() && stored == session_file::digest_of(session.reveal())) known_ = stored;
  } catch (const Error&) {
    // Neither readable nor writable: the stored session stays unknown.
  }
}

void SessionCache::before_use(CurrentInstance& instance, std::uint64_t change) {
  if (!store_ || change <= instance.stored_change_) return;
  {
    const MutexLock one_at_a_time(store_mutex_);
    if (change <= instance.stored_change_) return;
    if (change <= instance.failed_change_ && steady_ms() < instance.retry_at_ms_) return;
  }
  store(instance);
}

void SessionCache::store_pending() {
  if (!store_) return;
  const auto instance = current();
  if (instance->auth().change() > instance->stored_change_) store(*instance);
}

bool SessionCache::take_over() {
  if (!store_) return false;
  bool found = false;
  {
    const MutexLock one_at_a_time(store_mutex_);
    found = read_newer();
  }
  if (found) log_written(Written::taken_over);
  return found;
}

bool SessionCache::read_newer() {
  try {
    const auto stored = read();
    if (stored.damaged) {
      // Nobody signed out: the current session replaces the damaged one.
      known_ = std::nullopt;
      const auto instance = current();
      instance->stored_change_ = 0;
      write(*instance, Writing::always, nullptr);
      return false;
    }
    auto found = known_from(stored.session);
    if (found == known_) return false;
    replace(stored.session);
    known_ = std::move(found);
    set_trouble(&SessionCache::write_trouble_, std::nullopt);
    return true;
  } catch (const Error&) {
    return false;  // The stored session is unknown, so the current one stays.
  }
}

std::shared_ptr<SessionLock> SessionCache::lock(int timeout_ms) {
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
    set_trouble(&SessionCache::write_trouble_, error);
    return nullptr;
  }
}

std::optional<Error> SessionCache::unread() const {
  if (was_read_) return std::nullopt;
  const MutexLock lock(mutex_);
  // A sign-in is no help if the session of the whole fleet is only out of reach.
  const bool counts = read_trouble_ && (read_trouble_->can_retry() || store_->is_shared());
  return counts ? read_trouble_ : std::nullopt;
}

std::optional<Error> SessionCache::trouble() const {
  const MutexLock lock(mutex_);
  if (write_trouble_) return write_trouble_;
  return reserve_trouble_ ? reserve_trouble_ : read_trouble_;
}

std::string SessionCache::note() const {
  const MutexLock lock(mutex_);
  return note_;
}

std::string SessionCache::where() const {
  return store_ ? store_->where(key_) : "the memory of this process";
}

}  // namespace pintle
