// SPDX-License-Identifier: Apache-2.0
//
// Shared by the tests of the OAuth scheme: a probe, the gateway's responses, and the two ways to be
// signed in at the start of a test.
//
// Threads: the test's.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "support/scheme_driver.h"

extern "C" const pintle_plugin_table pintle_oauth;

namespace pintle::test {

inline const pintle_scheme& oauth_scheme() { return *pintle_oauth.schemes[0]; }

/// The gateway's probe; by default of the first gated generation.
struct TestProbe {
  std::vector<std::string> providers = {"basic"};
  std::vector<std::string> password_providers = {"basic"};
  std::vector<std::string> flows = {};

  const pintle_probe* get() {
    views_ = {views_of(providers), views_of(password_providers), views_of(flows)};
    probe_ = sized<pintle_probe>();
    probe_.flags = PINTLE_GATEWAY_SECURE;
    probe_.auth_required = 1;
    probe_.http_status = 200;
    probe_.base_url = view("https://gateway.example/hermes");
    probe_.providers = views_[0].data();
    probe_.provider_count = views_[0].size();
    probe_.password_providers = views_[1].data();
    probe_.password_provider_count = views_[1].size();
    probe_.auth_flows = views_[2].data();
    probe_.auth_flow_count = views_[2].size();
    return &probe_;
  }

  static std::vector<pintle_view> views_of(const std::vector<std::string>& texts) {
    std::vector<pintle_view> views;
    for (const auto& text : texts) views.push_back(view(text));
    return views;
  }

  // The storage that `get` points into.
  std::vector<std::vector<pintle_view>> views_ = {};
  pintle_probe probe_ = {};
};

/// With only native sign-in: there a password returns a bearer.
inline TestProbe native_probe() {
  return {.providers = {"basic"}, .password_providers = {"basic"}, .flows = {"native_pkce"}};
}

inline const Fields kJson = {{"Content-Type", "application/json"}};
inline const Fields kPage = {{"Content-Type", "text/html; charset=utf-8"}};
inline constexpr const char* kExpired =
    R"({"error":"session_expired","reason":"invalid_or_expired_session","login_url":"/login"})";
inline constexpr const char* kNoCookie =
    R"({"error":"unauthenticated","reason":"no_cookie","login_url":"/login"})";
inline constexpr const char* kTooManyPending =
    R"({"detail":"too many pending native authorizations from this address"})";
inline constexpr const char* kMe = R"({"user_id":"ada","provider":"basic"})";

/// Returns the Set-Cookie of one of the gateway's cookies under a prefix over https.
inline std::pair<std::string, std::string> set_cookie(const std::string& name,
                                                      const std::string& value, int max_age_s,
                                                      const std::string& prefix = "__Secure-") {
  return {"Set-Cookie", prefix + "hermes_session_" + name + "=" + value +
                            "; HttpOnly; Max-Age=" + std::to_string(max_age_s) +
                            "; Path=/hermes; SameSite=lax" + (prefix.empty() ? "" : "; Secure")};
}
inline Fields pair_of(const std::string& access, const std::string& refresh, int access_s = 900) {
  return {set_cookie("at", access, access_s), set_cookie("rt", refresh, 2'592'000)};
}
/// As in the 401 of an ended session.
inline Fields all_deleted() {
  Fields fields;
  for (const char* prefix : {"", "__Secure-"}) {
    fields.push_back(set_cookie("at", "\"\"", 0, prefix));
    fields.push_back(set_cookie("rt", "\"\"", 0, prefix));
  }
  return fields;
}

inline std::string tokens(const std::string& access, const std::string& refresh,
                          std::int64_t expires_at_s) {
  return R"({"access_token":")" + access + R"(","refresh_token":")" + refresh +
         R"(","token_type":"Bearer","expires_at":)" + std::to_string(expires_at_s) +
         R"(,"provider":"basic","user_id":"ada"})";
}

/// Returns a header of the request that the scheme needs.
inline std::string header_of(const pintle_step& step, std::string_view name) {
  for (std::size_t i = 0; i < step.http_header_count; ++i) {
    if (text(step.http_headers[i].name) == name) return text(step.http_headers[i].value);
  }
  return {};
}

inline std::string header_of(const Fields& fields, std::string_view name) {
  for (const auto& [field, value] : fields) {
    if (field == name) return value;
  }
  return {};
}

/// Returns a parameter of a URL's query, not decoded.
inline std::string parameter(std::string_view url, const std::string& name) {
  auto at = url.find("?" + name + "=");
  if (at == std::string_view::npos) at = url.find("&" + name + "=");
  if (at == std::string_view::npos) return {};
  url.remove_prefix(at + name.size() + 2);
  return std::string(url.substr(0, url.find('&')));
}

inline bool needs(const SchemeDriver& driver, std::uint32_t need) {
  return driver.code == PINTLE_OK && driver.step.need == need;
}
inline bool is_request(const SchemeDriver& driver, std::string_view method, std::string_view path) {
  const auto url = text(driver.step.http_url);
  return needs(driver, PINTLE_NEED_HTTP) && text(driver.step.http_method) == method &&
         url.substr(0, url.find('?')) == path;
}

inline void answer_password(SchemeDriver& driver) {
  ASSERT_TRUE(needs(driver, PINTLE_NEED_INPUT)) << driver.error.message;
  driver.answer_fields({{"username", "ada"}, {"password", "open sesame"}}, "file /run/password");
}

/// Signs in to a session of the cookies AT1 and RT1.
inline void sign_in_with_cookies(SchemeDriver& driver,
                                 const Fields& cookies = pair_of("AT1", "RT1")) {
  driver.begin(PINTLE_SIGN_IN, 0, "password");
  answer_password(driver);
  ASSERT_TRUE(is_request(driver, "POST", "/auth/password-login"));
  driver.answer_http(200, R"({"ok":true,"next":"/"})", cookies);
  ASSERT_TRUE(is_request(driver, "GET", "/api/auth/me")) << driver.error.message;
  driver.answer_http(200, kMe, kJson);
  ASSERT_TRUE(needs(driver, PINTLE_NEED_DONE)) << driver.error.message;
}

/// Signs in up to the point where the scheme has a code to redeem.
inline void go_to_the_token(SchemeDriver& driver) {
  driver.begin(PINTLE_SIGN_IN, 0, "password");
  answer_password(driver);
  ASSERT_TRUE(is_request(driver, "GET", "/auth/native/authorize"));
  const auto url = text(driver.step.http_url);
  driver.answer_http(302, "",
                     {{"Location", "/hermes/login?provider=basic"},
                      {"Set-Cookie",
                       "__Secure-hermes_session_pkce=begun; HttpOnly; Max-Age=600; Path=/hermes; "
                       "SameSite=none; Secure"}});
  ASSERT_TRUE(is_request(driver, "POST", "/auth/password-login")) << driver.error.message;
  driver.answer_http(200, R"({"ok":true,"next":"http://127.0.0.1:49152/callback?code=C0DE&state=)" +
                              parameter(url, "state") + "\"}");
}

/// Signs in to a session of the bearer AT1, valid for `life_s`, and its refresh token RT1.
inline void sign_in_with_bearer(SchemeDriver& driver, int life_s = 900,
                                const std::string& refresh = "RT1") {
  go_to_the_token(driver);
  ASSERT_TRUE(is_request(driver, "POST", "/auth/native/token")) << driver.error.message;
  driver.answer_http(200, tokens("AT1", refresh, driver.now_ms / 1000 + life_s), kJson);
  ASSERT_TRUE(is_request(driver, "GET", "/api/auth/me")) << driver.error.message;
  driver.answer_http(200, kMe, kJson);
  ASSERT_TRUE(needs(driver, PINTLE_NEED_DONE)) << driver.error.message;
}

// One sign-in at a gateway with that probe.
struct Begun {
  Begun(TestProbe given, std::string_view method, std::string_view provider = {},
        std::uint32_t flags = PINTLE_MAY_ASK)
      : probe(std::move(given)) {
    driver.begin(PINTLE_SIGN_IN, flags, method, provider);
  }
  TestProbe probe;
  SchemeDriver driver{oauth_scheme(), {}, probe.get()};
};

inline std::uint32_t nothing() { return PINTLE_OBSERVATION_NONE; }
inline bool needs_sign_in(const SchemeDriver& driver) {
  return (driver.error.flags & PINTLE_ERROR_SIGN_IN) != 0;
}

}  // namespace pintle::test
