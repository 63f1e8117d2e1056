// SPDX-License-Identifier: Apache-2.0
//
// Signing in with a password: what stays at the gateway, and what is stored here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oauth_driver.h"
#include "wire/pkce.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint32_t kAsk = PINTLE_MAY_ASK;
constexpr const char* kWrong = R"({"detail":"Invalid credentials"})";
const Fields kBegun = {{"Location", "/hermes/login?provider=basic"},
                       {"Set-Cookie", "hermes_session_pkce=begun; Path=/hermes"}};

TestProbe newest_probe() {
  return {.providers = {"basic", "nous"},
          .password_providers = {"basic"},
          .flows = {"cookie", "native_pkce"}};
}

void type_password(SchemeDriver& driver) {
  ASSERT_TRUE(needs(driver, PINTLE_NEED_INPUT)) << driver.error.message;
  driver.answer_fields({{"username", "ada"}, {"password", "open sesame"}}, "typed");
}

TEST(OAuthPassword, GivesCookiesOfAnOlderGateway) {
  Begun begun({}, "password");
  auto& driver = begun.driver;
  answer_password(driver);
  EXPECT_EQ(header_of(driver.step, "Content-Type"), "application/json");
  EXPECT_EQ(header_of(driver.step, "Cookie"), "");
  driver.answer_http(200, R"({"ok":true,"next":"/"})", pair_of("AT1", "RT1"));
  ASSERT_TRUE(is_request(driver, "GET", "/api/auth/me"));
  EXPECT_TRUE(driver.step.flags & PINTLE_STEP_SESSION_CHANGED) << "stored before it is used";
  EXPECT_THAT(header_of(driver.step, "Cookie"), HasSubstr("AT1"));
}

TEST(OAuthPassword, GivesABearerWithoutABrowserWhereNativeSignInIsServed) {
  Begun begun(native_probe(), "password");
  auto& driver = begun.driver;
  answer_password(driver);
  ASSERT_TRUE(is_request(driver, "GET", "/auth/native/authorize"));
  const auto url = text(driver.step.http_url);
  EXPECT_EQ(parameter(url, "provider"), "basic");
  EXPECT_EQ(parameter(url, "code_challenge_method"), "S256");
  EXPECT_EQ(parameter(url, "redirect_uri"), "http%3A%2F%2F127.0.0.1%3A49152%2Fcallback");
  EXPECT_EQ(header_of(driver.step, "Cookie"), "");
  driver.answer_http(302, "",
                     {{"Location", "/hermes/login"},
                      {"Set-Cookie", "hermes_session_pkce=\"be==gun\"; Path=/hermes"}});
  ASSERT_TRUE(is_request(driver, "POST", "/auth/password-login"));
  EXPECT_EQ(header_of(driver.step, "Cookie"), "hermes_session_pkce=\"be==gun\"");
  driver.answer_http(200,
                     R"({"ok":true,"next":"http://127.0.0.1:49152/callback?code=C%2B1&state=)" +
                         parameter(url, "state") + "\"}");
  ASSERT_TRUE(is_request(driver, "POST", "/auth/native/token")) << driver.error.message;
  EXPECT_EQ(header_of(driver.step, "Cookie"), "");
  const auto body = text(driver.step.http_body);
  EXPECT_THAT(body, HasSubstr(R"("code":"C+1")"));
  const auto verifier = body.substr(body.size() - 45, 43);
  EXPECT_EQ(oauth::challenge_of(verifier), parameter(url, "code_challenge"));
  driver.answer_http(200, tokens("AT1", "RT1", driver.now_ms / 1000 + 900), kJson);
  driver.answer_http(200, kMe, kJson);
  ASSERT_TRUE(needs(driver, PINTLE_NEED_DONE));
  EXPECT_EQ(header_of(driver.describe(), "credential"), "bearer");
}

TEST(OAuthPassword, FallsBackToCookiesWhereNativeSignInServesNone) {
  struct Row {
    int status;
    Fields headers;
    const char* body;
  };
  const Row rows[] = {{404, kJson, R"({"detail":"Unknown provider"})"},
                      {400, kJson, R"({"detail":"not for password providers"})"},
                      {400, kPage, "<html><h1>Sign-in failed</h1></html>"},
                      {503, kJson, kTooManyPending},
                      {405, kJson, R"({"detail":"Method Not Allowed"})"},
                      {422, kJson, R"({"detail":[]})"},
                      {302, {{"Location", "/hermes/login"}}, ""}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.status);
    Begun begun(native_probe(), "password");
    auto& driver = begun.driver;
    answer_password(driver);
    driver.answer_http(row.status, row.body, row.headers);
    ASSERT_TRUE(is_request(driver, "POST", "/auth/password-login")) << driver.error.message;
    EXPECT_EQ(header_of(driver.step, "Cookie"), "");
    driver.answer_http(200, R"({"ok":true,"next":"/"})", pair_of("AT1", "RT1"));
    driver.answer_http(200, kMe, kJson);
    EXPECT_EQ(header_of(driver.describe(), "credential"), "cookies");
  }
}

TEST(OAuthPassword, DoesNotFallBackWhereTheBeginningFailed) {
  struct Row {
    int status;
    Fields headers;
    const char* body;
    std::int32_t layer;
  };
  const Row rows[] = {
      {503, kJson, R"({"detail":"Auth provider 'basic' unreachable"})", PINTLE_LAYER_PROVIDER},
      {502, kPage, "<html>", PINTLE_LAYER_ACCESS_PROXY},
      {429, kJson, "{}", PINTLE_LAYER_RATE_LIMIT},
      {400, kJson, R"({"detail":"Invalid Host header"})", PINTLE_LAYER_HOST_GUARD},
      {302, {{"Location", "https://t.cloudflareaccess.com/"}}, "", PINTLE_LAYER_ACCESS_PROXY},
      {403, kPage, "<html>", PINTLE_LAYER_ACCESS_PROXY}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.status);
    Begun begun(native_probe(), "password");
    answer_password(begun.driver);
    begun.driver.answer_http(row.status, row.body, row.headers);
    EXPECT_EQ(begun.driver.code, row.layer) << begun.driver.error.message;
  }
}

TEST(OAuthPassword, TakesTheCookiesOfAGatewayThatPaidNoHeedToTheNativeBeginning) {
  Begun begun(native_probe(), "password");
  auto& driver = begun.driver;
  answer_password(driver);
  driver.answer_http(302, "", {{"Set-Cookie", "hermes_session_pkce=b; Path=/hermes"}});
  driver.answer_http(200, R"({"ok":true,"next":"/"})", pair_of("AT1", "RT1"));
  driver.answer_http(200, kMe, kJson);
  EXPECT_EQ(header_of(driver.describe(), "credential"), "cookies");
}

TEST(OAuthPassword, IsNotRepeatedIfTheGatewayRepeatsIt) {
  Begun begun(native_probe(), "password");
  answer_password(begun.driver);
  begun.driver.answer_http(302, "", {{"Location", "/hermes/login"}});
  begun.driver.answer_http(503, R"({"detail":"no login for ada with open sesame"})", kJson);
  EXPECT_THAT(begun.driver.error.message, Not(HasSubstr("open sesame")));
}

TEST(OAuthPassword, TellsWhyAPasswordWasNotTaken) {
  struct Row {
    int status;
    const char* body;
    std::int32_t layer;
    std::uint32_t flags;
    bool waits;
  };
  const Row rows[] = {
      {401, R"({"detail":"Invalid credentials"})", PINTLE_LAYER_GATE, PINTLE_ERROR_USER_ACTION,
       false},
      {404, R"({"detail":"Unknown provider"})", PINTLE_LAYER_GATE, PINTLE_ERROR_USER_ACTION, false},
      {429, R"({"detail":"Too many login attempts"})", PINTLE_LAYER_RATE_LIMIT, PINTLE_ERROR_RETRY,
       true},
      {503, R"({"detail":"Auth provider 'basic' unreachable"})", PINTLE_LAYER_PROVIDER,
       PINTLE_ERROR_RETRY, false},
      {500, R"({"detail":"broken"})", PINTLE_LAYER_PROTOCOL, PINTLE_ERROR_RETRY, false}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.status);
    Begun begun({}, "password");
    answer_password(begun.driver);
    begun.driver.answer_http(row.status, row.body, kJson);
    EXPECT_EQ(begun.driver.code, row.layer);
    EXPECT_TRUE(begun.driver.error.flags & row.flags);
    EXPECT_EQ(begun.driver.error.retry_after_ms > 0, row.waits);
    EXPECT_THAT(begun.driver.error.message, Not(HasSubstr("sesame")));
  }
}

TEST(OAuthPassword, RefusesAnEmptyNameOrPassword) {
  for (const Fields& given : {Fields{{"username", ""}, {"password", "x"}},
                              Fields{{"username", "ada"}, {"password", ""}}, Fields{}}) {
    Begun begun({}, "password");
    begun.driver.answer_fields(given, "file /run/secret");
    EXPECT_EQ(begun.driver.code, PINTLE_LAYER_CONFIG);
  }
}

TEST(OAuthPassword, SaysThatThePairCouldNotBeKept) {
  for (const char* field : {"tracker=1", "hermes_session_at=x; Domain=elsewhere.example; Path=/",
                            "__Host-hermes_session_at=x; Path=/hermes; Secure"}) {
    Begun begun({}, "password");
    answer_password(begun.driver);
    begun.driver.answer_http(200, R"({"ok":true})", {{"Set-Cookie", field}});
    EXPECT_EQ(begun.driver.code, PINTLE_LAYER_GATE);
    EXPECT_THAT(begun.driver.error.message, HasSubstr("no session cookie"));
  }
}

TEST(OAuthPassword, LeavesNoAuthorizationPendingAtAGatewayThatHasCookies) {
  auto probe = newest_probe();
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  driver.begin(PINTLE_SIGN_IN, kAsk, "password");
  answer_password(driver);
  ASSERT_TRUE(is_request(driver, "POST", "/auth/password-login"));
  EXPECT_EQ(header_of(driver.step, "Cookie"), "");
  driver.answer_http(200, R"({"ok":true,"next":"/"})", pair_of("AT1", "RT1"));
  ASSERT_TRUE(is_request(driver, "GET", "/api/auth/me"));
  EXPECT_THAT(header_of(driver.step, "Cookie"), HasSubstr("AT1")) << "that session is the one";
}

TEST(OAuthPassword, OpensOneAuthorizationForAllTries) {
  auto probe = native_probe();
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  driver.begin(PINTLE_SIGN_IN, kAsk, "password");
  type_password(driver);
  ASSERT_TRUE(is_request(driver, "GET", "/auth/native/authorize"));
  const auto state = parameter(text(driver.step.http_url), "state");
  driver.answer_http(302, "", kBegun);
  for (int wrong = 0; wrong < 2; ++wrong) {
    ASSERT_TRUE(is_request(driver, "POST", "/auth/password-login"));
    EXPECT_EQ(header_of(driver.step, "Cookie"), "hermes_session_pkce=begun");
    driver.answer_http(401, kWrong, kJson);
    ASSERT_TRUE(needs(driver, PINTLE_NEED_INPUT)) << driver.error.message;
    EXPECT_THAT(text(driver.step.message), HasSubstr("is wrong"));
    type_password(driver);
  }
  ASSERT_TRUE(is_request(driver, "POST", "/auth/password-login"));
  driver.answer_http(200, R"({"ok":true,"next":"http://127.0.0.1:49152/callback?code=C0DE&state=)" +
                              state + "\"}");
  EXPECT_TRUE(is_request(driver, "POST", "/auth/native/token")) << driver.error.message;
}

TEST(OAuthPassword, IsAskedForThreeTimesAndNoMore) {
  TestProbe probe;
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  driver.begin(PINTLE_SIGN_IN, kAsk, "password");
  for (int tries = 0; tries < 3; ++tries) {
    type_password(driver);
    driver.answer_http(401, kWrong, kJson);
  }
  EXPECT_EQ(driver.code, PINTLE_LAYER_GATE);
  EXPECT_TRUE(needs_sign_in(driver));
}

TEST(OAuthPassword, IsNotReadOnceMoreFromWhereItWasWrong) {
  TestProbe probe;
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  driver.begin(PINTLE_SIGN_IN, kAsk, "password");
  answer_password(driver);
  driver.answer_http(401, kWrong, kJson);
  EXPECT_EQ(driver.code, PINTLE_LAYER_GATE);
}

TEST(OAuthPassword, ThatIsGivenChoosesTheProviderThatTakesOne) {
  auto probe = newest_probe();
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  driver.given = {view("username"), view("password")};
  driver.begin(PINTLE_SIGN_IN, kAsk);
  answer_password(driver);
  EXPECT_THAT(text(driver.step.http_body), HasSubstr(R"("provider":"basic")"));
  // But not if another was named.
  driver.begin(PINTLE_SIGN_IN, kAsk, "", "nous");
  EXPECT_TRUE(needs(driver, PINTLE_NEED_BROWSER));
}

TEST(OAuthPassword, KeepsACookieThatABrowserWouldDrop) {
  const std::string access(9'000, 'A');
  TestProbe probe;
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  sign_in_with_cookies(driver, pair_of(access, std::string(9'000, 'R')));
  driver.decorate();
  EXPECT_THAT(header_of(driver.headers, "Cookie"), HasSubstr(access));
  SchemeDriver later(oauth_scheme(), driver.session());
  later.decorate();
  EXPECT_THAT(header_of(later.headers, "Cookie"), HasSubstr(access)) << "as it was stored";
}

TEST(OAuthPassword, SignsNobodyInWhoseCookiesAreTooLarge) {
  const std::string huge(33'000, 'A');
  for (const auto& fields : {pair_of(huge, "RT1"), pair_of("AT1", huge)}) {
    TestProbe probe;
    SchemeDriver driver(oauth_scheme(), {}, probe.get());
    driver.begin(PINTLE_SIGN_IN, kAsk, "password");
    answer_password(driver);
    driver.answer_http(200, R"({"ok":true})", fields);
    EXPECT_EQ(driver.code, PINTLE_LAYER_GATE);
    EXPECT_THAT(std::string(driver.error.message),
                HasSubstr("no session cookie that can be stored (too large)"));
    EXPECT_THAT(std::string(driver.error.hint), HasSubstr("32 KiB"));
    EXPECT_TRUE(driver.session().empty());
  }
}

TEST(OAuthCookieRenewal, SaysThatItBroughtACookieThatIsTooLarge) {
  const std::string huge(33'000, 'A');
  for (const auto& fields : {pair_of(huge, "RT2"), pair_of("AT2", huge)}) {
    TestProbe probe;
    SchemeDriver driver(oauth_scheme(), {}, probe.get());
    sign_in_with_cookies(driver);
    driver.now_ms += 900'000;
    driver.begin(PINTLE_REFRESH);
    ASSERT_TRUE(is_request(driver, "GET", "/api/auth/me"));
    driver.answer_http(200, kMe, fields);
    EXPECT_EQ(driver.code, PINTLE_LAYER_SESSION);
    EXPECT_THAT(std::string(driver.error.message),
                HasSubstr("cannot store the cookie of the renewed session (too large)"));
    EXPECT_THAT(std::string(driver.error.hint), HasSubstr("32 KiB"));
  }
}

TEST(OAuthPassword, SignsNobodyInWithoutAnAccessCookie) {
  TestProbe probe;
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  driver.begin(PINTLE_SIGN_IN, kAsk, "password");
  answer_password(driver);
  driver.answer_http(200, R"({"ok":true})", {set_cookie("rt", "RT1", 900)});
  EXPECT_EQ(driver.code, PINTLE_LAYER_GATE);
}

}  // namespace
}  // namespace pintle::test
