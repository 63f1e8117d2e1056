// SPDX-License-Identifier: Apache-2.0
#include "broker/socket_folder.h"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>
#include <pintle/loading/trusted_file.h>

namespace pintle::broker {
namespace {

constexpr std::chrono::seconds kMaxWait{5};
constexpr std::chrono::milliseconds kPause{5};

}  // namespace

std::filesystem::path trusted_socket_path(const std::filesystem::path& socket) {
  std::error_code error;
  const auto folder = std::filesystem::canonical(socket.parent_path(), error);
  struct stat facts {};
  if (error || ::stat(folder.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode)) {
    throw Error(Layer::config, "there is no folder " + printable(socket.parent_path().string()))
        .with_user_action();
  }
  if (facts.st_uid != ::geteuid()) {
    throw Error(Layer::config,
                "the socket's folder " + printable(folder.string()) + " belongs to another user")
        .with_user_action()
        .with_hint("Use a folder of your own, such as $XDG_RUNTIME_DIR.");
  }
  loading::check_trusted_folder(folder, Layer::config);
  return folder / socket.filename();
}

SocketFolderLock::SocketFolderLock(const std::filesystem::path& folder)
    : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  const auto due = std::chrono::steady_clock::now() + kMaxWait;
  // A file system without locks fails with another error.
  while (fd_ && ::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0 &&
         (errno == EWOULDBLOCK || errno == EINTR)) {
    if (std::chrono::steady_clock::now() >= due) {
      throw Error(Layer::store, "cannot lock the folder " + printable(folder.string()) +
                                    ": another process has locked it")
          .with_retry();
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace pintle::broker
