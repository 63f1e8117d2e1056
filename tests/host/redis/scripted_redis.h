// SPDX-License-Identifier: Apache-2.0
//
// A Redis that answers as a test says, command by command.
//
// Threads: each connection asks the test on a thread of its own; `commands` may be called by any.

#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "redis/redis_address.h"
#include "redis/redis_server.h"
#include "support/scripted_server.h"

namespace pintle::test {

using Words = std::vector<std::string>;

inline std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}
inline std::string bulk_array(const Words& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const auto& word : words) bytes += bulk(word);
  return bytes;
}

class ScriptedRedis {
 public:
  /// Returns the bytes of the answer; `kHangUp` ends the connection, `kSilence` keeps it.
  using Answer = std::function<std::string(const Words& command, int connection)>;
  static constexpr const char* kHangUp = "hang up";
  static constexpr const char* kSilence = "silence";

  explicit ScriptedRedis(Answer answer)
      : answer_(std::move(answer)), server_([this](ScriptedPeer& peer) { serve(peer); }) {}

  std::uint16_t port() const { return server_.port(); }
  std::string place() const { return "127.0.0.1:" + std::to_string(port()); }
  int connections() const { return server_.connections(); }

  /// Each as one text: "SET k v".
  std::vector<std::string> commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
  }
  int count(const std::string& command) const {
    int found = 0;
    for (const auto& one : commands()) found += one == command ? 1 : 0;
    return found;
  }

  redis::RedisSettings settings(const std::string& rest = {}) const {
    redis::RedisSettings made{.address = redis::RedisAddress::parse("redis://" + place() + rest)};
    made.timeout = std::chrono::milliseconds(1'000);
    return made;
  }

 private:
  void serve(ScriptedPeer& peer) {
    std::string in;
    for (;;) {
      Words command;
      while (!take(in, command)) {
        const auto more = peer.read_some_bytes();
        if (more.empty()) return;
        in += more;
      }
      {
        std::string text;
        for (const auto& word : command) text += (text.empty() ? "" : " ") + word;
        const std::lock_guard lock(mutex_);
        commands_.push_back(text);
      }
      const auto bytes = answer_(command, peer.index());
      if (bytes == kHangUp) return;
      if (bytes == kSilence) return peer.wait_until_left();
      if (!peer.send(bytes)) return;
    }
  }

  // Takes one command off `in`, if it is all there.
  static bool take(std::string& in, Words& command) {
    std::size_t at = 0;
    const auto number = [&](char mark) -> long {
      const auto end = in.find("\r\n", at);
      if (end == std::string::npos || in[at] != mark) return -1;
      const auto value = std::strtol(in.c_str() + at + 1, nullptr, 10);
      at = end + 2;
      return value;
    };
    const auto count = number('*');
    if (count < 0) return false;
    command.clear();
    for (long i = 0; i < count; ++i) {
      const auto size = number('$');
      if (size < 0 || in.size() < at + static_cast<std::size_t>(size) + 2) return false;
      command.push_back(in.substr(at, static_cast<std::size_t>(size)));
      at += static_cast<std::size_t>(size) + 2;
    }
    in.erase(0, at);
    return true;
  }

  const Answer answer_;
  mutable std::mutex mutex_;
  std::vector<std::string> commands_;
  ScriptedServer server_;  // last: its threads use the rest
};

}  // namespace pintle::test
