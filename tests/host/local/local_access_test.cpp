// SPDX-License-Identifier: Apache-2.0
#include "local/local_access.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace pintle::local {
namespace {

using Verdict = LocalAccess::Verdict;
using Fields = std::vector<std::pair<std::string, std::string>>;

LocalAccess access_with(bool open) {
  LocalAccessRules rules;
  rules.token = Secret("right");
  rules.open = open;
  rules.authorities = authorities_of("127.0.0.1", 8080);
  rules.cookie_name = "pintle_8080";
  rules.header_name = "X-Hermes-Session-Token";
  rules.query_name = "token";
  return LocalAccess(std::move(rules));
}

Verdict check(const LocalAccess& access, const Fields& fields, std::string_view target = "/api/x",
              PeerUser user = PeerUser::ours) {
  Headers headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  return access.check({target, headers, user});
}

const std::pair<std::string, std::string> kHost{"Host", "127.0.0.1:8080"};
const std::pair<std::string, std::string> kToken{"X-Hermes-Session-Token", "right"};
const std::pair<std::string, std::string> kCookie{"Cookie", "a=b; pintle_8080=right"};

struct Case {
  std::string name;
  Fields fields;
  Verdict closed;  ///< With a token.
  Verdict open;
};

class LocalAccessTable : public testing::TestWithParam<Case> {};

TEST_P(LocalAccessTable, Decides) {
  EXPECT_EQ(check(access_with(false), GetParam().fields), GetParam().closed);
  EXPECT_EQ(check(access_with(true), GetParam().fields), GetParam().open);
}

constexpr auto kAllowed = Verdict::allowed;
constexpr auto kForeign = Verdict::foreign_origin;
constexpr auto kNoToken = Verdict::no_token;
constexpr auto kHostless = Verdict::wrong_host;

INSTANTIATE_TEST_SUITE_P(
    Requests, LocalAccessTable,
    testing::Values(
        Case{"Bare", {kHost}, kNoToken, kAllowed},
        Case{"Header", {kHost, kToken}, kAllowed, kAllowed},
        Case{"Bearer", {kHost, {"Authorization", "bearer right"}}, kAllowed, kAllowed},
        Case{"Basic", {kHost, {"Authorization", "Basic right"}}, kNoToken, kAllowed},
        Case{"WrongBearer", {kHost, {"Authorization", "Bearer righ"}}, kNoToken, kAllowed},
        Case{"TwoTokensOneWrong",
             {kHost, kToken, {"Authorization", "Bearer wrong"}},
             kNoToken,
             kAllowed},
        Case{"WrongTokenBesideTheCookie",
             {kHost, kCookie, {"X-Hermes-Session-Token", "wrong"}},
             kNoToken,
             kAllowed},
        Case{"Cookie", {kHost, kCookie}, kAllowed, kAllowed},
        Case{"CookieTwice",
             {kHost, {"Cookie", "pintle_8080=right; pintle_8080=right"}},
             kNoToken,
             kAllowed},
        Case{"CookieOfAnotherPort", {kHost, {"Cookie", "pintle_80=right"}}, kNoToken, kAllowed},
        Case{"Localhost", {{"Host", "LOCALHOST:8080"}, kToken}, kAllowed, kAllowed},
        Case{"NoHost", {kToken}, kHostless, kHostless},
        Case{"TwoHosts", {kHost, kHost, kToken}, kHostless, kHostless},
        Case{"Rebound", {{"Host", "evil.example:8080"}, kToken}, kHostless, kHostless},
        Case{"OtherPort", {{"Host", "127.0.0.1:80"}, kToken}, kHostless, kHostless},
        Case{"PageOfOurs",
             {kHost, kCookie, {"Origin", "http://127.0.0.1:8080"}},
             kAllowed,
             kAllowed},
        Case{"ForeignPage", {kHost, kToken, {"Origin", "http://evil.example"}}, kForeign, kForeign},
        Case{"PageOfAnotherPort",
             {kHost, kToken, {"Origin", "http://127.0.0.1:80"}},
             kForeign,
             kForeign},
        Case{"ForeignBesideOurs",
             {kHost,
              kToken,
              {"Origin", "http://127.0.0.1:8080"},
              {"Origin", "https://evil.example"}},
             kForeign,
             kForeign},
        Case{"SandboxedFrameWithCookie", {kHost, kCookie, {"Origin", "null"}}, kForeign, kForeign},
        Case{"DesktopAppWithToken", {kHost, kToken, {"Origin", "file://"}}, kAllowed, kForeign},
        Case{"ImageOfAForeignPage",
             {kHost, kCookie, {"Sec-Fetch-Site", "cross-site"}},
             kForeign,
             kForeign},
        Case{"TypedAddress", {kHost, kCookie, {"Sec-Fetch-Site", "none"}}, kAllowed, kAllowed},
        Case{"OldBrowserOnAForeignPage",
             {kHost, kCookie, {"Referer", "https://evil.example/a"}},
             kForeign,
             kForeign},
        Case{"OldBrowserOnOurPage",
             {kHost, kCookie, {"Referer", "http://127.0.0.1:8080/a"}},
             kAllowed,
             kAllowed},
        Case{"RefererThatBeginsLikeOurs",
             {kHost, kCookie, {"Referer", "http://127.0.0.1:8080.evil.example/"}},
             kForeign,
             kForeign}),
    [](const auto& param) { return param.param.name; });

TEST(LocalAccess, TakesTheTokenFromTheQueryOnce) {
  const auto access = access_with(false);
  EXPECT_EQ(check(access, {kHost}, "/api/ws?token=right"), kAllowed);
  EXPECT_EQ(check(access, {kHost}, "/api/ws?a=1&token=righ%74"), kAllowed);
  EXPECT_EQ(check(access, {kHost}, "/api/ws?token=right&token=right"), kNoToken);
  EXPECT_EQ(check(access, {kHost}, "/api/ws?xtoken=right"), kNoToken);
  EXPECT_EQ(check(access, {kHost}, "/api/ws?token="), kNoToken);
  EXPECT_EQ(check(access, {kHost}, "/token=right"), kNoToken);
}

TEST(LocalAccess, RefusesOtherUsers) {
  for (const bool open : {false, true}) {
    EXPECT_EQ(check(access_with(open), {kHost, kToken}, "/", PeerUser::other), Verdict::other_user);
    EXPECT_EQ(check(access_with(open), {kHost, kToken}, "/", PeerUser::root), kAllowed);
  }
  EXPECT_EQ(check(access_with(false), {kHost, kToken}, "/", PeerUser::unknown), kAllowed);
  EXPECT_EQ(check(access_with(true), {kHost}, "/", PeerUser::unknown), Verdict::other_user);
}

TEST(LocalAccess, AUnixSocketTakesAnyHost) {
  LocalAccessRules rules;
  rules.open = true;
  const LocalAccess access(std::move(rules));
  EXPECT_EQ(check(access, {{"Host", "gateway"}}), kAllowed);
  EXPECT_EQ(check(access, {{"Origin", "http://evil.example"}}), kForeign);
}

TEST(LocalAccess, AnEmptyTokenOpensNothing) {
  LocalAccessRules rules;
  rules.authorities = {"h"};
  const LocalAccess access(std::move(rules));
  EXPECT_EQ(check(access, {{"Host", "h"}, {"Authorization", "Bearer "}}), kNoToken);
}

TEST(LocalAccess, NamesTheAuthorities) {
  EXPECT_EQ(authorities_of("127.0.0.1", 8080),
            (std::vector<std::string>{"127.0.0.1:8080", "localhost:8080"}));
  EXPECT_EQ(authorities_of("::1", 8080),
            (std::vector<std::string>{"[::1]:8080", "localhost:8080"}));
}

TEST(LocalAccess, KnowsItsHostWithoutTheDefaultPort) {
  EXPECT_EQ(authorities_of("127.0.0.1", 80),
            (std::vector<std::string>{"127.0.0.1:80", "localhost:80", "127.0.0.1", "localhost"}));
  EXPECT_EQ(authorities_of("::1", 80),
            (std::vector<std::string>{"[::1]:80", "localhost:80", "[::1]", "localhost"}));
}

TEST(LocalToken, IsNewEachTime) {
  const auto a = new_local_token();
  EXPECT_EQ(a.size(), 43U);
  EXPECT_FALSE(a.equals(new_local_token()));
  EXPECT_EQ(a.reveal().find_first_of("+/="), std::string_view::npos);
}

}  // namespace
}  // namespace pintle::local
