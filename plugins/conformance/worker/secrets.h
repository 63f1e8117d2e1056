// SPDX-License-Identifier: Apache-2.0
//
// The secrets of a run, and the search for them in texts that may have none.
//
// Threads: a value.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pintle::conformance {

/// A generator of numbers that are the same in every run (splitmix64).
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() noexcept;
  /// From 0 to `end` - 1.
  std::size_t below(std::size_t end) noexcept { return static_cast<std::size_t>(next() % end); }

 private:
  std::uint64_t state_;
};

class Secrets {
 public:
  explicit Secrets(std::uint64_t seed) : numbers_(seed) {}

  /// Returns a new secret of 32 letters and digits.
  std::string make(std::string_view name);
  /// What a scheme is given as a secret. Less than 8 bytes are not searched for.
  void add(std::string_view name, std::string_view value);

  /// Returns the name of a secret of which `text` has more than the last six characters that may be
  /// shown (`preview`); nothing if there is none.
  std::optional<std::string> find_in(std::string_view text) const;

 private:
  struct Known {
    std::string name;
    std::string value;
  };
  Numbers numbers_;
  std::vector<Known> known_;
};

}  // namespace pintle::conformance
