// SPDX-License-Identifier: Apache-2.0
//
// The sign-in methods, and which of them is chosen (gateway-contract 4).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oauth_driver.h"

namespace pintle::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr std::uint32_t kAsk = PINTLE_MAY_ASK;
constexpr const char* kBase = "https://gateway.example/hermes";

TestProbe oauth_probe(std::vector<std::string> flows = {"cookie", "native_pkce"}) {
  return {.providers = {"nous"}, .password_providers = {}, .flows = std::move(flows)};
}
TestProbe two_probe(std::vector<std::string> flows = {"cookie", "native_pkce"}) {
  return {
      .providers = {"basic", "nous"}, .password_providers = {"basic"}, .flows = std::move(flows)};
}

TEST(OAuthSignIn, AsksForANameAndAPasswordThatIsSecret) {
  Begun begun({}, "");
  ASSERT_TRUE(needs(begun.driver, PINTLE_NEED_INPUT));
  ASSERT_EQ(begun.driver.step.input_count, 2U);
  EXPECT_EQ(text(begun.driver.step.inputs[0].key), "username");
  EXPECT_EQ(begun.driver.step.inputs[0].flags, 0U);
  EXPECT_EQ(text(begun.driver.step.inputs[1].key), "password");
  EXPECT_EQ(begun.driver.step.inputs[1].flags, static_cast<std::uint32_t>(PINTLE_INPUT_SECRET));
  EXPECT_THAT(text(begun.driver.step.message), HasSubstr("gateway.example"));
}

TEST(OAuthSignIn, TakesTheFirstWayThatIsOpen) {
  struct Row {
    TestProbe probe;
    std::string provider;
    std::uint32_t need;
    std::string url;  // How the browser's URL starts.
  };
  const Row rows[] = {
      {{}, "", PINTLE_NEED_INPUT, ""},
      {native_probe(), "", PINTLE_NEED_INPUT, ""},
      {two_probe(), "basic", PINTLE_NEED_INPUT, ""},
      {two_probe(), "nous", PINTLE_NEED_BROWSER, "/auth/native/authorize?provider=nous&"},
      {oauth_probe(), "", PINTLE_NEED_BROWSER, "/auth/native/authorize?provider=nous&"},
      {oauth_probe({"cookie"}), "", PINTLE_NEED_BROWSER, "/auth/login?provider=nous"},
      {oauth_probe({}), "", PINTLE_NEED_BROWSER, "/auth/login?provider=nous"},
      {two_probe({}), "", PINTLE_NEED_BROWSER, "/login"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.provider + row.url);
    Begun begun(row.probe, "", row.provider);
    ASSERT_EQ(begun.driver.code, PINTLE_OK) << begun.driver.error.message;
    EXPECT_EQ(begun.driver.step.need, row.need);
    EXPECT_THAT(text(begun.driver.step.browser_url),
                testing::StartsWith(row.url.empty() ? "" : kBase + row.url));
  }
}

TEST(OAuthSignIn, RefusesWhatIsNotOpenAndListsWhatIs) {
  struct Row {
    TestProbe probe;
    const char* method;
    const char* provider;
    const char* lists;
  };
  const Row rows[] = {
      {{}, "browser", "", "password, window"},
      {{}, "paste", "", "password, window"},
      {two_probe(), "smoke signals", "", "password, browser, paste, window"},
      {native_probe(), "window", "", "password, browser, paste"},
      {oauth_probe(), "password", "", "browser, paste, window"},
      {two_probe(), "password", "nous", "browser, paste, window"},
      {oauth_probe({"native_pkce"}), "window", "", "browser, paste"},
      {two_probe(), "", "github", "basic (password), nous"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.method) + "/" + row.provider);
    Begun begun(row.probe, row.method, row.provider);
    EXPECT_EQ(begun.driver.code, PINTLE_LAYER_CONFIG);
    EXPECT_THAT(begun.driver.error.hint, HasSubstr(row.lists));
  }
}

TEST(OAuthSignIn, AsksWhichProviderByNumberOrName) {
  const TestProbe two_passwords{
      .providers = {"a", "b", "c"}, .password_providers = {"a", "c"}, .flows = {}};
  struct Row {
    TestProbe probe;
    const char* method;
    const char* typed;
    std::uint32_t need;
    const char* lists;
  };
  const Row rows[] = {
      {two_probe(), "", "basic", PINTLE_NEED_INPUT, "1 basic (password), 2 nous."},
      {two_probe(), "", " 2 ", PINTLE_NEED_BROWSER, "1 basic (password), 2 nous."},
      {two_probe(), "browser", "nous", PINTLE_NEED_BROWSER, "2 nous"},
      {two_passwords, "password", "2", PINTLE_NEED_INPUT, "1 a (password), 2 c (password)."},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.method) + "/" + row.typed);
    Begun begun(row.probe, row.method);
    auto& driver = begun.driver;
    ASSERT_TRUE(needs(driver, PINTLE_NEED_INPUT)) << driver.error.message;
    ASSERT_EQ(driver.step.input_count, 1U);
    EXPECT_EQ(text(driver.step.inputs[0].key), "provider");
    EXPECT_EQ(driver.step.inputs[0].flags, 0U);
    EXPECT_THAT(text(driver.step.message), HasSubstr(row.lists));
    driver.answer_fields({{"provider", row.typed}}, "typed");
    EXPECT_EQ(driver.code, PINTLE_OK) << driver.error.message;
    EXPECT_EQ(driver.step.need, row.need);
    EXPECT_EQ(driver.step.input_count, row.need == PINTLE_NEED_INPUT ? 2U : 0U);
  }
}

TEST(OAuthSignIn, AsksAgainForAProviderThatIsNoneAndNotForever) {
  Begun begun(two_probe(), "");
  auto& driver = begun.driver;
  for (const char* typed : {"0", "3"}) {
    driver.answer_fields({{"provider", typed}}, "typed");
    ASSERT_TRUE(needs(driver, PINTLE_NEED_INPUT)) << driver.error.message;
    EXPECT_THAT(text(driver.step.message), HasSubstr("no provider \"" + std::string(typed)));
  }
  driver.answer_fields({{"provider", "2x"}}, "typed");
  EXPECT_EQ(driver.code, PINTLE_LAYER_CONFIG);
  EXPECT_THAT(driver.error.hint, HasSubstr("--provider: basic (password), nous"));
  Begun by_file(two_probe(), "");
  by_file.driver.answer_fields({{"provider", "github"}}, "file /run/provider");
  EXPECT_EQ(by_file.driver.code, PINTLE_LAYER_CONFIG) << "a file is the same the second time";
}

TEST(OAuthSignIn, NamesTheOptionIfNobodyCanBeAskedForTheProvider) {
  for (const char* method : {"", "browser"}) {
    Begun unattended(two_probe(), method, "", 0);
    EXPECT_EQ(unattended.driver.code, PINTLE_LAYER_CONFIG);
    EXPECT_THAT(unattended.driver.error.hint, HasSubstr("--provider: basic (password), nous"));
    Begun without_terminal(two_probe(), method);
    without_terminal.driver.answer_failure(PINTLE_LAYER_CONFIG, "there is no terminal");
    EXPECT_EQ(without_terminal.driver.code, PINTLE_LAYER_CONFIG);
    EXPECT_THAT(without_terminal.driver.error.hint, HasSubstr("--provider: basic (password)"));
  }
  Begun timed_out(two_probe(), "");
  timed_out.driver.answer_failure(PINTLE_LAYER_GATE, "the sign-in timed out");
  EXPECT_EQ(timed_out.driver.code, PINTLE_LAYER_GATE);
}

TEST(OAuthSignIn, TakesTheOnlyProviderOfPasswordsForAPassword) {
  Begun begun(two_probe({"cookie"}), "password");
  answer_password(begun.driver);
  EXPECT_EQ(text(begun.driver.step.http_body),
            R"({"provider":"basic","username":"ada","password":"open sesame"})");
}

TEST(OAuthSignIn, SaysThatAGatewayHasNoProvider) {
  Begun begun({.providers = {}, .password_providers = {}}, "");
  begun.driver.answer_http(200, R"({"version":"0.16.0","auth_required":true})", kJson);
  begun.driver.answer_http(503, R"({"detail":"no provider"})", kJson);
  EXPECT_EQ(begun.driver.code, PINTLE_LAYER_PROVIDER);
}

TEST(OAuthSignIn, AsksTheGatewayItselfWhereItWasNotProbed) {
  SchemeDriver driver(oauth_scheme());
  driver.begin(PINTLE_SIGN_IN);
  ASSERT_TRUE(is_request(driver, "GET", "/api/status"));
  driver.answer_http(200, R"({"version":"0.16.0","auth_required":true,"auth_providers":["basic"]})",
                     kJson);
  ASSERT_TRUE(is_request(driver, "GET", "/api/auth/providers")) << driver.error.message;
  driver.answer_http(
      200, R"({"providers":[{"name":"basic","display_name":"B","supports_password":true}]})",
      kJson);
  EXPECT_TRUE(needs(driver, PINTLE_NEED_INPUT)) << driver.error.message;
}

TEST(OAuthSignIn, NeverAsksForABrowserWhereNobodyIsThere) {
  for (const auto& probe : {oauth_probe(), oauth_probe({"cookie"})}) {
    Begun begun(probe, "", "", 0);
    EXPECT_EQ(begun.driver.code, PINTLE_LAYER_GATE);
    EXPECT_TRUE(needs_sign_in(begun.driver));
  }
}

TEST(OAuthSignIn, ThatFailsLeavesTheSessionThatWasThere) {
  TestProbe probe;
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  sign_in_with_cookies(driver);
  const auto before = driver.session();
  driver.begin(PINTLE_SIGN_IN, kAsk, "password");
  answer_password(driver);
  driver.answer_http(401, R"({"detail":"Invalid credentials"})", kJson);
  EXPECT_EQ(driver.session(), before);
  EXPECT_EQ(driver.decorate(), PINTLE_OK);
}

TEST(OAuthSignIn, RefusesACodeForAnotherState) {
  for (const char* next : {"code=C0DE&state=other", "code=C0DE", "state=", "code=&state=x"}) {
    SCOPED_TRACE(next);
    Begun begun(native_probe(), "password");
    auto& driver = begun.driver;
    answer_password(driver);
    driver.answer_http(302, "", {{"Set-Cookie", "hermes_session_pkce=b; Path=/hermes"}});
    driver.answer_http(200,
                       std::string(R"({"next":"http://127.0.0.1:49152/callback?)") + next + "\"}");
    EXPECT_EQ(driver.code, PINTLE_LAYER_GATE);
    EXPECT_THAT(driver.error.message, Not(HasSubstr("C0DE")));
  }
}

TEST(OAuthSignIn, RedeemsACodeOnceAlone) {
  auto probe = native_probe();
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  go_to_the_token(driver);
  ASSERT_TRUE(is_request(driver, "POST", "/auth/native/token"));
  EXPECT_FALSE(driver.step.flags & PINTLE_STEP_MAY_REPEAT);
  driver.answer_failure(PINTLE_LAYER_TCP, "no answer in time");
  EXPECT_EQ(driver.code, PINTLE_LAYER_TCP);
  go_to_the_token(driver);
  driver.answer_http(400, R"({"detail":"Invalid or expired code"})", kJson);
  EXPECT_EQ(driver.code, PINTLE_LAYER_GATE);
  EXPECT_TRUE(needs_sign_in(driver));
  EXPECT_EQ(driver.session(), "");
}

TEST(OAuthSignIn, InABrowserEndsAtALoopbackAddressWithTheState) {
  for (const char* method : {"browser", "paste"}) {
    Begun begun(oauth_probe(), method);
    auto& driver = begun.driver;
    ASSERT_TRUE(needs(driver, PINTLE_NEED_BROWSER)) << driver.error.message;
    EXPECT_EQ(driver.step.browser_ends_with, static_cast<std::uint32_t>(PINTLE_BROWSER_CALLBACK));
    const auto url = text(driver.step.browser_url);
    EXPECT_EQ(parameter(url, "redirect_uri"), "{redirect_uri}");
    EXPECT_EQ(parameter(url, "provider"), "nous");
    const auto state = text(driver.step.browser_state);
    EXPECT_EQ(parameter(url, "state"), state);
    driver.answer_callback(" http://127.0.0.1:4711/callback?state=" + state + "&code=C0DE\n",
                           "http://127.0.0.1:4711/callback");
    ASSERT_TRUE(is_request(driver, "POST", "/auth/native/token")) << driver.error.message;
    EXPECT_THAT(text(driver.step.http_body), HasSubstr("C0DE"));
    driver.answer_http(200, R"({"access_token":"AT1","refresh_token":"RT1"})", kJson);
    driver.answer_http(200, "{}", kJson);
    EXPECT_EQ(header_of(driver.describe(), "provider"), "nous");
  }
}

TEST(OAuthSignIn, InABrowserThatWasRefusedOrWentAstrayIsToldApart) {
  Begun begun(oauth_probe(), "browser");
  auto& driver = begun.driver;
  const auto state = text(driver.step.browser_state);
  const auto url = "http://127.0.0.1:1/callback?state=" + state + "&error=access_denied";
  driver.answer_callback(url, "http://127.0.0.1:1/callback");
  EXPECT_EQ(driver.code, PINTLE_LAYER_PROVIDER);
  EXPECT_THAT(driver.error.message, HasSubstr("access_denied"));
  driver.begin(PINTLE_SIGN_IN, kAsk, "browser");
  driver.answer_callback("http://127.0.0.1:1/", "http://127.0.0.1:1/callback");
  EXPECT_EQ(driver.code, PINTLE_LAYER_GATE);
  driver.begin(PINTLE_SIGN_IN, kAsk, "browser");
  driver.answer_failure(PINTLE_LAYER_GATE, "nobody came back in time");
  EXPECT_THAT(driver.error.message, HasSubstr("in time"));
}

TEST(OAuthSignIn, InAWindowEndsWithAnyNameOfTheSessionsCookies) {
  Begun begun(oauth_probe({"cookie"}), "window");
  auto& driver = begun.driver;
  ASSERT_TRUE(needs(driver, PINTLE_NEED_BROWSER));
  EXPECT_EQ(driver.step.browser_ends_with, static_cast<std::uint32_t>(PINTLE_BROWSER_COOKIES));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < driver.step.browser_cookie_count; ++i) {
    names.push_back(text(driver.step.browser_cookies[i]));
  }
  EXPECT_THAT(names,
              UnorderedElementsAre("hermes_session_at", "hermes_session_rt",
                                   "__Host-hermes_session_at", "__Host-hermes_session_rt",
                                   "__Secure-hermes_session_at", "__Secure-hermes_session_rt"));
  driver.answer_fields({{"__Secure-hermes_session_at", "\"AT==\""},
                        {"__Secure-hermes_session_rt", "RT1"},
                        {"tracker", "1"}});
  ASSERT_TRUE(is_request(driver, "GET", "/api/auth/me")) << driver.error.message;
  EXPECT_EQ(header_of(driver.step, "Cookie"), "__Secure-hermes_session_at=\"AT==\"");
  driver.answer_http(200, kMe, pair_of("AT2", "RT2"));
  driver.decorate(PINTLE_REQUEST_REST, "/auth/logout");
  EXPECT_EQ(header_of(driver.headers, "Cookie"),
            "__Secure-hermes_session_at=AT2; __Secure-hermes_session_rt=RT2");
}

TEST(OAuthSignIn, InAWindowKeepsWhenTheCookiesLapse) {
  Begun begun(oauth_probe({"cookie"}), "window");
  auto& driver = begun.driver;
  const auto at_ms = driver.now_ms + 900'000;
  driver.answer_cookies({{"hermes_session_at", "AT1"}, {"hermes_session_rt", "RT1"}},
                        {at_ms, driver.now_ms + 86'400'000});
  ASSERT_TRUE(is_request(driver, "GET", "/api/auth/me")) << driver.error.message;
  driver.answer_http(200, kMe, kJson);
  EXPECT_EQ(header_of(driver.describe(), "expires_ms"), std::to_string(at_ms));
  driver.decorate();
  EXPECT_LT(driver.decoration.valid_until_ms, at_ms) << "renewed before they lapse";
  EXPECT_GT(driver.decoration.valid_until_ms, driver.now_ms);
}

TEST(OAuthSignIn, InABrowserIsNotBegunWhereTheGatewayHasNoneForThatProvider) {
  struct Row {
    int status;
    Fields headers;
    const char* body;
    const char* says;
  };
  const Row rows[] = {{400, kPage, "<html><h1>Sign-in failed</h1></html>", "no native sign-in"},
                      {302, {{"Location", "/hermes/login"}}, "", "no native sign-in"},
                      {404, kJson, "{}", "no native sign-in"},
                      {503, kJson, kTooManyPending, "too many unfinished native sign-ins"}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.status);
    Begun begun(two_probe(), "browser", "basic");
    ASSERT_TRUE(is_request(begun.driver, "GET", "/auth/native/authorize"));
    begun.driver.answer_http(row.status, row.body, row.headers);
    EXPECT_EQ(begun.driver.code, PINTLE_LAYER_GATE);
    EXPECT_THAT(begun.driver.error.message, HasSubstr(row.says));
    EXPECT_THAT(begun.driver.error.hint, HasSubstr("--with password"));
  }
  // Providers that take no password support it everywhere: nothing is started in vain for them.
  Begun begun(two_probe(), "browser", "nous");
  EXPECT_TRUE(needs(begun.driver, PINTLE_NEED_BROWSER));
}

TEST(OAuthSignIn, InAWindowThatBroughtNoSessionIsAFailure) {
  Begun begun(oauth_probe({"cookie"}), "window");
  begun.driver.answer_fields({{"tracker", "1"}, {"hermes_session_at", ""}});
  EXPECT_EQ(begun.driver.code, PINTLE_LAYER_GATE);
  EXPECT_TRUE(needs_sign_in(begun.driver));
}

TEST(OAuthSignIn, DoesNotFailWhereNobodySaysWhoItIs) {
  for (const int status : {0, 401, 404, 500}) {
    SCOPED_TRACE(status);
    Begun begun({}, "password");
    auto& driver = begun.driver;
    answer_password(driver);
    driver.answer_http(200, R"({"ok":true})", pair_of("AT1", "RT1"));
    ASSERT_TRUE(is_request(driver, "GET", "/api/auth/me"));
    if (status == 0) {
      driver.answer_failure(PINTLE_LAYER_TCP, "no answer");
    } else {
      driver.answer_http(status, kExpired, all_deleted());
    }
    EXPECT_TRUE(needs(driver, PINTLE_NEED_DONE));
    EXPECT_EQ(driver.decorate(), PINTLE_OK);
    EXPECT_EQ(header_of(driver.describe(), "user"), "ada");
  }
}

TEST(OAuthSignIn, PassesOnWhatTheHostCouldNotDo) {
  Begun begun({}, "password", "", 0);
  begun.driver.answer_failure(PINTLE_LAYER_CONFIG, "cannot read /run/password");
  EXPECT_EQ(begun.driver.code, PINTLE_LAYER_CONFIG);
  EXPECT_THAT(begun.driver.error.message, HasSubstr("cannot read /run/password"));
}

TEST(OAuthSignIn, CanBeEndedWhileItWaits) {
  auto probe = native_probe();
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  go_to_the_token(driver);
  driver.end();
  EXPECT_EQ(driver.decorate(), PINTLE_LAYER_GATE);
}

}  // namespace
}  // namespace pintle::test
