// SPDX-License-Identifier: Apache-2.0
//
// Splits the output of a program into lines. What was received is wiped.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle::program {

/// The maximum size of a line in either direction, without its line feed.
inline constexpr std::size_t kMaxLine = std::size_t{1024} * 1024;

class LineSplitter {
 public:
  LineSplitter() = default;
  LineSplitter(const LineSplitter&) = delete;
  LineSplitter& operator=(const LineSplitter&) = delete;
  ~LineSplitter() { wipe(rest_); }

  /// Passes each line that `bytes` complete to `on_line`, without its line feed; the view is valid
  /// during the call. Returns false if a line is longer than kMaxLine: then add nothing more.
  bool add(std::string_view bytes, const std::function<void(std::string_view)>& on_line);

 private:
  std::string rest_;
};

}  // namespace pintle::program
