// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/files/durable_file.h>
#include <pintle/session_store.h>

#include "session/session_file.h"

namespace pintle {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = 1 << 20;

class FileSessionLock final : public SessionLock {
 public:
  explicit FileSessionLock(FileLock lock) : lock_(std::move(lock)) {}

 private:
  FileLock lock_;
};

struct FileSessionReservation final : SessionReservation {
  FileSessionReservation(const fs::path& path, std::size_t bytes) : file(path, bytes) {}
  ReservedFile file;
};

void put(ReservedFile& file, const SessionKey& key, const Secret& session) {
  auto text = session_file::write(key, session);
  try {
    file.append(text);
    file.commit();
  } catch (...) {
    wipe(text);
    throw;
  }
  wipe(text);
}

Error cannot(const std::string& what, const fs::path& path) {
  return Error(Layer::store, "cannot " + what + " " + path.string() + ": " + std::strerror(errno))
      .with_user_action();
}

// Makes `path` private; returns what was changed, or an empty text. Throws if another user owns it.
std::string make_private(const fs::path& path, const struct stat& facts, mode_t mode) {
  const auto user = ::geteuid();
  if (facts.st_uid != user && user != 0) {
    throw Error(Layer::store, path.string() + " belongs to another user")
        .with_user_action()
        .with_hint("Move it away: session files must be your own.");
  }
  if ((facts.st_mode & 0077) == 0) return {};
  if (::chmod(path.c_str(), mode) != 0) throw cannot("change the mode of", path);
  return "other users of this machine could read " + path.string() +
         "; its mode was corrected. Sign out and in again if you do not trust them.";
}

bool is_before(const timespec& a, const timespec& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

void append(std::string& notes, const std::string& note) {
  if (!note.empty()) notes += (notes.empty() ? "" : " ") + note;
}

constexpr int kMaxSetAside = 100;

fs::path set_aside_name(const fs::path& file, int number) {
  return file.parent_path() /
         ("." + file.filename().string() + ".corrupt-" + std::to_string(number));
}

// Renames a damaged file, so that it can be examined.
std::string set_aside(const fs::path& file) {
  for (int number = 1; number < kMaxSetAside; ++number) {
    const auto to = set_aside_name(file, number);
    struct stat facts {};
    if (::lstat(to.c_str(), &facts) == 0) continue;
    if (::rename(file.c_str(), to.c_str()) != 0) throw cannot("rename", file);
    return "the session in " + file.string() + " was damaged and was renamed to " + to.string() +
           ".";
  }
  throw Error(Layer::store, "too many damaged files beside " + file.string())
      .with_user_action()
      .with_hint("Remove the files beside it that have \".corrupt-\" in their names.");
}

}  // namespace

std::unique_ptr<SessionLock> SessionStore::lock(const SessionKey&, int) { return nullptr; }

std::unique_ptr<SessionReservation> SessionStore::reserve(const SessionKey&, std::size_t) {
  return nullptr;
}

std::string SessionStore::save_in(SessionReservation&, const SessionKey& key,
                                  const Secret& session) {
  return save(key, session);
}

std::string SessionStore::save_unless_newer(const SessionKey& key, const Secret& session) {
  return save(key, session);
}

void SessionStore::erase_unless_newer(const SessionKey& key) { erase(key); }

// NOLINTNEXTLINE(performance-unnecessary-value-param): who can tell keeps it
std::unique_ptr<SessionWatch> SessionStore::watch(const SessionKey&, std::function<void()>) {
  return nullptr;
}

fs::path FileSessionStore::file_of(const SessionKey& key) const {
  // The file of an unnamed connection must not reveal the gateway in a listing of the folder. No
  // connection's name begins with "@" or ".".
  const auto name = key.connection.empty()
                        ? "@" + session_file::digest_of(key.url.text()).substr(0, 24)
                        : key.connection;
  // Nor has one a "+".
  return folder_ / (key.scheme.starts_with(session_file::kFrontPrefix) ? name + "+front" : name);
}

std::string FileSessionStore::make_folder_private() const {
  struct stat facts {};
  if (::stat(folder_.c_str(), &facts) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return {};
    throw cannot("read", folder_);
  }
  if (!S_ISDIR(facts.st_mode)) {
    throw Error(Layer::store, folder_.string() + " is not a folder").with_user_action();
  }
  return make_private(folder_, facts, 0700);
}

StoredSession FileSessionStore::load(const SessionKey& key) {
  StoredSession stored;
  append(stored.note, make_folder_private());
  const auto file = file_of(key);
  if (!unfinished_writes(file).empty()) {
    try {
      lock(key, 0);
    } catch (const Error&) {
      // The process that has the lock is using the session, and has recovered it already.
    }
  }
  struct stat facts {};
  if (::lstat(file.c_str(), &facts) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return stored;
    throw cannot("read", file);
  }
  if (S_ISLNK(facts.st_mode)) {
    throw Error(Layer::store, file.string() + " is a symbolic link, not a file")
        .with_user_action()
        .with_hint("Remove the link.");
  }
  append(stored.note, make_private(file, facts, 0600));
  auto text = read_file(file, kMaxBytes);
  if (!text) return stored;  // removed in the meantime
  Secret session;
  const auto reading = session_file::read(*text, key, session);
  wipe(*text);
  switch (reading) {
    case session_file::Reading::session:
      stored.session = std::move(session);
      break;
    case session_file::Reading::foreign:
      break;
    case session_file::Reading::newer:
      throw Error(Layer::store, file.string() + " was written by a newer version of Pintle")
          .with_user_action()
          .with_hint("Use that version, or remove the file and sign in again.");
    case session_file::Reading::damaged:
      stored.damaged = true;
      append(stored.note, set_aside(file));
      break;
  }
  return stored;
}

std::string FileSessionStore::save(const SessionKey& key, const Secret& session) {
  auto note = make_folder_private();
  ReservedFile file(file_of(key), 0);
  put(file, key, session);
  return note;
}

std::unique_ptr<SessionReservation> FileSessionStore::reserve(const SessionKey& key,
                                                              std::size_t bytes) {
  return std::make_unique<FileSessionReservation>(
      file_of(key), session_file::write(key, Secret()).size() + bytes);
}

std::string FileSessionStore::save_in(SessionReservation& reservation, const SessionKey& key,
                                      const Secret& session) {
  auto note = make_folder_private();
  put(dynamic_cast<FileSessionReservation&>(reservation).file, key, session);
  return note;
}

// Finishes an interrupted write. Requires the lock, so that no running process is writing. The sync
// before the rename takes most of a rotation's time, so a kill is likely to hit it; with a provider
// that accepts a refresh token only once, only the newest session is valid.
void FileSessionStore::rescue(const SessionKey& key) const {
  const auto file = file_of(key);
  for (const auto& leftover : unfinished_writes(file)) {
    struct stat facts {};
    struct stat in_place {};
    if (::lstat(leftover.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode) ||
        facts.st_uid != ::geteuid()) {
      continue;
    }
    if (::lstat(file.c_str(), &in_place) == 0 && is_before(facts.st_mtim, in_place.st_mtim)) {
      continue;
    }
    auto text = read_file(leftover, kMaxBytes);
    if (!text) continue;
    Secret session;
    const auto reading = session_file::read(*text, key, session);
    wipe(*text);
    if (reading == session_file::Reading::session) ::rename(leftover.c_str(), file.c_str());
  }
}

void FileSessionStore::erase(const SessionKey& key) {
  const auto file = file_of(key);
  if (::unlink(file.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
    throw cannot("remove", file);
  }
  // A leftover contains a secret and would count as the newest session.
  for (const auto& leftover : unfinished_writes(file)) ::unlink(leftover.c_str());
  for (int number = 1; number < kMaxSetAside; ++number) {
    ::unlink(set_aside_name(file, number).c_str());
  }
}

std::string FileSessionStore::where(const SessionKey& key) const {
  return "file " + file_of(key).string();
}

std::unique_ptr<SessionLock> FileSessionStore::lock(const SessionKey& key, int timeout_ms) {
  const auto file = file_of(key);
  auto made = std::make_unique<FileSessionLock>(
      FileLock(folder_ / ("." + file.filename().string() + ".lock"), timeout_ms));
  rescue(key);
  return made;
}

}  // namespace pintle
