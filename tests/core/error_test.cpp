// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

namespace pintle {
namespace {

std::string message_without(const std::string& message, std::string_view secret) {
  return Error(Layer::gate, message).without(secret).message();
}

TEST(Error, HidesASecretThatTheGatewayEchoed) {
  EXPECT_EQ(message_without("refused: s3cr3t-t0ken is not known", "s3cr3t-t0ken"),
            "refused: … is not known");
  EXPECT_EQ(message_without("s3cr3t s3cr3t", "s3cr3t"), "… …");
  EXPECT_EQ(Error(Layer::gate, "x").with_hint("try s3cr3t").without("s3cr3t").hint(), "try …");
}

TEST(Error, HidesASecretWhoseEchoWasCut) {
  EXPECT_EQ(message_without("refused: Cookie: a=s3cr3t-t…", "s3cr3t-t0ken"),
            "refused: Cookie: a=…");
  EXPECT_EQ(message_without("(s3cr…) and s3cr3t-t0k…", "s3cr3t-t0ken"), "(…) and …");
  EXPECT_EQ(message_without("s3c…", "s3cr3t-t0ken"), "s3c…");
}

TEST(Error, AsksToWaitForOneDayAtMost) {
  const auto wait_of = [](std::int64_t given) {
    return Error(Layer::gate, "x").with_retry_after_ms(given).retry_after_ms();
  };
  EXPECT_EQ(wait_of(1'500), 1'500);
  EXPECT_EQ(wait_of(std::numeric_limits<std::int64_t>::max()), 86'400'000);
  EXPECT_EQ(wait_of(std::numeric_limits<std::int64_t>::min()), 0);
}

TEST(Error, LeavesWordsAlone) {
  EXPECT_EQ(message_without("a cat sat", "cat"), "a cat sat");
  EXPECT_EQ(message_without("cut here…", "token"), "cut here…");
  EXPECT_EQ(message_without("…", "token"), "…");
  EXPECT_EQ(message_without("nothing", ""), "nothing");
}

}  // namespace
}  // namespace pintle
