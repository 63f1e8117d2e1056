// SPDX-License-Identifier: Apache-2.0
//
// A fuzz target: a function that checks a parser on any bytes, and inputs to start with.
//
// Each target's file is compiled twice: into fuzz-test, which damages the seeds at random for part
// of a second, and with PINTLE_LIBFUZZER into a program of its own (docs/fuzzing.md).

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/http/headers.h>

namespace pintle::fuzz {

using Random = std::minstd_rand;

struct Target {
  /// Aborts by `require` if the parser violates its contract on these bytes.
  void (*check)(std::string_view input);
  /// Valid inputs, and every input that once found a fault.
  std::vector<std::string> seeds;
  /// What a mutation inserts, because chance would not: keywords, limits, significant characters.
  std::vector<std::string> words{};
  /// Returns another valid input; for formats that random bytes do not reach.
  std::string (*make)(Random& random) = nullptr;
  /// In the ordinary suite.
  int rounds = 2000;
};

/// Aborts with `what` and both texts, so that libFuzzer keeps the input.
[[noreturn]] void fail(std::string_view what, std::string_view a = {}, std::string_view b = {});

inline void require(bool holds, std::string_view what, std::string_view a = {},
                    std::string_view b = {}) {
  if (!holds) fail(what, a, b);
}
inline void require_same(std::string_view a, std::string_view b, std::string_view what) {
  if (a != b) fail(what, a, b);
}

/// Requires an error to have a message: one line of UTF-8 without control characters.
void require_good(const Error& error);

/// Returns true if `text` has no control character (a tab is one), no DEL and only UTF-8.
bool is_one_line(std::string_view text);

/// Returns `text` with each letter and digit replaced by another one: a secret of the same shape.
/// An error must not depend on it.
std::string other_secret(std::string_view text);

/// A copy in a block of exactly its size, so that AddressSanitizer detects a read after its end.
class Block {
 public:
  explicit Block(std::string_view text)
      : bytes_(std::make_unique<char[]>(text.size())), size_(text.size()) {
    text.copy(bytes_.get(), size_);
  }
  std::string_view view() const { return {bytes_.get(), size_}; }
  char* data() { return bytes_.get(); }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

/// Parses an input from its front.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes.empty() ? "" : bytes) {}

  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  /// 0 at the end.
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  /// Returns the text up to the next line feed, which is dropped.
  std::string_view line() {
    const auto end = rest_.find('\n');
    const auto taken = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return taken;
  }
  /// Returns the lines "Name: value" up to an empty one; omits invalid headers.
  Headers headers();

 private:
  std::string_view rest_;
};

/// Runs one input, which a failure then prints.
void run_one(const Target& target, std::string_view input);
/// Runs the seeds and `rounds` damaged ones. Prints its random seed; PINTLE_FUZZ_SEED repeats it.
void run_rounds(const Target& target);

}  // namespace pintle::fuzz

// PINTLE_FUZZ_TARGET(UrlFuzz, WhatIsAcceptedReadsBackTheSame, target()) at the end of a file,
// outside of all namespaces.
#ifdef PINTLE_LIBFUZZER
namespace pintle::fuzz {
const Target& only_target();
}
#define PINTLE_FUZZ_TARGET(suite, name, expression)         \
  const pintle::fuzz::Target& pintle::fuzz::only_target() { \
    static const Target target = expression;                \
    return target;                                          \
  }
#else
#include <gtest/gtest.h>
#define PINTLE_FUZZ_TARGET(suite, name, expression) \
  TEST(suite, name) { pintle::fuzz::run_rounds(expression); }
#endif
