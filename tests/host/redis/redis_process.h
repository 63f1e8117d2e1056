// SPDX-License-Identifier: Apache-2.0
//
// A real Redis on a free port of this machine, which keeps nothing and ends with the test.
//
// Threads: one, but for `call`.

#pragma once

#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <pintle/core/base/error.h>

#include "redis/redis_address.h"
#include "redis/redis_link.h"
#include "redis/redis_server.h"
#include "support/temporary_folder.h"

namespace pintle::test {

/// Returns false if `is_so` does not hold within ten seconds.
inline bool wait_until(const std::function<bool()>& is_so) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class RedisProcess {
 public:
  /// The program; empty if it is not installed. Such a test is skipped.
  static std::filesystem::path program() {
    const char* path = std::getenv("PATH");
    std::string_view rest = path == nullptr ? "/usr/bin" : path;
    while (!rest.empty()) {
      const auto end = rest.find(':');
      const auto file = std::filesystem::path(rest.substr(0, end)) / "redis-server";
      if (::access(file.c_str(), X_OK) == 0) return file;
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    return {};
  }

  RedisProcess() : port_(free_port()) { start(); }
  ~RedisProcess() { kill(); }
  RedisProcess(const RedisProcess&) = delete;
  RedisProcess& operator=(const RedisProcess&) = delete;

  /// Starts it, empty, and waits until it answers.
  void start() {
    const auto program_file = program().string();
    const auto port = std::to_string(port_);
    const auto folder = folder_.path().string();
    const auto log = (folder_ / "log").string();
    std::vector<std::string> words = {
        program_file,   "--port", port,    "--bind", "127.0.0.1", "--save", "",
        "--appendonly", "no",     "--dir", folder,   "--logfile", log};
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("cannot start redis-server");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    const bool is_up = wait_until([&] {
      try {
        return call({"PING"}).text == "PONG";
      } catch (const Error&) {
        return false;
      }
    });
    if (!is_up) throw std::runtime_error("redis-server does not answer: " + read_text(log));
  }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  /// It accepts connections and answers nothing.
  void stop() const { ::kill(pid_, SIGSTOP); }
  void go_on() const { ::kill(pid_, SIGCONT); }

  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
  redis::RedisSettings settings() const {
    redis::RedisSettings made{.address = redis::RedisAddress::parse(url())};
    made.timeout = std::chrono::milliseconds(1'000);
    return made;
  }
  /// On a connection of its own.
  redis::Reply call(const redis::Command& command) const {
    redis::RedisLink link({.node = {"127.0.0.1", port_}});
    return link.call(command);
  }

 private:
  static std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    if (fd < 0 || ::bind(fd, raw, size) != 0 || ::getsockname(fd, raw, &size) != 0) {
      throw std::runtime_error("no free port");
    }
    ::close(fd);
    return ntohs(address.sin_port);
  }

  TemporaryFolder folder_;
  std::uint16_t port_;
  pid_t pid_ = 0;
};

}  // namespace pintle::test

// At the beginning of a test that needs it.
#define PINTLE_NEEDS_REDIS()                                                  \
  if (pintle::test::RedisProcess::program().empty()) {                        \
    GTEST_SKIP() << "redis-server is not installed (./dev test installs it)"; \
  }                                                                           \
  static_assert(true)
