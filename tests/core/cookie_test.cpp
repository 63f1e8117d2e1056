// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/http/cookie.h>

namespace pintle {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing::Not;

TEST(SetCookie, KeepsNameAndValueAsTheyCame) {
  const struct {
    const char* field;
    const char* name;
    const char* value;
  } kTable[] = {
      {"SID=31d4d96e407aad42", "SID", "31d4d96e407aad42"},
      {"SID=31d4d96e407aad42; Path=/; Secure", "SID", "31d4d96e407aad42"},
      {R"(hermes_session_rt="eyJ8pRg=="; HttpOnly)", "hermes_session_rt", R"("eyJ8pRg==")"},
      {"a=b=c", "a", "b=c"},
      {"a=", "a", ""},
      {" \ta \t=\t b c \t; x", "a", "b c"},
      {"a=\"b", "a", "\"b"},
      {"a=b\t c", "a", "b\t c"},
      {"n\xc3\xa9=\xff\xfe", "n\xc3\xa9", "\xff\xfe"},
      {"a=b,c=d", "a", "b,c=d"},
      {"a=%20;", "a", "%20"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.field);
    const auto said = parse_set_cookie(row.field);
    ASSERT_TRUE(said.has_value());
    EXPECT_EQ(said->name, row.name);
    EXPECT_EQ(said->value.reveal(), row.value);
  }
}

TEST(SetCookie, IgnoresAFieldThatIsNone) {
  for (const std::string& field : {""s, ";"s, "a"s, "=b"s, " =b"s, "a; b=c"s, "Secure; a=b"s,
                                   "a=b\r\nX: y"s, "a=b\0c"s, "a=b; Path=/\x7f"s, "\x01=b"s}) {
    EXPECT_FALSE(parse_set_cookie(field).has_value()) << testing::PrintToString(field);
  }
}

TEST(SetCookie, ReadsAttributesInAnyCaseAndOrder) {
  const auto said = parse_set_cookie(
      "a=b; sAmEsItE=LAX; PATH=/hermes ;domain=.Example.COM; httponly; SECURE=x;max-age=60;"
      " Expires=Wed, 09 Jun 2021 10:18:14 GMT; Priority=High; ;=");
  ASSERT_TRUE(said.has_value());
  EXPECT_EQ(said->same_site, SameSite::lax);
  EXPECT_EQ(said->path, "/hermes");
  EXPECT_EQ(said->domain, "example.com");
  EXPECT_TRUE(said->http_only);
  EXPECT_TRUE(said->secure);
  EXPECT_EQ(said->max_age_s, 60);
  EXPECT_EQ(said->expires_ms, 1623233894000);
}

TEST(SetCookie, LetsTheLastOfAnAttributeCountAndLeavesWhatItCannotRead) {
  const auto said = parse_set_cookie(
      "a=b; Path=/x; Path=relative; Domain=a.example; Domain=; SameSite=Strict; SameSite=odd;"
      " Max-Age=5; Max-Age=1.5; Expires=Wed, 09 Jun 2021 10:18:14 GMT; Expires=tomorrow");
  ASSERT_TRUE(said.has_value());
  EXPECT_EQ(said->path, "");
  EXPECT_EQ(said->domain, "a.example");
  EXPECT_EQ(said->same_site, SameSite::unset);
  EXPECT_EQ(said->max_age_s, 5);
  EXPECT_EQ(said->expires_ms, 1623233894000);
  const auto wide = parse_set_cookie("a=b; Path=/" + std::string(kMaxCookieAttributeBytes, 'x'));
  EXPECT_EQ(wide->path, "");
}

TEST(SetCookie, ReadsMaxAge) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  const struct {
    const char* text;
    std::optional<std::int64_t> seconds;
  } kTable[] = {
      {"0", 0},
      {"-1", -1},
      {"007", 7},
      {"99999999999999999999999", kMax},
      {"", std::nullopt},
      {"-", std::nullopt},
      {"+5", std::nullopt},
      {"5s", std::nullopt},
      {"-99999999999999999999999", 0},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(parse_set_cookie("a=b; Max-Age="s + row.text)->max_age_s, row.seconds);
  }
}

TEST(CookieRules, MatchDomains) {
  const struct {
    const char* host;
    const char* domain;
    bool matches;
  } kTable[] = {
      {"example.com", "example.com", true},
      {"www.example.com", "example.com", true},
      {"a.b.example.com", "example.com", true},
      {"example.com", "www.example.com", false},
      {"badexample.com", "example.com", false},
      {"example.com", "com", true},
      {"example.com", "", false},
      {"127.0.0.1", "0.0.1", false},
      {"127.0.0.1", "127.0.0.1", true},
      {"::1", "1", false},
  };
  for (const auto& row : kTable) {
    EXPECT_EQ(domain_matches(row.host, row.domain), row.matches) << row.host << " " << row.domain;
  }
}

TEST(CookieRules, MatchPaths) {
  const struct {
    const char* request;
    const char* cookie;
    bool matches;
  } kTable[] = {
      {"/", "/", true},     {"/a", "/", true},     {"/a", "/a", true},      {"/a/", "/a", true},
      {"/a/b", "/a", true}, {"/a/b", "/a/", true}, {"/ab", "/a", false},    {"/a", "/a/", false},
      {"/A", "/a", false},  {"/a?b", "/a", true},  {"/a?/b", "/a/", false}, {"/", "/a", false},
      {"/a", "", false},    {"", "/", false},
  };
  for (const auto& row : kTable) {
    EXPECT_EQ(path_matches(row.request, row.cookie), row.matches)
        << row.request << " " << row.cookie;
  }
}

TEST(CookieRules, GiveTheDefaultPath) {
  const struct {
    const char* request;
    const char* path;
  } kTable[] = {{"", "/"},         {"x", "/"},    {"/", "/"},         {"/x", "/"},
                {"/a/x", "/a"},    {"/a/", "/a"}, {"/a/b/x", "/a/b"}, {"/x?/a/b", "/"},
                {"/a/x#/b", "/a"}, {"?x", "/"}};
  for (const auto& row : kTable) {
    EXPECT_EQ(default_cookie_path(row.request), row.path) << row.request;
  }
}

TEST(CookieRules, HoldAPrefixToItsPromise) {
  const struct {
    const char* name;
    bool secure;
    bool host_only;
    const char* path;
    bool kept;
  } kTable[] = {
      {"__Host-a", true, true, "/", true},     {"__Host-a", false, true, "/", false},
      {"__Host-a", true, false, "/", false},   {"__Host-a", true, true, "", false},
      {"__Host-a", true, true, "/a", false},   {"__hOSt-a", false, true, "/", false},
      {"__Secure-a", true, false, "/a", true}, {"__Secure-a", false, true, "/", false},
      {"__secure-a", false, true, "/", false}, {"a__Host-", false, false, "", true},
      {"__Host", false, false, "", true},
  };
  for (const auto& row : kTable) {
    EXPECT_EQ(satisfies_name_prefix(row.name, row.secure, row.host_only, row.path), row.kept)
        << row.name << " " << row.path;
  }
}

TEST(Cookie, DescribesItselfWithoutItsValue) {
  Cookie cookie;
  cookie.name = "hermes_session_at\x1b";
  cookie.value = Secret("hunter22");
  cookie.path = "/p";
  cookie.secure = cookie.http_only = true;
  cookie.same_site = SameSite::lax;
  cookie.expires_ms = 5000;
  EXPECT_EQ(cookie.describe(),
            "hermes_session_at\\x1b (8 bytes); Path=/p; Secure; HttpOnly; SameSite=lax; expires at "
            "5");
  EXPECT_THAT(testing::PrintToString(cookie), Not(HasSubstr("hunter22")));
}

TEST(Cookie, IsKnownByTheNameOfItsChunks) {
  for (const char* name : {"wall", "wall_1", "wall.12", "wall-0"}) {
    EXPECT_EQ(without_chunk(name), "wall") << name;
  }
  for (const char* name : {"", "7", "wall1", "wall_", "wall+1"}) {
    EXPECT_EQ(without_chunk(name), name);
  }
}

}  // namespace
}  // namespace pintle
