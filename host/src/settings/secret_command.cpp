// SPDX-License-Identifier: Apache-2.0
#include "settings/secret_command.h"

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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/files/unique_fd.h>

#include "base/cancel_event.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): POSIX declares it nowhere

namespace pintle {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLookEveryMs = 20;

Error wrong(const std::string& why) { return Error(Layer::config, why); }

// The command's process group. Killed on destruction, unless it was let go.
class Group {
 public:
  Group(const std::string& line, int out) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    // The calling thread may have all signals blocked.
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    std::string shell = "sh";
    std::string option = "-c";
    std::string command = line;
    std::array<char*, 4> arguments{shell.data(), option.data(), command.data(), nullptr};
    const int failure =
        ::posix_spawn(&leader_, "/bin/sh", &actions, &attributes, arguments.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) throw wrong(std::strerror(failure));
    end_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, leader_, 0)));
  }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group() {
    // The leader is not reaped yet, so no other group can have its id.
    if (!is_let_go_) ::kill(-leader_, SIGKILL);
    while (::waitpid(leader_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  /// Readable once the leader has ended; -1 on a system without pidfds (Linux 5.2 and older).
  int end_fd() const noexcept { return end_.get(); }

  /// Returns how the leader ended, or nullopt while it runs.
  std::optional<siginfo_t> ended() const {
    siginfo_t facts{};
    const auto leader = static_cast<id_t>(leader_);
    if (::waitid(P_PID, leader, &facts, WEXITED | WNOHANG | WNOWAIT) != 0) return std::nullopt;
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

// Reads until the command has ended: a child of it may keep the output open indefinitely. If the
// command printed nothing, waits on after its end: a child may still print.
siginfo_t read_output(int fd, std::size_t max_bytes, const Group& group, Wait& wait,
                      std::string& text) {
  text.reserve(max_bytes + 1);  // must not reallocate: that would leave a copy of the secret
  bool is_open = true;
  while (true) {
    // In this order: all output from before the end is then in the pipe.
    const auto end = group.ended();
    if (is_open) is_open = read_available(fd, max_bytes, text);
    if (end && (end->si_status != 0 || !text.empty() || !is_open)) return *end;
    const bool polls_end = !end && group.end_fd() >= 0;
    wait.wait(is_open ? fd : -1, polls_end ? group.end_fd() : -1, !end && !polls_end);
  }
}

void check(const siginfo_t& end) {
  if (end.si_code != CLD_EXITED) throw wrong("it was killed by a signal");
  if (end.si_status != 0) {
    throw wrong("it exited with code " + std::to_string(end.si_status));
  }
}

}  // namespace

std::string output_of_command(const std::string& line, std::size_t max_bytes,
                              std::int64_t timeout_ms, const std::stop_token& cancel) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw wrong(std::strerror(errno));
  const UniqueFd from(ends[0]);
  UniqueFd to(ends[1]);
  // Only the read end: the command's writes must block while the pipe is full.
  ::fcntl(from.get(), F_SETFL, O_NONBLOCK);
  Wait wait(Clock::now() + std::chrono::milliseconds(timeout_ms), cancel);
  Group group(line, to.get());
  to.close();
  std::string text;
  try {
    const auto end = read_output(from.get(), max_bytes, group, wait, text);
    group.let_go();
    check(end);
  } catch (...) {
    wipe(text);
    throw;
  }
  return text;
}

}  // namespace pintle
