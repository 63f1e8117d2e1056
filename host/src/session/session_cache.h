// SPDX-License-Identifier: Apache-2.0
//
// A cache of one connection's session: a scheme instance, in front of a store that outlives the
// process.
//
// A changed session is stored before it is used. A session that another process has stored in the
// meantime is taken over by opening a new instance with it; a call that uses the older instance
// finishes on it, and the changes that it makes there no longer count.
//
// Threads: any.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/session_store.h>

#include "base/mutex.h"
#include "log/log.h"
#include "scheme/scheme_instance.h"

namespace pintle {

class SessionCache;

/// A scheme instance, with the state that is kept for as long as it lives.
class CurrentInstance : public std::enable_shared_from_this<CurrentInstance> {
 public:
  CurrentInstance(SessionCache& cache, std::unique_ptr<SchemeInstance> opened)
      : cache_(cache), auth_(std::move(opened)) {}

  /// The cache, which outlives this.
  SessionCache& cache() noexcept { return cache_; }
  SchemeInstance& auth() noexcept { return *auth_; }

  /// Remembers a rejected credential until it changes: no request is sent with it again.
  void latch(std::uint64_t credential, const Error& why);
  bool is_latched() const;
  void throw_if_latched() const;
  /// Throws the reason if `credential` is the latched one; removes the latch if it is another.
  void check_latch(std::uint64_t credential);

 private:
  friend class SessionCache;
  struct Latch {
    std::uint64_t credential;
    Error why;
  };

  SessionCache& cache_;
  std::unique_ptr<SchemeInstance> auth_;
  mutable Mutex latch_mutex_;
  std::optional<Latch> latch_ PINTLE_GUARDED_BY(latch_mutex_);
  // The last change of the instance that is stored; an instance opens at change 1.
  std::atomic<std::uint64_t> stored_change_{1};
  std::uint64_t failed_change_ = 0;  // both under the cache's store_mutex_
  std::int64_t retry_at_ms_ = 0;     // on the steady clock
  // Of a session that could not be stored yet, if it can be used again.
  std::unique_ptr<SessionReservation> reservation_;
};

class SessionCache {
 public:
  using Open = std::function<std::unique_ptr<SchemeInstance>(const Secret& session)>;
  /// Throws if a session must not be stored any more, such as for a connection that was removed.
  using CheckPlace = std::function<void()>;
  /// Called after a session that somebody else stored was taken over, on a thread of the store.
  using TakenOver = std::function<void()>;

  /// Opens a scheme instance with the stored session. `store` may be null: then the session ends
  /// with the process. `trouble` reports a store that cannot be read. Throws what `open` throws.
  SessionCache(std::shared_ptr<SessionStore> store, SessionKey key, Open open, Log log = {},
               CheckPlace check_place = {}, TakenOver taken_over = {});
  /// Tries once more to store a session that could not be stored.
  ~SessionCache();
  SessionCache(const SessionCache&) = delete;
  SessionCache& operator=(const SessionCache&) = delete;

  std::shared_ptr<CurrentInstance> current() const;
  bool is_current(const CurrentInstance& instance) const { return current().get() == &instance; }

  enum class Writing {
    unless_newer,  ///< A session that another process stored since is taken over instead.
    always,        ///< The user signed in or out here: `instance` becomes the current instance.
  };
  /// Stores the session of `instance` if it has changed. Never throws because of the store: on a
  /// failure the session stays in memory, `trouble` returns the reason, and later requests try
  /// again. Consumes `reservation`, which may be null.
  void store(CurrentInstance& instance, Writing writing = Writing::unless_newer,
             std::unique_ptr<SessionReservation> reservation = nullptr);
  /// Reserves space for the session that a renewal of `instance` would return. Call it under
  /// `lock`, before the request is sent. Returns null if the store needs no reservation. Throws
  /// Error(store) if there is no space: then the renewal must not be sent, and `trouble` reports it
  /// as well.
  std::unique_ptr<SessionReservation> reserve(CurrentInstance& instance);

  /// Opens an instance without a session, for a sign-in; it becomes current when it is stored.
  std::shared_ptr<CurrentInstance> open_anew();
  /// Makes `fresh` the current instance, and stores its session if it is not stored yet. A stored
  /// one became current when it was stored, and may have been replaced since.
  void use_unless_stored(CurrentInstance& fresh);

  /// Stores the session if it is not stored yet. Call it before sending a request that was
  /// decorated at `change`.
  void before_use(CurrentInstance& instance, std::uint64_t change);
  /// Stores the current session if it is not stored yet, even just after a failure.
  void store_pending();

  /// Reads the store. Returns true if it has another session than the last one that this process
  /// knew of; `current()` is then a new instance for it. An emptied store means a sign-out.
  bool take_over();
  /// A number that changes with the current session, by this process or by another.
  std::uint64_t versions() const noexcept { return versions_; }

  /// Takes the machine's lock on this session; all threads that ask while it is taken share it.
  /// Returns null if there is nothing to lock or no lock can be made (`trouble` returns the
  /// reason). Throws a retryable Error(store) if another process holds it for longer than
  /// `timeout_ms`.
  std::shared_ptr<SessionLock> lock(int timeout_ms);

  /// Returns why it is not known whether a session is stored, if the store could not be read since
  /// this was made and may be readable later.
  std::optional<Error> unread() const;
  /// Returns what is wrong with the store, if anything: the session is then only in memory.
  std::optional<Error> trouble() const;
  /// Returns, for display, what was repaired or renamed, or where else it is stored. May be empty.
  std::string note() const;
  /// Returns, for display, where the session is stored.
  std::string where() const;

 private:
  // The stored session when it was last read; a digest, so as not to keep a second copy.
  using Known = std::optional<std::string>;
  static Known known_from(const std::optional<Secret>& session);

  StoredSession read();
  enum class Written { nothing, session, taken_over, failed };
  Written write(CurrentInstance& instance, Writing writing, SessionReservation* reservation)
      PINTLE_REQUIRES(store_mutex_);
  void recognise_own_write(CurrentInstance& instance) PINTLE_REQUIRES(store_mutex_);
  void replace(const std::optional<Secret>& session);
  void use(CurrentInstance& instance);
  bool read_newer() PINTLE_REQUIRES(store_mutex_);
  void log_written(Written what) const;
  void set_trouble(std::optional<Error> SessionCache::*which, std::optional<Error> trouble);

  const std::shared_ptr<SessionStore> store_;
  const SessionKey key_;
  const Open open_;
  const Log log_;
  const CheckPlace check_place_;

  Mutex store_mutex_;  // one access to the store at a time
  Known known_ PINTLE_GUARDED_BY(store_mutex_);
  std::atomic<bool> was_read_{false};

  mutable Mutex mutex_;
  std::shared_ptr<CurrentInstance> current_ PINTLE_GUARDED_BY(mutex_);
  std::optional<Error> read_trouble_ PINTLE_GUARDED_BY(mutex_);
  std::optional<Error> reserve_trouble_ PINTLE_GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> versions_{0};
  std::optional<Error> write_trouble_ PINTLE_GUARDED_BY(mutex_);
  std::string note_ PINTLE_GUARDED_BY(mutex_);

  Mutex lock_mutex_;
  std::weak_ptr<SessionLock> lock_ PINTLE_GUARDED_BY(lock_mutex_);

  const TakenOver taken_over_;
  std::unique_ptr<SessionWatch> watch_;
};

}  // namespace pintle
