// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <gtest/gtest.h>

#include <pintle/core/base/backoff.h>
#include <pintle/core/base/error.h>

namespace pintle {
namespace {

constexpr auto kMax = std::numeric_limits<std::int64_t>::max();

// Random bits for the shortest wait, and for the longest one of `whole` with full jitter.
constexpr std::uint64_t kLeast = 0;
constexpr std::uint64_t max_of(std::uint64_t whole) { return whole; }

TEST(Backoff, DoublesUpToItsCap) {
  Backoff backoff({.jitter = Backoff::Jitter::full});
  for (const int whole : {250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000}) {
    EXPECT_EQ(backoff.next_delay_ms(max_of(static_cast<std::uint64_t>(whole))), whole);
  }
  backoff.reset();
  EXPECT_EQ(backoff.next_delay_ms(max_of(250)), 250);
}

TEST(Backoff, StaysWithinItsJitterForAnyRandomBits) {
  std::uint64_t random = 0x9e3779b97f4a7c15u;
  for (const auto jitter : {Backoff::Jitter::full, Backoff::Jitter::equal}) {
    for (int i = 0; i < 2000; ++i) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      Backoff backoff({.first_ms = 101, .cap_ms = 1000, .factor = 3, .jitter = jitter});
      const auto min_delay = jitter == Backoff::Jitter::full ? 0 : 50;
      const auto delay = backoff.next_delay_ms(random);
      EXPECT_GE(delay, min_delay);
      EXPECT_LE(delay, 101);
    }
  }
  Backoff equal;
  EXPECT_EQ(equal.next_delay_ms(kLeast), 125);
  EXPECT_EQ(equal.next_delay_ms(kLeast), 250);
}

TEST(Backoff, WaitsAtLeastAsLongAsItIsAsked) {
  Backoff backoff;
  EXPECT_EQ(backoff.next_delay_ms(kLeast, 90'000), 90'000);
  EXPECT_EQ(backoff.next_delay_ms(kLeast, 1), 250);
  EXPECT_EQ(backoff.next_delay_ms(kLeast, -5), 500);
}

TEST(Backoff, NeverOverflows) {
  Backoff backoff({.first_ms = 1, .cap_ms = kMax, .factor = kMax, .jitter = Backoff::Jitter::full});
  for (int i = 0; i < 5; ++i) {
    const auto delay = backoff.next_delay_ms(std::numeric_limits<std::uint64_t>::max());
    EXPECT_GE(delay, 0);
  }
  EXPECT_EQ(backoff.next_delay_ms(static_cast<std::uint64_t>(kMax)), kMax);
}

TEST(Backoff, RefusesOptionsThatMakeNoSense) {
  for (const auto& options : {Backoff::Options{.first_ms = 0}, Backoff::Options{.first_ms = 40'000},
                              Backoff::Options{.factor = 0}, Backoff::Options{.cap_ms = -1}}) {
    EXPECT_THROW(Backoff{options}, Error);
  }
}

}  // namespace
}  // namespace pintle
