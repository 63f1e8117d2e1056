// SPDX-License-Identifier: Apache-2.0
//
// A library may number its credentials as it likes; the protocol has numbers below 2^40.
// Header-only.
//
// Threads: a value.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace pintle::cage {

class CredentialNumbers {
 public:
  /// Returns the protocol's number of the library's `credential`.
  std::int64_t number_of(std::uint64_t credential) {
    if (kept_.empty() || kept_.back() != credential) {
      kept_.push_back(credential);
      if (kept_.size() > kMax) {
        kept_.pop_front();
        ++first_;
      }
    }
    return first_ + static_cast<std::int64_t>(kept_.size()) - 1;
  }

  /// Returns the library's credential; 0 if the number is unknown, or of long ago.
  std::uint64_t credential_of(std::int64_t number) const {
    const auto index = number - first_;
    if (index < 0 || index >= static_cast<std::int64_t>(kept_.size())) return 0;
    return kept_[static_cast<std::size_t>(index)];
  }

 private:
  static constexpr std::size_t kMax = 256;

  std::deque<std::uint64_t> kept_;
  std::int64_t first_ = 1;  // the number of the first one that is kept
};

}  // namespace pintle::cage
