// SPDX-License-Identifier: Apache-2.0
//
// A flood of equal messages: a block of prebuilt frames that is sent again and again, so that the
// server's cost is negligible beside the measured client's.
//
// Threads: a value.

#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace pintle::bench {

class Flood {
 public:
  Flood() = default;
  /// `count` messages of this text.
  Flood(std::string_view text, std::uint64_t count);

  bool over() const noexcept { return left_ == 0; }
  /// Returns the bytes to write next; empty when it is over.
  std::string_view next() const noexcept {
    return std::string_view(block_).substr(at_, std::min<std::uint64_t>(left_, block_.size()));
  }
  void written(std::size_t size) noexcept {
    left_ -= size;
    at_ = (at_ + size) % block_.size();
  }

 private:
  std::string block_;
  std::size_t at_ = 0;
  std::uint64_t left_ = 0;  // In bytes.
};

}  // namespace pintle::bench
