// SPDX-License-Identifier: Apache-2.0
#include "base/spawn.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "base/child_start.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): POSIX declares it nowhere

namespace pintle {
namespace {

// The actions in the child before the program runs.
class Preparation {
 public:
  explicit Preparation(const SpawnOptions& options) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, 2, "/dev/null", O_WRONLY, 0);
    int rest = 3;
    if (options.fd_3_and_4 >= 0) {
      ::posix_spawn_file_actions_adddup2(&actions_, options.fd_3_and_4, 3);
      // The descriptor is 3 by now.
      ::posix_spawn_file_actions_adddup2(&actions_, 3, 4);
      rest = 5;
    }
    add_close_from(actions_, rest);
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGXFSZ);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    ::posix_spawnattr_setsigdefault(&attributes_, &usual);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;
  ~Preparation() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

std::vector<char*> argument_pointers(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  return arguments;
}

pid_t spawn(const std::vector<std::string>& words, const SpawnOptions& options) {
  const Preparation preparation(options);
  const auto arguments = argument_pointers(words);
  pid_t child = 0;
  const int failure = ::posix_spawnp(&child, arguments[0], preparation.actions(),
                                     preparation.attributes(), arguments.data(), environ);
  if (failure != 0) {
    throw Error(Layer::config,
                "cannot start " + printable(words[0]) + ": " + std::strerror(failure))
        .with_user_action();
  }
  return child;
}

std::optional<std::string> find_program(std::string_view program) {
  const auto can_run = [](const std::string& file) {
    struct stat facts {};
    return ::stat(file.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) &&
           ::access(file.c_str(), X_OK) == 0;
  };
  if (program.find('/') != std::string_view::npos) {
    std::string file(program);
    return can_run(file) ? std::optional(std::move(file)) : std::nullopt;
  }
  const char* path = std::getenv("PATH");
  std::string_view folders = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!folders.empty()) {
    const auto end = folders.find(':');
    const auto folder = folders.substr(0, end);
    folders = end == std::string_view::npos ? std::string_view() : folders.substr(end + 1);
    // Ignore relative folders: they depend on the current directory.
    if (!folder.starts_with('/')) continue;
    auto file = std::string(folder) + "/" + std::string(program);
    if (can_run(file)) return file;
  }
  return std::nullopt;
}

}  // namespace pintle
