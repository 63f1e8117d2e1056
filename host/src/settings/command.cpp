// SPDX-License-Identifier: Apache-2.0
#include "settings/command.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/files/descriptors.h>
#include <pintle/files/unique_fd.h>

#include "base/cancel_event.h"
#include "base/child_start.h"
#include "base/process_end.h"
#include "base/spawn.h"
#include "base/unnamed_file.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): POSIX declares it nowhere

namespace pintle {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLookEveryMs = 20;

Error wrong(const std::string& why) { return Error(Layer::config, why); }

// How a child begins.
class Preparation {
 public:
  Preparation(bool is_detached, int in, int out) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    if (in >= 0) {
      ::posix_spawn_file_actions_adddup2(&actions_, in, 0);
    } else {
      ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    }
    ::posix_spawn_file_actions_adddup2(&actions_, out, 1);
    // The calling thread may have all signals blocked.
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    short flags = POSIX_SPAWN_SETSIGMASK;
    if (is_detached) {
      ::posix_spawn_file_actions_addopen(&actions_, 2, "/dev/null", O_WRONLY, 0);
      add_close_from(actions_, 3);
      sigset_t usual;
      sigemptyset(&usual);
      for (const int signal : {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM}) sigaddset(&usual, signal);
      ::posix_spawnattr_setsigdefault(&attributes_, &usual);
      flags = static_cast<short>(flags | POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);
    } else {
      flags = static_cast<short>(flags | POSIX_SPAWN_SETPGROUP);
      ::posix_spawnattr_setpgroup(&attributes_, 0);
    }
    ::posix_spawnattr_setflags(&attributes_, flags);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;
  ~Preparation() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// The command's process group. Killed on destruction, unless it was let go.
class Group {
 public:
  Group(const Command& command, int in, int out) {
    const Preparation preparation(command.is_detached, in, out);
    const auto arguments = argument_pointers(command.words);
    const int failure = ::posix_spawn(&leader_, command.program.c_str(), preparation.actions(),
                                      preparation.attributes(), arguments.data(), environ);
    if (failure != 0) throw wrong(std::strerror(failure));
    end_ = open_process_end(leader_);
  }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group() {
    // The leader is not reaped yet, so no other group can have its id.
    if (!is_let_go_) ::kill(-leader_, SIGKILL);
    while (::waitpid(leader_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  /// Readable once the leader has ended; negative if the system has no such descriptor.
  int end_fd() const noexcept { return end_.get(); }

  /// Returns how the leader ended, or nullopt while it runs.
  std::optional<siginfo_t> ended() {
    siginfo_t facts{};
    const auto leader = static_cast<id_t>(leader_);
    if (::waitid(P_PID, leader, &facts, WEXITED | WNOHANG | WNOWAIT) != 0) {
      if (errno != ECHILD) return std::nullopt;
      // It was reaped by the system, so its id may be another group's by now.
      is_let_go_ = true;
      throw wrong("its exit code is lost, as this program ignores SIGCHLD");
    }
    return facts.si_pid == leader_ ? std::optional(facts) : std::nullopt;
  }

  /// Keeps the group from being killed; for a leader that ended and left processes running.
  void let_go() noexcept { is_let_go_ = true; }

 private:
  pid_t leader_ = 0;
  UniqueFd end_;
  bool is_let_go_ = false;
};

// The deadline and the cancel token of a command.
class Wait {
 public:
  Wait(Clock::time_point deadline, const std::stop_token& cancel)
      : deadline_(deadline), cancel_(cancel), wake_(cancel) {}

  /// Waits until `output` or `end` is readable (-1: ignored), or for kLookEveryMs if `is_short`.
  /// Throws on a cancel and at the deadline.
  void wait(int output, int end, bool is_short) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    if (cancel_.stop_requested()) throw wrong("it was cancelled");
    if (left <= 0) throw wrong("it did not exit in time");
    std::array<pollfd, 3> waiting{pollfd{wake_.fd(), POLLIN, 0}, pollfd{output, POLLIN, 0},
                                  pollfd{end, POLLIN, 0}};
    const auto max = is_short ? kLookEveryMs : 60'000;
    ::poll(waiting.data(), waiting.size(), static_cast<int>(std::min<std::int64_t>(left, max)));
  }

 private:
  const Clock::time_point deadline_;
  const std::stop_token& cancel_;
  const CancelEvent wake_;
};

// Appends the available output; returns false at its end.
bool read_available(int fd, std::size_t max_bytes, std::string& text) {
  std::array<char, 4096> buffer{};
  while (true) {
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    const bool fits = text.size() + static_cast<std::size_t>(got) <= max_bytes;
    if (fits) text.append(buffer.data(), static_cast<std::size_t>(got));
    wipe(buffer.data(), buffer.size());
    if (!fits) throw wrong("it is longer than " + std::to_string(max_bytes / 1024) + " KiB");
  }
}

// Reads until the command has ended: a child of it may keep the output open indefinitely.
siginfo_t read_output(int fd, const Command& command, Group& group, Wait& wait, std::string& text) {
  const auto max_bytes = command.max_bytes;
  text.reserve(max_bytes + 1);  // must not reallocate: that would leave a copy of the secret
  bool is_open = true;
  while (true) {
    // In this order: all output from before the end is then in the pipe.
    const auto end = group.ended();
    if (is_open) is_open = read_available(fd, max_bytes, text);
    const bool is_complete = !command.awaits_children || !text.empty() || !is_open;
    if (end && (end->si_status != 0 || is_complete)) return *end;
    const bool polls_end = !end && group.end_fd() >= 0;
    wait.wait(is_open ? fd : -1, polls_end ? group.end_fd() : -1, !end && !polls_end);
  }
}

}  // namespace

CommandOutput run_command(const Command& command, const std::stop_token& cancel) {
  auto [from, to] = open_pipe();
  if (!from) throw wrong(std::strerror(errno));
  UniqueFd input;
  if (!command.input.empty()) {
    input = unnamed_file_of(command.input);
    if (!input) throw wrong(std::strerror(errno));
  }
  // Only the read end: the command's writes must block while the pipe is full.
  ::fcntl(from.get(), F_SETFL, O_NONBLOCK);
  Wait wait(Clock::now() + std::chrono::milliseconds(command.timeout_ms), cancel);
  Group group(command, input.get(), to.get());
  to.close();
  CommandOutput output;
  try {
    const auto end = read_output(from.get(), command, group, wait, output.text);
    group.let_go();
    if (end.si_code != CLD_EXITED) throw wrong("it was killed by a signal");
    output.exit_code = end.si_status;
  } catch (...) {
    wipe(output.text);
    throw;
  }
  return output;
}

}  // namespace pintle
