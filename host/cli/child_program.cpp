// SPDX-License-Identifier: Apache-2.0
#include "child_program.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/core/text/printable.h>

#include "base/spawn.h"
#include "interrupt.h"
#include "output.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): POSIX declares it nowhere

namespace pintle::cli {
namespace {

// The environment of the child; wiped, as it holds a token.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::string>& variables) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text(*entry);
      if (!variables.contains(std::string(text.substr(0, text.find('=')))))
        entries_.emplace_back(text);
    }
    for (const auto& [name, value] : variables) {
      if (!value.empty()) entries_.emplace_back(name).append("=").append(value);
    }
    for (auto& entry : entries_) pointers_.push_back(entry.data());
    pointers_.push_back(nullptr);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    for (auto& entry : entries_) wipe(entry);
  }
  char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> entries_;
  std::vector<char*> pointers_;
};

// The child hears of every signal, as if it had been started from the shell.
class UsualSignals {
 public:
  UsualSignals() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t set;
    sigemptyset(&set);
    ::posix_spawnattr_setsigmask(&attributes_, &set);
    sigaddset(&set, SIGPIPE);
    sigaddset(&set, SIGXFSZ);
    ::posix_spawnattr_setsigdefault(&attributes_, &set);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  UsualSignals(const UsualSignals&) = delete;
  UsualSignals& operator=(const UsualSignals&) = delete;
  ~UsualSignals() { ::posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

// The child is reaped last: until then its number is nobody else's, and can be sent a signal.
int wait_for(pid_t child) {
  siginfo_t ended{};
  while (::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) < 0 &&
         errno == EINTR) {
  }
  pass_signals_to(0);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

int run_program(const std::vector<std::string>& words,
                const std::map<std::string, std::string>& variables) {
  const auto arguments = argument_pointers(words);
  const Environment environment(variables);
  const UsualSignals signals;
  pid_t child = 0;
  hold_signals();
  const int failure = ::posix_spawnp(&child, arguments[0], nullptr, signals.get(), arguments.data(),
                                     environment.get());
  if (failure != 0) {
    pass_signals_to(0);
    report(
        Error(Layer::config, "cannot run " + printable(words[0]) + ": " + std::strerror(failure)),
        false);
    return failure == ENOENT ? kNotFound : kCannotRun;
  }
  pass_signals_to(child);
  // One that came before its time.
  if (interrupted().stop_requested()) ::kill(child, SIGTERM);
  return wait_for(child);
}

}  // namespace pintle::cli
