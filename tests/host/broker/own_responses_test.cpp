// SPDX-License-Identifier: Apache-2.0
//
// The responses that the broker makes itself.

#include "broker/own_responses.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

namespace pintle::broker {
namespace {

TEST(BrokerFailure, AsksToWaitForWholeSeconds) {
  const auto wait_of = [](std::int64_t milliseconds) {
    return std::string(failure(Error(Layer::gate, "x").with_retry_after_ms(milliseconds), "")
                           .headers.get("Retry-After"));
  };
  EXPECT_EQ(wait_of(1'001), "2");
  EXPECT_EQ(wait_of(std::numeric_limits<std::int64_t>::max()), "86400");
  EXPECT_EQ(wait_of(-1), "");
}

}  // namespace
}  // namespace pintle::broker
