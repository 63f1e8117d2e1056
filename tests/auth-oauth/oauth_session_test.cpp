// SPDX-License-Identifier: Apache-2.0
//
// The serialized session: what is stored, and how invalid bytes are read.

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oauth_driver.h"

namespace pintle::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

std::string cookie_bytes() {
  TestProbe probe;
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  sign_in_with_cookies(driver);
  return driver.session();
}
std::string bearer_bytes() {
  auto probe = native_probe();
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  sign_in_with_bearer(driver);
  return driver.session();
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(OAuthSession, OfCookiesIsReadBackAsItWas) {
  SchemeDriver driver(oauth_scheme(), cookie_bytes());
  ASSERT_EQ(driver.code, PINTLE_OK);
  ASSERT_EQ(driver.decorate(PINTLE_REQUEST_REST, "/auth/logout"), PINTLE_OK)
      << driver.error.message;
  EXPECT_EQ(header_of(driver.headers, "Cookie"),
            "__Secure-hermes_session_at=AT1; __Secure-hermes_session_rt=RT1");
  EXPECT_EQ(driver.session(), cookie_bytes());
  EXPECT_EQ(header_of(driver.describe(), "user"), "ada");
}

TEST(OAuthSession, OfABearerIsReadBackAsItWas) {
  SchemeDriver driver(oauth_scheme(), bearer_bytes());
  ASSERT_EQ(driver.decorate(), PINTLE_OK) << driver.error.message;
  EXPECT_EQ(header_of(driver.headers, "Authorization"), "Bearer AT1");
  EXPECT_EQ(driver.session(), bearer_bytes());
  driver.now_ms += 901'000;
  driver.begin(PINTLE_REFRESH);
  EXPECT_EQ(text(driver.step.http_body), R"({"refresh_token":"RT1","provider":"basic"})");
}

TEST(OAuthSession, IsNothingWhereNobodySignedIn) {
  SchemeDriver driver(oauth_scheme());
  EXPECT_EQ(driver.session(), "");
  EXPECT_TRUE(driver.describe().empty());
  EXPECT_EQ(driver.decorate(), PINTLE_LAYER_GATE);
  EXPECT_TRUE(needs_sign_in(driver));
  EXPECT_EQ(driver.begin(PINTLE_REFRESH), PINTLE_OK);
  EXPECT_TRUE(needs(driver, PINTLE_NEED_DONE));
  EXPECT_EQ(driver.begin(PINTLE_SIGN_OUT), PINTLE_OK);
  EXPECT_EQ(text(driver.step.message), "");
}

TEST(OAuthSession, ThatCannotBeUsedSaysWhyAndLeavesTheWayToASignInOpen) {
  struct Row {
    std::string bytes;
    const char* why;
  };
  const Row rows[] = {
      {"not json", "damaged"},
      {"[]", "damaged"},
      {"{}", "version"},
      {std::string("\0\0\0", 3), "damaged"},
      {replaced(cookie_bytes(), "\"version\":1", "\"version\":2"), "another version"},
      {replaced(cookie_bytes(), "gateway.example", "elsewhere.example"), "does not belong"},
      {replaced(cookie_bytes(), "\"kind\":\"cookies\"", "\"kind\":\"smoke\""), "unknown kind"},
      {replaced(cookie_bytes(), "\"kind\":\"cookies\"", "\"kind\":\"bearer\""), "no token"},
      {replaced(cookie_bytes(), "\"secure\":true", "\"secure\":7"), "cookies"},
      {replaced(bearer_bytes(), "\"kind\":\"bearer\"", "\"kind\":\"cookies\""), "no cookies"},
      {replaced(bearer_bytes(), "AT1", "A\\nT"), "header"},
      {replaced(bearer_bytes(), "\"AT1\"", "7"), "no token"},
      {replaced(bearer_bytes(), "\"refresh_at_ms\":", "\"refresh_at_ms\":-"), "no valid expiry"},
      {std::string(2'000'000, 'x'), "damaged"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.bytes.substr(0, 60));
    TestProbe probe;
    SchemeDriver driver(oauth_scheme(), row.bytes, probe.get());
    ASSERT_EQ(driver.code, PINTLE_OK);
    EXPECT_EQ(driver.decorate(), PINTLE_LAYER_SESSION);
    EXPECT_THAT(driver.error.message, HasSubstr("cannot be used"));
    EXPECT_THAT(driver.error.message, HasSubstr(row.why));
    EXPECT_TRUE(needs_sign_in(driver));
    sign_in_with_cookies(driver);
    EXPECT_EQ(driver.decorate(), PINTLE_OK);
  }
}

TEST(OAuthSession, ThatIsDamagedAnywhereIsReadOrRefusedAndNeverMore) {
  std::mt19937 random(4711);  // NOLINT(cert-msc51-cpp): the same damage every time
  for (const auto& whole : {cookie_bytes(), bearer_bytes()}) {
    for (int i = 0; i < 2000; ++i) {
      SCOPED_TRACE(i);
      auto bytes = whole;
      const auto at = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.resize(at);
          break;
        default:
          bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 20));
      }
      SchemeDriver driver(oauth_scheme(), bytes);
      ASSERT_EQ(driver.code, PINTLE_OK);
      EXPECT_THAT(driver.decorate(), AnyOf(PINTLE_OK, PINTLE_LAYER_SESSION, PINTLE_LAYER_GATE));
    }
  }
}

}  // namespace
}  // namespace pintle::test
