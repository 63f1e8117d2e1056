// SPDX-License-Identifier: Apache-2.0
#include "wall_cookies.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>

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

TEST(WallCookies, LeaveOutTheSessionOfTheGateway) {
  auto cookies = WallCookies::parse_field(
      "wall=a; hermes_session_at=x; __Host-hermes_session_rt=y; __host-Hermes_Session_pkce=z");
  EXPECT_EQ(cookies.names(), "wall");
  EXPECT_THROW(WallCookies::parse_field("hermes_session_at=x"), Error);
  EXPECT_FALSE(cookies.add({"__Secure-hermes_session_at", Secret("x")}));
  EXPECT_EQ(WallCookies::parse("cookies 1\n0 hermes_session_at=x\n0 wall=a\n").names(), "wall");
}

TEST(WallCookies, ThatWereAddedAreReadAgain) {
  WallCookies cookies;
  std::string field;
  for (int i = 0; i < 200; ++i) {
    const auto name = "c" + std::to_string(i) + "x";
    cookies.add({name, Secret("v")});
    field += name + "=v; ";
  }
  EXPECT_FALSE(cookies.field(kNow).empty());
  EXPECT_EQ(WallCookies::parse(cookies.bytes().reveal()).names(), cookies.names());
  try {
    WallCookies::parse_field(field);
    FAIL() << "too many were taken";
  } catch (const Error& error) {
    EXPECT_THAT(error.message(), testing::HasSubstr("more than 128 cookies"));
  }
}

TEST(WallCookies, GrowToALimit) {
  auto cookies = WallCookies::parse_field("wall_0=a");
  const std::string chunk(4'000, 'x');
  for (int i = 1; i < 50; ++i) {
    cookies.take_set_cookie("wall_" + std::to_string(i) + "=" + chunk, kNow);
  }
  EXPECT_FALSE(cookies.take_set_cookie("wall_0=" + chunk + chunk, kNow));
  EXPECT_TRUE(cookies.take_set_cookie("wall_0=b", kNow));
  EXPECT_LT(cookies.field(kNow).size(), 33U * 1024);
}

TEST(WallCookies, KeepALifeWithoutEnd) {
  auto cookies = WallCookies::parse_field("wall=a");
  EXPECT_TRUE(cookies.take_set_cookie("wall=b; Max-Age=9223372036854775807", kNow));
  EXPECT_EQ(cookies.field(kNow).reveal(), "wall=b");
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
