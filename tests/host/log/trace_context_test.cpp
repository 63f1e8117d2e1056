// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/trace_context.h>

namespace pintle {
namespace {

constexpr const char* kTraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

TEST(Traceparent, IsMadeValidAndEachTimeAnother) {
  const auto one = new_traceparent();
  EXPECT_THAT(one, testing::MatchesRegex("00-[0-9a-f]+-[0-9a-f]+-01"));
  EXPECT_EQ(one.size(), 55u);
  EXPECT_EQ(trace_id_of(one), one.substr(3, 32));
  EXPECT_NE(one.substr(3, 32), new_traceparent().substr(3, 32));
}

TEST(Traceparent, HasATraceId) {
  const std::string id = kTraceId;
  EXPECT_EQ(trace_id_of("00-" + id + "-00f067aa0ba902b7-01"), id);
  // A later version, with more behind it.
  EXPECT_EQ(trace_id_of("cc-" + id + "-00f067aa0ba902b7-01"), id);
  EXPECT_EQ(trace_id_of("cc-" + id + "-00f067aa0ba902b7-01-what.the.future.brings"), id);
}

TEST(Traceparent, IsInvalidIfAPartOfItIs) {
  const std::string id = kTraceId;
  const std::string zeros(32, '0');
  const std::string lines[] = {"",
                               "00",
                               id,
                               "00-" + id + "-00f067aa0ba902b7",
                               "00-" + id + "-00f067aa0ba902b7-01-more",
                               "00-" + id + "-00f067aa0ba902b7-01x",
                               "cc-" + id + "-00f067aa0ba902b7-01x",
                               "ff-" + id + "-00f067aa0ba902b7-01",
                               "0x-" + id + "-00f067aa0ba902b7-01",
                               "00-" + zeros + "-00f067aa0ba902b7-01",
                               "00-" + id + "-0000000000000000-01",
                               "00-" + id.substr(1) + "G-00f067aa0ba902b7-01",
                               "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                               "00-" + id + "_00f067aa0ba902b7-01",
                               "00-" + id + "-00f067aa0ba902b7-0z"};
  for (const auto& line : lines) EXPECT_EQ(trace_id_of(line), std::nullopt) << line;
}

}  // namespace
}  // namespace pintle
