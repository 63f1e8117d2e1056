// SPDX-License-Identifier: Apache-2.0
//
// Stores the sessions of schemes between runs, each bound to its gateway.
//
// Threads and processes: any.

/// @file
/// @snippet reference/host.cpp session_store

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/core/gateway/gateway_url.h>

namespace pintle {

/// Identifies a session: one per connection and scheme, bound to the gateway that issued it
/// (gateway-contract 7).
struct SessionKey {
  std::string connection;  ///< A connection's name; empty for one that is not kept.
  GatewayUrl url;
  std::string scheme;
};

/// What was loaded.
struct StoredSession {
  std::optional<Secret> session;
  /// The stored data could not be used, which is why `session` is empty.
  bool damaged = false;
  /// For display, if something was not in order: what it was and what was done.
  std::string note;
  /// When it was stored, by the clock of the store, as Unix time in milliseconds; 0: unknown.
  std::int64_t saved_ms = 0;
};

/// Thrown by a store that others use at the same time: the session is another one than the one
/// that this process has seen. Load it, then see whether anything is left to do.
class SessionChanged final : public Error {
 public:
  using Error::Error;
};

/// Held while a session is renewed, so that nobody else who uses the store renews it.
class SessionLock {
 public:
  enum class State {
    held,
    newer,  ///< Not held: somebody has stored a newer session, which may be all that was wanted.
    ended,  ///< Not held: the session can be renewed no more; the user must sign in.
  };
  virtual ~SessionLock() = default;
  virtual State state() const noexcept { return State::held; }
};

/// What became of a request that was to bring a new session, and has brought none.
enum class RenewalOutcome {
  not_used,  ///< It did not reach the gateway, or the gateway did not look at the session.
  unknown,   ///< The gateway may have used up the session.
  ended,     ///< The gateway says that the session has ended.
};

/// Made before the request that brings the next session: reserved space, so that it can be stored
/// even if the disk fills up, or a note for whoever takes over if this process dies.
class SessionReservation {
 public:
  virtual ~SessionReservation() = default;  ///< Gives it back if it was not used.
  /// Tells the store. Returns true if the request should be sent once more, with a reservation of
  /// its own. Never throws because of the store.
  virtual bool settle(RenewalOutcome /*outcome*/) { return false; }
  /// True if the request must be sent only once for each reservation.
  virtual bool is_for_one_request() const noexcept { return false; }
  /// Asked right before the request is sent. False: it was made too long ago.
  virtual bool may_still_be_sent() const { return true; }
  /// True if `save_in` can be called again after it has failed.
  virtual bool outlives_a_failure() const noexcept { return false; }
};

/// Listens for changes until its destruction, which waits for a callback that is running.
class SessionWatch {
 public:
  virtual ~SessionWatch() = default;
};

class SessionStore {
 public:
  virtual ~SessionStore() = default;

  /// Throws Error(store) if it cannot be read.
  virtual StoredSession load(const SessionKey& key) = 0;
  /// Durable when it returns; on Error(store) the old session is unchanged. Returns a note for
  /// display if the session was stored elsewhere, else an empty string.
  virtual std::string save(const SessionKey& key, const Secret& session) = 0;

  /// Reserves space for `bytes` bytes, durably, before a request is sent whose response brings a
  /// new session. Throws Error(store) if there is not enough. The default returns null: the store
  /// cannot reserve.
  virtual std::unique_ptr<SessionReservation> reserve(const SessionKey& key, std::size_t bytes);
  /// Like `save`, into `reservation` of this store, which cannot be used again.
  virtual std::string save_in(SessionReservation& reservation, const SessionKey& key,
                              const Secret& session);

  virtual void erase(const SessionKey& key) = 0;
  /// For display: "file /home/ada/.local/state/pintle/sessions/home".
  virtual std::string where(const SessionKey& key) const = 0;

  /// Blocks up to `timeout_ms` for other processes, then throws an Error(store) that can be
  /// retried; one that cannot be retried means that locking is impossible here. Null if the store
  /// is not shared with other processes. A killed process leaves no lock behind.
  virtual std::unique_ptr<SessionLock> lock(const SessionKey& key, int timeout_ms);

  /// True if other machines use the stored sessions too: a connection that is removed or renamed
  /// here leaves them there.
  virtual bool is_shared() const noexcept { return false; }
  /// True if each write compares with what is stored in one step, so that it needs no lock.
  virtual bool compares_writes() const noexcept { return false; }
  /// Like `save` and `erase`, but if somebody has stored another session since this process read
  /// or stored one, throws SessionChanged and changes nothing. The defaults do not compare.
  virtual std::string save_unless_newer(const SessionKey& key, const Secret& session);
  virtual void erase_unless_newer(const SessionKey& key);
  /// Calls `changed` when the session may be another one, on a thread of the store; it must not
  /// throw. Null if the store cannot tell.
  virtual std::unique_ptr<SessionWatch> watch(const SessionKey& key, std::function<void()> changed);
};

/// One file per session, mode 0600 in a folder of mode 0700, bound to its connection, gateway and
/// scheme by its first lines.
///
/// Modes that are too wide are corrected, with a note. A damaged file is renamed to
/// ".<name>.corrupt-<n>", with a note. A symbolic link, a file or folder of another user, and a
/// file of a newer version are refused with Error(store) and not changed. A complete file that a
/// killed process had not yet renamed is renamed by the next one.
class FileSessionStore final : public SessionStore {
 public:
  explicit FileSessionStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  StoredSession load(const SessionKey& key) override;
  std::string save(const SessionKey& key, const Secret& session) override;
  std::unique_ptr<SessionReservation> reserve(const SessionKey& key, std::size_t bytes) override;
  std::string save_in(SessionReservation& reservation, const SessionKey& key,
                      const Secret& session) override;
  void erase(const SessionKey& key) override;
  std::string where(const SessionKey& key) const override;
  std::unique_ptr<SessionLock> lock(const SessionKey& key, int timeout_ms) override;

  std::filesystem::path file_of(const SessionKey& key) const;

 private:
  std::string make_folder_private() const;
  void rescue(const SessionKey& key) const;

  std::filesystem::path folder_;
};

}  // namespace pintle
