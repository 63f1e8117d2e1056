// SPDX-License-Identifier: Apache-2.0
#include "worker_process.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <pintle/conformance/worker.h>
#include <pintle/core/base/error.h>
#include <pintle/files/descriptors.h>

namespace pintle::conformance {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kChannelFd = 3;
constexpr std::size_t kMaxLine = 64 * 1024;

int left_ms(Clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return left <= 0 ? 0 : static_cast<int>(left);
}

// A tab ends it, as it does each part of a line.
std::string new_mark() {
  std::array<unsigned char, kMarkDigits / 2> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0) {
    throw Error(Layer::plugin, "cannot generate random bytes");
  }
  std::string mark;
  for (const auto byte : bytes) {
    mark += "0123456789abcdef"[byte / 16];
    mark += "0123456789abcdef"[byte % 16];
  }
  return mark + "\t";
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    return std::string("the process was ended by a signal: ") + ::strsignal(WTERMSIG(status));
  }
  const int code = WEXITSTATUS(status);
  return code == 0 ? "" : "the process ended with exit code " + std::to_string(code);
}

// As posix_spawn takes them: with a null at the end.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

WorkerProcess::WorkerProcess(const std::vector<std::string>& command,
                             const std::vector<std::string>& stderr_variables) {
  auto [our_end, write_end] = open_socket_pair();
  if (!our_end) {
    throw Error(Layer::plugin, std::string("cannot create a socket: ") + std::strerror(errno));
  }
  channel_ = std::move(our_end);
  mark_ = new_mark();
  [[maybe_unused]] const auto put =
      ::send(channel_.get(), mark_.data(), mark_.size(), kWithoutSignal);
  // Above the child's number: dup2 onto the same number would keep close-on-exec.
  const UniqueFd high(::fcntl(write_end.get(), F_DUPFD_CLOEXEC, kChannelFd + 1));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, 0, 1);
  if (stderr_variables.empty()) posix_spawn_file_actions_adddup2(&actions, 0, 2);
  posix_spawn_file_actions_adddup2(&actions, high.get(), kChannelFd);
  // Of the environment only the path: the rest may contain a token.
  const char* path = std::getenv("PATH");
  std::string search = std::string("PATH=") + (path == nullptr ? "/usr/bin:/bin" : path);
  auto variables = stderr_variables;
  variables.push_back(std::move(search));
  const auto environment = pointers_to(variables);
  auto words = command;
  const auto arguments = pointers_to(words);
  const int failure = ::posix_spawnp(&child_, words.front().c_str(), &actions, nullptr,
                                     arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    child_ = -1;
    throw Error(Layer::plugin, "cannot run " + command.front() + ": " + std::strerror(failure))
        .with_hint("Reinstall Pintle.");
  }
}

WorkerProcess::~WorkerProcess() { wait(0); }

WorkerProcess::Got WorkerProcess::read_line(std::string& line, int timeout_ms) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  while (true) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      const bool is_its_own = buffer_.starts_with(mark_) && end >= mark_.size();
      if (is_its_own) line = buffer_.substr(mark_.size(), end - mark_.size());
      buffer_.erase(0, end + 1);
      return is_its_own ? Got::line : Got::foreign;
    }
    if (buffer_.size() > kMaxLine) return Got::foreign;
    pollfd waiting{channel_.get(), POLLIN, 0};
    const int ready = ::poll(&waiting, 1, left_ms(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Got::nothing;
    std::array<char, 4096> bytes{};
    const auto got = ::read(channel_.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Got::end;
    buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

std::string WorkerProcess::wait(int timeout_ms) {
  if (child_ < 0) return {};
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  int status = 0;
  while (true) {
    const auto ended = ::waitpid(child_, &status, WNOHANG);
    if (ended == child_ || (ended < 0 && errno != EINTR)) break;
    if (Clock::now() < deadline) {
      ::usleep(500);
      continue;
    }
    ::kill(child_, SIGKILL);
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    break;
  }
  child_ = -1;
  return how_it_ended(status);
}

}  // namespace pintle::conformance
