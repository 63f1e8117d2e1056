#include "secret_command.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pintle/core/error.h>
#include <pintle/core/secret.h>

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): POSIX declares it nowhere

namespace pintle {
namespace {

using Clock = std::chrono::steady_clock;

Error wrong(const std::string& why) { return Error(Layer::config, why); }

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {
    if (fd_ < 0) throw wrong(std::strerror(errno));
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int get() const noexcept { return fd_; }
  void close() noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// Readable from the moment that `cancel` is stopped.
class Cancelled {
 public:
  explicit Cancelled(const std::stop_token& cancel)
      : event_(::eventfd(0, EFD_CLOEXEC)), wake_(cancel, Wake{event_.get()}) {}
  int fd() const noexcept { return event_.get(); }

 private:
  struct Wake {
    int fd;
    void operator()() const noexcept { ::eventfd_write(fd, 1); }
  };
  Descriptor event_;
  std::stop_callback<Wake> wake_;
};

// The command's process group. Ends with this unless the command has ended by itself.
class Group {
 public:
  Group(const std::string& line, int out) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    // The thread that asks may have every signal blocked.
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
  }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group() {
    if (has_ended_) return;
    // The leader was not waited for, so no other group can have its number yet.
    ::kill(-leader_, SIGKILL);
    while (::waitpid(leader_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  /// The leader's status, once it has ended.
  bool has_ended(int& status) {
    if (!has_ended_) has_ended_ = ::waitpid(leader_, &status, WNOHANG) == leader_;
    return has_ended_;
  }

 private:
  pid_t leader_ = 0;
  bool has_ended_ = false;
};

// What a command is waited for, and how long.
class Wait {
 public:
  Wait(Clock::time_point deadline, const std::stop_token& cancel)
      : deadline_(deadline), cancel_(cancel), cancelled_(cancel) {}

  /// Waits for `fd` (-1: for nothing), `most_ms` at most; throws where the command is to be ended.
  void wait(int fd, int most_ms) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    if (cancel_.stop_requested()) throw wrong("it was cancelled");
    if (left <= 0) throw wrong("it did not end in time");
    std::array<pollfd, 2> waiting{pollfd{cancelled_.fd(), POLLIN, 0}, pollfd{fd, POLLIN, 0}};
    ::poll(waiting.data(), waiting.size(), static_cast<int>(std::min<std::int64_t>(left, most_ms)));
    is_readable_ = (waiting[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
  }
  bool is_readable() const noexcept { return is_readable_; }

 private:
  const Clock::time_point deadline_;
  const std::stop_token& cancel_;
  Cancelled cancelled_;
  bool is_readable_ = false;
};

void read_all(int fd, std::size_t most_bytes, Wait& wait, std::string& text) {
  text.reserve(most_bytes + 1);  // it must not move: a moved string leaves a copy behind
  std::array<char, 4096> buffer{};
  while (true) {
    wait.wait(fd, 60'000);
    if (!wait.is_readable()) continue;
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    const bool fits = text.size() + static_cast<std::size_t>(got) <= most_bytes;
    if (fits) text.append(buffer.data(), static_cast<std::size_t>(got));
    wipe(buffer.data(), buffer.size());
    if (!fits) throw wrong("it is longer than " + std::to_string(most_bytes / 1024) + " KiB");
  }
}

}  // namespace

std::string output_of_command(const std::string& line, std::size_t most_bytes, std::int64_t most_ms,
                              const std::stop_token& cancel) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw wrong(std::strerror(errno));
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  Wait wait(Clock::now() + std::chrono::milliseconds(most_ms), cancel);
  Group group(line, to.get());
  to.close();
  std::string text;
  try {
    read_all(from.get(), most_bytes, wait, text);
    int status = 0;
    // It has closed its output, so it is about to end; one that goes on is ended in time too.
    for (int pause_ms = 1; !group.has_ended(status); pause_ms = std::min(2 * pause_ms, 20)) {
      wait.wait(-1, pause_ms);
    }
    if (WIFSIGNALED(status)) throw wrong("it was ended by a signal");
    if (WEXITSTATUS(status) != 0) {
      throw wrong("it ended with exit code " + std::to_string(WEXITSTATUS(status)));
    }
  } catch (...) {
    wipe(text);
    throw;
  }
  return text;
}

}  // namespace pintle
