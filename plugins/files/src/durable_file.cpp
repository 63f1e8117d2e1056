// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <random>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/files/durable_file.h>
#include <pintle/files/unique_fd.h>

#include "disk_space.h"

namespace pintle {
namespace {

Error failed(const std::string& what, const std::filesystem::path& file) {
  const int code = errno;
  Error error(Layer::store, "cannot " + what + " " + file.string() + ": " + std::strerror(code));
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) {
    error.with_hint("Free some disk space: what was stored before is still there.")
        .with_user_action();
  } else if (code == EACCES || code == EPERM || code == EROFS) {
    error.with_hint("Check the owner and mode of the file and of its folder.").with_user_action();
  }
  return error;
}

// The suffix of a temporary file's name, ".<name>.XXXXXX": hidden, and with an ending that a file's
// own name cannot have together with its dot.
constexpr std::string_view kRandomEnding = "XXXXXX";

std::string begin_of_unfinished(const std::filesystem::path& file) {
  return "." + file.filename().string() + ".";
}

bool is_still_in_place(int fd, const char* path) noexcept {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd, &opened) == 0 && ::lstat(path, &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

// Creates a temporary file. Its writer locks it (flock) until the writer exits, which distinguishes
// an abandoned file from one that is being written.
UniqueFd make_unfinished(const std::filesystem::path& file, std::string& path) {
  while (true) {
    path = (file.parent_path() / (begin_of_unfinished(file) + std::string(kRandomEnding))).string();
    UniqueFd made(::mkostemp(path.data(), O_CLOEXEC));  // mode 0600
    if (made.get() < 0) throw failed("write", file);
    // Between these two calls another process may remove it as abandoned. On a file system without
    // locks no process removes any.
    const bool is_locked = ::flock(made.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    if (is_locked && is_still_in_place(made.get(), path.c_str())) return made;
  }
}

void write_all(int fd, std::string_view bytes, const std::filesystem::path& file) {
  while (!bytes.empty()) {
    const auto put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw failed("write", file);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

// If the file system cannot allocate blocks, writes incompressible bytes instead.
void set_aside(int fd, std::size_t bytes, const std::filesystem::path& file) {
  if (!allocate_blocks(fd, bytes)) {
    if (errno != EOPNOTSUPP) throw failed("reserve space for", file);
    // Predictable will do. NOLINTNEXTLINE(bugprone-random-generator-seed)
    std::minstd_rand random;
    std::string filler(bytes, '\0');
    for (auto& c : filler) c = static_cast<char>(random() >> 16U);
    write_all(fd, filler, file);
  }
  if (::fsync(fd) != 0 || ::lseek(fd, 0, SEEK_SET) != 0) throw failed("reserve space for", file);
}

void remove_abandoned(const std::filesystem::path& file) noexcept {
  try {
    for (const auto& path : unfinished_writes(file)) remove_if_abandoned(path);
  } catch (const std::exception&) {
    // The next write tries again.
  }
}

// Creates a folder that only this user can enter, and the folders above it.
void make_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  if (folder.empty() || std::filesystem::exists(folder, failure)) return;
  const auto parent = folder.parent_path();
  if (!parent.empty() && !std::filesystem::create_directories(parent, failure) && failure) {
    throw Error(Layer::store, "cannot make " + parent.string() + ": " + failure.message())
        .with_user_action()
        .with_hint("Make it writable, or choose another place (XDG_CONFIG_HOME, XDG_STATE_HOME).");
  }
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw failed("make", folder);
}

}  // namespace

std::vector<std::filesystem::path> unfinished_writes(const std::filesystem::path& file) {
  std::vector<std::filesystem::path> found;
  const auto begin = begin_of_unfinished(file);
  std::error_code error;
  std::filesystem::directory_iterator entry(file.parent_path(), error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (name.size() == begin.size() + kRandomEnding.size() && name.starts_with(begin)) {
      found.push_back(entry->path());
    }
  }
  return found;
}

bool remove_if_abandoned(const std::filesystem::path& file) noexcept {
  const UniqueFd left(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  struct stat facts {};
  return left.get() >= 0 && ::fstat(left.get(), &facts) == 0 && S_ISREG(facts.st_mode) &&
         facts.st_uid == ::geteuid() && ::flock(left.get(), LOCK_EX | LOCK_NB) == 0 &&
         is_still_in_place(left.get(), file.c_str()) && ::unlink(file.c_str()) == 0;
}

std::optional<std::string> read_file(const std::filesystem::path& file, std::size_t max_bytes) {
  // Non-blocking: opening a pipe without a writer would block.
  const UniqueFd in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (in.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw failed("read", file);
  }
  return read_open_file(in.get(), file, max_bytes);
}

std::string read_open_file(int fd, const std::filesystem::path& file, std::size_t max_bytes) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) throw failed("read", file);
  if (!S_ISREG(facts.st_mode)) {
    throw Error(Layer::store, file.string() + " is not a regular file");
  }
  std::string bytes(std::min(static_cast<std::size_t>(facts.st_size), max_bytes) + 1, '\0');
  std::size_t size = 0;
  while (true) {
    if (size == bytes.size()) {
      if (size > max_bytes) break;
      bytes.resize(std::min(size * 2, max_bytes + 1));
    }
    const auto got = ::read(fd, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw failed("read", file);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > max_bytes) {
    throw Error(Layer::store,
                file.string() + " is larger than " + std::to_string(max_bytes) + " bytes");
  }
  bytes.resize(size);
  return bytes;
}

ReservedFile::ReservedFile(std::filesystem::path file, std::size_t bytes) : file_(std::move(file)) {
  make_folder(file_.parent_path());
  auto made = make_unfinished(file_, temporary_);
  try {
    if (bytes > 0) set_aside(made.get(), bytes, file_);
  } catch (...) {
    ::unlink(temporary_.c_str());
    throw;
  }
  fd_ = made.release();
}

ReservedFile::~ReservedFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  if (fd_ >= 0) ::close(fd_);
}

void ReservedFile::append(std::string_view bytes) { write_all(fd_, bytes, file_); }

void ReservedFile::commit() {
  // Releases the unused reservation and removes the filler.
  const auto size = ::lseek(fd_, 0, SEEK_CUR);
  if (size < 0 || ::ftruncate(fd_, size) != 0 || ::fsync(fd_) != 0 ||
      ::rename(temporary_.c_str(), file_.c_str()) != 0) {
    throw failed("write", file_);
  }
  temporary_.clear();
  const UniqueFd parent(::open(file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0 || (::fsync(parent.get()) != 0 && errno != EINVAL)) {
    throw failed("sync the folder of", file_);
  }
  remove_abandoned(file_);
}

void write_file_durably(const std::filesystem::path& file, std::string_view bytes) {
  ReservedFile unfinished(file, 0);
  unfinished.append(bytes);
  unfinished.commit();
}

FileLock::FileLock(const std::filesystem::path& file, int timeout_ms) : fd_(-1) {
  make_folder(file.parent_path());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  for (;;) {
    if (fd_ < 0) fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd_ < 0) throw failed("lock", file);
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) {
      if (is_still_in_place(fd_, file.c_str())) return;
      // Removed after it was opened here: the lock of that name is another file by now.
      ::close(std::exchange(fd_, -1));
      continue;
    }
    if (errno != EWOULDBLOCK && errno != EINTR) {
      const auto error = failed("lock", file);
      ::close(fd_);
      throw error;
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      ::close(fd_);
      throw Error(Layer::store, "cannot lock " + file.string() +
                                    ": another process has locked it for " +
                                    std::to_string(timeout_ms) + " ms")
          .with_retry();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace pintle
