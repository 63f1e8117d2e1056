// SPDX-License-Identifier: Apache-2.0
//
// Keeps one connection's session: the auth that holds it, and the store that outlives the process.
//
// A session that changed is stored before it is used. What another process has stored meanwhile is
// taken over, by opening a new auth with it; whoever is at work with the older one finishes on it,
// and what it learns there no longer counts.
//
// Threads: any.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/session_store.h>

#include "scheme/scheme_instance.h"

namespace pintle {

class SessionKeeper;

/// An auth, and what is remembered with it and ends with it.
class CurrentInstance : public std::enable_shared_from_this<CurrentInstance> {
 public:
  CurrentInstance(SessionKeeper& keeper, std::unique_ptr<SchemeInstance> opened)
      : keeper_(keeper), auth_(std::move(opened)) {}

  /// Who keeps it, and outlives it.
  SessionKeeper& keeper() noexcept { return keeper_; }
  SchemeInstance& auth() noexcept { return *auth_; }

  /// A dead credential is remembered until it changes: no request is sent with it again.
  void latch(std::uint64_t credential, const Error& why);
  bool is_latched() const;
  void throw_if_latched() const;
  /// Throws why where `credential` is the dead one; forgets it where it is another.
  void check_latch(std::uint64_t credential);

 private:
  friend class SessionKeeper;
  struct Latch {
    std::uint64_t credential;
    Error why;
  };

  SessionKeeper& keeper_;
  std::unique_ptr<SchemeInstance> auth_;
  mutable std::mutex latch_mutex_;
  std::optional<Latch> latch_;
  // Of the auth's changes, the last that is stored; an auth begins with 1, as it was opened.
  std::atomic<std::uint64_t> stored_change_{1};
  std::uint64_t failed_change_ = 0;  // both under the keeper's store_mutex_
  std::int64_t retry_at_ms_ = 0;     // on the steady clock
};

class SessionKeeper {
 public:
  using Open = std::function<std::unique_ptr<SchemeInstance>(const Secret& session)>;

  /// Opens an auth with what is stored. `store` may be null: then the session ends with the
  /// process. A store that cannot be read is told of by `trouble`. Throws what `open` throws.
  SessionKeeper(std::shared_ptr<SessionStore> store, SessionKey key, Open open);
  /// Tries once more to store what could not be stored so far.
  ~SessionKeeper();
  SessionKeeper(const SessionKeeper&) = delete;
  SessionKeeper& operator=(const SessionKeeper&) = delete;

  std::shared_ptr<CurrentInstance> held() const;
  bool is_current(const CurrentInstance& held) const { return this->held().get() == &held; }

  enum class Writing {
    unless_newer,  ///< What another process stored since stands, and is taken over.
    always,        ///< A user signed in or out here: `held` is the current one from now on.
  };
  /// Stores the session of `held` where it has changed. Never throws for the store: what cannot be
  /// stored stays in memory, `trouble` says why, and it is tried again before later requests.
  /// `room`, if there is one, is used up.
  void store(CurrentInstance& held, Writing writing = Writing::unless_newer,
             std::unique_ptr<SessionRoom> room = nullptr);
  /// Room for the session that a renewal of `held` would bring: to be called before the request
  /// leaves, under `lock`. Null if the store needs none. Throws Error(store) if there is none:
  /// then the renewal must not leave, and `trouble` tells of it as well.
  std::unique_ptr<SessionRoom> reserve(CurrentInstance& held);

  /// An auth with no session, for a user's sign-in; not the current one until it is stored.
  std::shared_ptr<CurrentInstance> open_anew();
  /// Makes one the current one that has no session to store. What was stored once became current
  /// then, and may have had a successor since.
  void use_unless_stored(CurrentInstance& fresh);

  /// To be called before a request leaves that was decorated at `change`.
  void before_use(CurrentInstance& held, std::uint64_t change);

  /// Reads the store; true where it holds another session than the one that this process knew of,
  /// and `held()` is a new auth for it from now on. A store that is empty by now was signed out of.
  bool take_over();
  /// Changes with what is held, whoever changed it.
  std::uint64_t versions() const noexcept { return versions_; }

  /// The machine's lock on this session, shared by all threads that ask while one holds it. Null
  /// where there is nothing to lock, or no lock can be made (`trouble` says why). Throws
  /// Error(store) that can be retried where another process kept it for too long.
  std::shared_ptr<SessionLock> lock(int timeout_ms);

  /// What is wrong with the store, if anything is: the session is in memory alone.
  std::optional<Error> trouble() const;
  /// For display: what was mended or set aside, or where else it is kept. May be empty.
  std::string note() const;
  /// For display: where it is kept.
  std::string where() const;

 private:
  // What the store held when it was last looked at; a digest, so as not to keep a second copy.
  using Known = std::optional<std::string>;
  static Known known_from(const std::optional<Secret>& session);

  StoredSession read();
  void write(CurrentInstance& held, Writing writing, SessionRoom* room);
  void recognise_own_write(CurrentInstance& held);
  void replace(const std::optional<Secret>& session);
  void use(CurrentInstance& held);
  void tell(std::optional<Error> SessionKeeper::*which, std::optional<Error> trouble);

  const std::shared_ptr<SessionStore> store_;
  const SessionKey key_;
  const Open open_;

  std::mutex store_mutex_;  // one look at the store at a time; guards what follows
  Known known_;

  mutable std::mutex mutex_;
  std::shared_ptr<CurrentInstance> held_;
  std::optional<Error> read_trouble_;
  std::optional<Error> room_trouble_;
  std::atomic<std::uint64_t> versions_{0};
  std::optional<Error> write_trouble_;
  std::string note_;

  std::mutex lock_mutex_;
  std::weak_ptr<SessionLock> lock_;
};

}  // namespace pintle
