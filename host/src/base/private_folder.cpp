// SPDX-License-Identifier: Apache-2.0
#include "base/private_folder.h"

#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxTries = 10;

// Locks a folder; returns -1 if another process has locked it or it is not a folder of this user.
int lock_folder(const fs::path& path) noexcept {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -1;
  struct stat opened {};
  struct stat named {};
  const bool is_ours = ::fstat(fd, &opened) == 0 && opened.st_uid == ::geteuid() &&
                       ::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::lstat(path.c_str(), &named) == 0 &&
                       named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
  if (is_ours) return fd;
  ::close(fd);
  return -1;
}

void remove_abandoned(const fs::path& parent, const std::string& prefix) {
  std::error_code error;
  for (fs::directory_iterator entry(parent, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (!entry->path().filename().string().starts_with(prefix)) continue;
    const int lock = lock_folder(entry->path());
    if (lock < 0) continue;
    std::error_code ignored;
    fs::remove_all(entry->path(), ignored);
    ::close(lock);
  }
}

}  // namespace

PrivateFolder::PrivateFolder(std::string_view purpose) {
  const auto parent = fs::temp_directory_path();
  const auto prefix = "pintle-" + std::string(purpose) + "-";
  remove_abandoned(parent, prefix);
  // Between mkdtemp and the lock another process may consider the folder abandoned and remove it.
  for (int tries = 0; lock_ < 0; ++tries) {
    auto name = (parent / (prefix + "XXXXXX")).string();
    if (tries == kMaxTries || ::mkdtemp(name.data()) == nullptr) {  // Mode 0700 (POSIX).
      throw Error(Layer::store, "cannot make a folder in " + printable(parent.string()));
    }
    path_ = name;
    lock_ = lock_folder(path_);
  }
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  ::close(lock_);
}

}  // namespace pintle
