// SPDX-License-Identifier: Apache-2.0
#include "wall_cookies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

namespace pintle::front {
namespace {

constexpr std::int64_t kNow = 1'000'000;

TEST(WallCookies, AreSentAsTheyCame) {
  const auto cookies =
      WallCookies::parse_field("Cookie: _oauth2_proxy_0=a|b; _oauth2_proxy_1=\"c d\"\n");
  EXPECT_EQ(cookies.field(kNow).reveal(), "_oauth2_proxy_0=a|b; _oauth2_proxy_1=\"c d\"");
  EXPECT_EQ(WallCookies::parse(cookies.bytes().reveal()).field(kNow).reveal(),
            cookies.field(kNow).reveal());
}

TEST(WallCookies, RefuseWhatIsNoCookieField) {
  for (const auto* field : {"", "sesame", "=1", "; ;"}) {
    EXPECT_THROW(WallCookies::parse_field(field), Error) << field;
  }
}

TEST(WallCookies, TakeANewValueAndAnotherChunk) {
  auto cookies = WallCookies::parse_field("wall_0=a; wall_1=b");
  EXPECT_TRUE(cookies.take_set_cookie("wall_0=A; Path=/", kNow));
  EXPECT_TRUE(cookies.take_set_cookie("wall_2=c; Max-Age=60", kNow));
  EXPECT_FALSE(cookies.take_set_cookie("wall_0=A; Path=/", kNow));
  EXPECT_EQ(cookies.field(kNow).reveal(), "wall_0=A; wall_1=b; wall_2=c");
  EXPECT_EQ(cookies.field(kNow + 60'000).reveal(), "wall_0=A; wall_1=b");
}

TEST(WallCookies, LeaveTheGatewaysOwnCookiesAlone) {
  auto cookies = WallCookies::parse_field("wall_0=a");
  EXPECT_FALSE(cookies.take_set_cookie("hermes_session_at=secret; Path=/", kNow));
  EXPECT_EQ(cookies.field(kNow).reveal(), "wall_0=a");
}

TEST(WallCookies, ForgetADeletedOne) {
  auto cookies = WallCookies::parse_field("wall_0=a; wall_1=b");
  EXPECT_TRUE(cookies.take_set_cookie("wall_1=; Max-Age=0", kNow));
  EXPECT_TRUE(cookies.take_set_cookie("wall_0=x; Expires=Thu, 01 Jan 1970 00:00:01 GMT",
                                      1'700'000'000'000));
  EXPECT_TRUE(cookies.empty());
}

TEST(WallCookies, AreNoneIfTheirBytesAreDamaged) {
  for (const auto* bytes : {"", "cookies 2\n0 a=1\n", "cookies 1\nx a=1\n", "cookies 1\n0 =1\n"}) {
    EXPECT_TRUE(WallCookies::parse(bytes).empty()) << bytes;
  }
}

}  // namespace
}  // namespace pintle::front
