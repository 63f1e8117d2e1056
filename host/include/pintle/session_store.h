// SPDX-License-Identifier: Apache-2.0
//
// Where sessions are kept between runs: what a scheme gave, bound to the gateway that it is for.
//
// Threads and processes: any.

#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/core/gateway/gateway_url.h>

namespace pintle {

/// Which session: one a connection and scheme, and never for another gateway than the one that it
/// was made at (gateway-contract 7: entry A tested with entry B's token).
struct SessionKey {
  std::string connection;  ///< A connection's name; empty for one that is not kept.
  GatewayUrl url;
  std::string scheme;
};

/// What a store gave.
struct StoredSession {
  std::optional<Secret> session;
  /// What was stored could not be used, and `session` is empty for that reason alone.
  bool damaged = false;
  /// For display, where something was not as it should be: what it was, and what was done.
  std::string note;
};

/// Held by whoever renews a session, so that no other process of this machine does so meanwhile.
class SessionLock {
 public:
  virtual ~SessionLock() = default;
};

/// Room for a session that is yet to come, so that it can be stored if the disk is full by then.
class SessionRoom {
 public:
  virtual ~SessionRoom() = default;  ///< Gives it back if it was not used.
};

class SessionStore {
 public:
  virtual ~SessionStore() = default;

  /// Throws Error(store) where it cannot be read, which says nothing about what is there.
  virtual StoredSession load(const SessionKey& key) = 0;
  /// Durable when it returns; on Error(store) the old one is as it was. Gives a note for display
  /// where the session was kept elsewhere than it should be; else empty.
  virtual std::string save(const SessionKey& key, const Secret& session) = 0;

  /// Makes room for a session of `bytes` bytes, durably, before a request leaves whose answer would
  /// bring it. Throws Error(store) if there is none. Null, which is the default, for a store that
  /// has no way to do so.
  virtual std::unique_ptr<SessionRoom> reserve(const SessionKey& key, std::size_t bytes);
  /// As `save`, in the room that this store gave, which is used up.
  virtual std::string save_in(SessionRoom& room, const SessionKey& key, const Secret& session);

  virtual void erase(const SessionKey& key) = 0;
  /// For display: "file /home/ada/.local/state/pintle/sessions/home".
  virtual std::string where(const SessionKey& key) const = 0;

  /// Waits `timeout_ms` at most for the machine's other processes, and then throws Error(store)
  /// that can be retried; one that cannot means that no lock can be made here at all. Null for a
  /// store that no other process shares. A killed process leaves no lock behind.
  virtual std::unique_ptr<SessionLock> lock(const SessionKey& key, int timeout_ms);
};

/// A file a session, mode 0600 in a folder of mode 0700, each bound to its connection, gateway and
/// scheme by its first lines.
///
/// Modes that are too wide are mended, with a note. A damaged file is renamed to
/// ".<name>.corrupt-<n>", with a note. A symbolic link, a file or folder of another user, and a
/// file of a newer version are refused with Error(store) and left alone. What a process had written
/// whole when it was killed, and had not put in its place yet, is put there by the next one.
class FileSessionStore final : public SessionStore {
 public:
  explicit FileSessionStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  StoredSession load(const SessionKey& key) override;
  std::string save(const SessionKey& key, const Secret& session) override;
  std::unique_ptr<SessionRoom> reserve(const SessionKey& key, std::size_t bytes) override;
  std::string save_in(SessionRoom& room, const SessionKey& key, const Secret& session) override;
  void erase(const SessionKey& key) override;
  std::string where(const SessionKey& key) const override;
  std::unique_ptr<SessionLock> lock(const SessionKey& key, int timeout_ms) override;

  std::filesystem::path file_of(const SessionKey& key) const;

 private:
  std::string mend_folder() const;
  void rescue(const SessionKey& key) const;

  std::filesystem::path folder_;
};

}  // namespace pintle
