// SPDX-License-Identifier: Apache-2.0
//
// Lines of standard input, as they come, without ever waiting for one. Header-only.
//
// Threads: one.

#pragma once

#include <cerrno>
#include <cstddef>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>

namespace pintle::cli {

class InputLines {
 public:
  bool ended() const { return ended_; }

  /// What is there: whole lines only, the last one also without a line break.
  std::vector<std::string> read() {
    char buffer[65536];
    const auto got = ::read(STDIN_FILENO, buffer, sizeof(buffer));
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return {};
    std::vector<std::string> lines;
    if (got <= 0) {
      ended_ = true;
      if (!rest_.empty()) lines.push_back(std::exchange(rest_, {}));
      return lines;
    }
    rest_.append(buffer, static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
      lines.push_back(rest_.substr(begin, end - begin));
      begin = end + 1;
    }
    rest_.erase(0, begin);
    if (rest_.size() > kMaxLine) {
      throw Error(Layer::config, "a line of standard input is longer than 16 MiB")
          .with_user_action();
    }
    return lines;
  }

 private:
  static constexpr std::size_t kMaxLine = 16 << 20;

  std::string rest_;
  bool ended_ = false;
};

}  // namespace pintle::cli
