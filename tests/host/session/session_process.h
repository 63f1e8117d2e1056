// SPDX-License-Identifier: Apache-2.0
//
// A child process of the session tests (session_child.cpp), whose output is read to its end.

#pragma once

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace pintle::test {

class SessionProcess {
 public:
  explicit SessionProcess(std::vector<std::string> arguments) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    out_ = ends[0];
    arguments.insert(arguments.begin(), SESSION_CHILD);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    EXPECT_EQ(::posix_spawn(&pid_, SESSION_CHILD, &actions, nullptr, argv.data(), environ), 0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
  }
  SessionProcess(const SessionProcess&) = delete;
  SessionProcess& operator=(const SessionProcess&) = delete;
  ~SessionProcess() {
    kill();
    finish();
    ::close(out_);
  }

  void kill() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
  }
  /// Waits for its end and returns all that it printed.
  const std::string& finish() {
    char bytes[512];
    for (ssize_t got = 0; (got = ::read(out_, bytes, sizeof(bytes))) > 0;) {
      text_.append(bytes, static_cast<std::size_t>(got));
    }
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    return text_;
  }
  /// Waits until it has printed something, for at most 20 s.
  bool has_begun() {
    pollfd waiting{out_, POLLIN, 0};
    return ::poll(&waiting, 1, 20'000) == 1;
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string text_;
};

}  // namespace pintle::test
