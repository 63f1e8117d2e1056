// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/loading/front_rules.h>

namespace pintle::loading {
namespace {

HttpResponse response(int status, const char* name = "", const char* value = "",
                      std::string body = {}) {
  HttpResponse made{.status = status, .body = std::move(body)};
  if (*name != '\0') made.headers.add(name, value);
  return made;
}

bool matches(const char* answer, const HttpResponse& given) {
  const auto rules = parse_front_rules("{\"answers\": [" + std::string(answer) + "]}");
  // What is written says the same.
  EXPECT_EQ(parse_front_rules(to_json(rules)), rules);
  return rules.match(given, GatewayUrl::parse("https://gateway.example/hermes"));
}

TEST(FrontRules, MatchByStatusAndHeader) {
  constexpr auto kBasic =
      R"({"status": 401, "header": {"name": "WWW-Authenticate", "prefix": "Basic"}})";
  EXPECT_TRUE(matches(kBasic, response(401, "www-authenticate", "basic realm=\"x\"")));
  EXPECT_FALSE(matches(kBasic, response(401, "www-authenticate", "Bearer")));
  EXPECT_FALSE(matches(kBasic, response(403, "www-authenticate", "Basic")));
  EXPECT_FALSE(matches(kBasic, response(401)));
  EXPECT_TRUE(matches(R"({"status": [401, 403]})", response(403)));
  EXPECT_TRUE(matches(R"({"header": {"name": "X-Door"}})", response(200, "X-Door", "")));
}

TEST(FrontRules, MatchByTheHostOfARedirect) {
  constexpr auto kRule = R"({"redirect_host": "cloudflareaccess.com"})";
  const auto leads = [&](const char* to, int status = 302) {
    return matches(kRule, response(status, "Location", to));
  };
  EXPECT_TRUE(leads("https://team.CloudflareAccess.com/cdn-cgi/access/login?x=1"));
  EXPECT_TRUE(leads("//cloudflareaccess.com/"));
  EXPECT_FALSE(leads("https://cloudflareaccess.com.evil.example/"));
  EXPECT_FALSE(leads("https://notcloudflareaccess.com/"));
  EXPECT_FALSE(leads("https://team.cloudflareaccess.com/", 200));
  EXPECT_FALSE(leads("/login?to=https://team.cloudflareaccess.com/"));
}

TEST(FrontRules, MatchARedirectToAnyOtherOrigin) {
  constexpr auto kRule = R"({"status": [302, 303], "redirect_host": "*"})";
  const auto leads = [&](const char* to) { return matches(kRule, response(302, "Location", to)); };
  EXPECT_TRUE(leads("https://login.example/"));
  EXPECT_TRUE(leads("https://gateway.example:8443/"));
  EXPECT_FALSE(leads("https://gateway.example/login"));
  EXPECT_FALSE(leads("/login"));
  EXPECT_FALSE(leads(""));
}

TEST(FrontRules, MatchByAMarkInThePage) {
  constexpr auto kRule = R"({"status": 403, "body": "/OAuth2/start"})";
  EXPECT_TRUE(matches(kRule, response(403, "", "", "<form action=\"/oauth2/START\">")));
  EXPECT_FALSE(matches(kRule, response(403, "", "", "<p>no</p>")));
  const auto rules = parse_front_rules("{\"answers\": [" + std::string(kRule) + "]}");
  EXPECT_TRUE(rules.may_match(response(403), GatewayUrl::parse("https://gateway.example")));
}

TEST(FrontRules, RefuseWhatTheyDoNotKnow) {
  for (const auto* json :
       {"", "[]", R"({"answer": []})", R"({"answers": [{}]})", R"({"answers": [{"status": 99}]})",
        R"({"answers": [{"status": []}]})", R"({"answers": [{"stat": 401}]})",
        R"({"answers": [{"body": ""}]})", R"({"answers": [{"header": {"prefix": "x"}}]})",
        R"({"answers": [{"header": {"name": "a b"}}]})"}) {
    EXPECT_THROW(parse_front_rules(json), Error) << json;
  }
  EXPECT_TRUE(parse_front_rules(R"({"answers": []})").answers.empty());
}

}  // namespace
}  // namespace pintle::loading
