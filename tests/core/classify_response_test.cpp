// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "refusal_cases.h"

namespace pintle {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kNoCookie =
    R"({"error":"unauthenticated","reason":"no_cookie","login_url":"/login"})";
constexpr const char* kUnauthorized = R"({"detail":"Unauthorized"})";
constexpr const char* kProviderDown = R"({"detail":"Auth provider 'x' unreachable"})";

TEST(Refusal, NamesTheLayerAndWhatComesNext) {
  const struct {
    RequestPurpose purpose;
    int status;
    const char* body;
    Layer layer;
    After after;
    const char* says;
  } kTable[] = {
      {RequestPurpose::rest, 401, kNoCookie, Layer::gate, After::sign_in, "no session was sent"},
      {RequestPurpose::ticket, 401, kNoCookie, Layer::gate, After::sign_in, "no session was sent"},
      {RequestPurpose::rest, 401, kExpired, Layer::session, After::sign_in, "has ended"},
      {RequestPurpose::ticket, 401, kExpired, Layer::session, After::sign_in, "has ended"},
      {RequestPurpose::native_refresh, 401, kExpired, Layer::session, After::sign_in, "has ended"},
      {RequestPurpose::rest, 401, kUnauthorized, Layer::gate, After::sign_in, "session token"},
      {RequestPurpose::rest, 401, R"({"detail":"Bad \u001b[2J"})", Layer::gate, After::sign_in,
       "Bad \\x1b"},
      {RequestPurpose::rest, 401, "", Layer::gate, After::sign_in, "credential"},
      {RequestPurpose::rest, 401, kPage, Layer::access_proxy, After::user_action,
       "Log in\\x1b[31m"},
      {RequestPurpose::rest, 401, "denied by proxy", Layer::access_proxy, After::user_action,
       "in front"},
      {RequestPurpose::rest, 403, R"({"detail":"no"})", Layer::gate, After::user_action, "\"no\""},
      {RequestPurpose::ticket, 403, "", Layer::session, After::sign_in, "refused the session"},
      {RequestPurpose::ticket, 403, kPage, Layer::access_proxy, After::user_action, "web page"},
      {RequestPurpose::upgrade_with_ticket, 403, "", Layer::ticket, After::retry, "fresh ticket"},
      {RequestPurpose::upgrade_with_ticket, 403, "Forbidden", Layer::ticket, After::retry,
       "fresh ticket"},
      {RequestPurpose::upgrade_with_token, 403, "", Layer::gate, After::sign_in, "session token"},
      {RequestPurpose::upgrade_with_token, 403, kPage, Layer::access_proxy, After::user_action,
       "web page"},
      {RequestPurpose::upgrade_with_token, 401, kPage, Layer::access_proxy, After::user_action,
       "web page"},
      {RequestPurpose::public_endpoint, 401, kUnauthorized, Layer::access_proxy, After::user_action,
       "in front"},
      {RequestPurpose::public_endpoint, 403, "", Layer::access_proxy, After::user_action,
       "in front"},
      {RequestPurpose::password_sign_in, 401, R"({"detail":"Invalid credentials"})", Layer::gate,
       After::sign_in, "user name or the password"},
      {RequestPurpose::password_sign_in, 404, R"({"detail":"x"})", Layer::gate, After::user_action,
       "provider"},
      {RequestPurpose::native_token, 400, R"({"detail":"bad code"})", Layer::gate, After::sign_in,
       "bad code"},
      {RequestPurpose::native_refresh, 404, "", Layer::gate, After::user_action,
       "no native sign-in"},
      {RequestPurpose::rest, 503, kProviderDown, Layer::provider, After::retry,
       "provider 'x' unreachable"},
      {RequestPurpose::native_refresh, 503, R"({"detail":"x"})", Layer::provider, After::retry,
       "identity"},
      {RequestPurpose::rest, 503, R"({"detail":"busy"})", Layer::protocol, After::retry, "busy"},
      {RequestPurpose::rest, 500, "", Layer::protocol, After::retry,
       "failed to answer /api/sessions"},
      {RequestPurpose::ticket, 502, kPage, Layer::access_proxy, After::retry, "proxy in front"},
      {RequestPurpose::rest, 504, "", Layer::access_proxy, After::retry, "proxy in front"},
      {RequestPurpose::public_endpoint, 520, "", Layer::access_proxy, After::retry, "Cloudflare"},
      {RequestPurpose::rest, 530, kPage, Layer::access_proxy, After::retry, "Cloudflare"},
      {RequestPurpose::rest, 511, kPage, Layer::access_proxy, After::user_action, "captive portal"},
      {RequestPurpose::rest, 407, "", Layer::proxy, After::user_action, "forward proxy"},
      {RequestPurpose::rest, 408, "", Layer::tcp, After::retry, "timed out waiting"},
      {RequestPurpose::rest, 400, R"({"detail":"Invalid Host header. Use 127.0.0.1:9119."})",
       Layer::host_guard, After::user_action, "Use 127.0.0.1:9119."},
      {RequestPurpose::public_endpoint, 400, "Invalid host header", Layer::host_guard,
       After::user_action, "\"gateway.example\""},
      {RequestPurpose::public_endpoint, 400,
       "<html><title>400 The plain HTTP request was sent to HTTPS port</title>", Layer::config,
       After::user_action, "speaks https"},
      {RequestPurpose::public_endpoint, 400, "Client sent an HTTP request to an HTTPS server.\n",
       Layer::config, After::user_action, "speaks https"},
      {RequestPurpose::public_endpoint, 404, kPage, Layer::protocol, After::user_action,
       "no /api/status"},
      {RequestPurpose::public_endpoint, 200, kPage, Layer::access_proxy, After::user_action,
       "web page"},
      {RequestPurpose::ticket, 200, kPage, Layer::access_proxy, After::user_action, "web page"},
      {RequestPurpose::ticket, 404, R"({"detail":"Not Found"})", Layer::ticket, After::nothing,
       "ws-ticket"},
      {RequestPurpose::ticket, 418, "", Layer::protocol, After::nothing, "unexpected answer"},
      {RequestPurpose::rest, 429, "", Layer::rate_limit, After::retry, "too many"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(std::to_string(row.status) + " " + path_of(row.purpose) + " " + row.body);
    const auto error = classify(row.purpose, answer(row.status, row.body), path_of(row.purpose));
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(name_of(error->layer()), name_of(row.layer));
    EXPECT_EQ(after(*error), row.after);
    EXPECT_EQ(error->http_status(), row.status);
    EXPECT_THAT(error->message(), HasSubstr(row.says));
    EXPECT_FALSE(error->hint().empty());
  }
}

TEST(Refusal, NeverTakesAnUpgradeThatWasSwallowedForAWrongCredential) {
  constexpr const char* kSpa = "<!doctype html><html><div id=root></div></html>";
  for (const auto purpose :
       {RequestPurpose::upgrade_with_ticket, RequestPurpose::upgrade_with_token}) {
    for (const auto& [status, body] :
         std::vector<std::pair<int, const char*>>{{401, kUnauthorized},
                                                  {401, kNoCookie},
                                                  {401, kExpired},
                                                  {401, ""},
                                                  {401, "Unauthorized"},
                                                  {404, R"({"detail":"Not Found"})"},
                                                  {404, kSpa},
                                                  {404, ""},
                                                  {400, R"({"detail":"x"})"},
                                                  {400, "Bad Request"},
                                                  {400, kSpa},
                                                  {200, "{}"},
                                                  {200, kSpa},
                                                  {204, ""},
                                                  {405, ""},
                                                  {426, ""}}) {
      SCOPED_TRACE(std::to_string(status) + " " + body);
      const auto error = classify(purpose, answer(status, body), "/api/ws");
      ASSERT_TRUE(error.has_value());
      EXPECT_EQ(name_of(error->layer()), name_of(Layer::websocket));
      EXPECT_EQ(after(*error), After::user_action);
      EXPECT_THAT(error->message(), HasSubstr("proxy"));
      EXPECT_THAT(error->hint(), HasSubstr("Upgrade and Connection"));
      EXPECT_THAT(error->hint(), HasSubstr("/hermes/api/ws"));
    }
    const auto guard = classify(purpose, answer(400, "Invalid host header"), "/api/ws");
    EXPECT_EQ(guard->layer(), Layer::host_guard);
    const auto basic =
        classify(purpose, answer(401, "", {{"WWW-Authenticate", "Basic"}}), "/api/ws");
    EXPECT_EQ(basic->layer(), Layer::access_proxy);
  }
}

TEST(Refusal, LeavesAnswersThatAreTheAppsOwnBusiness) {
  const struct {
    RequestPurpose purpose;
    int status;
    const char* body;
    const char* path;
  } kTable[] = {
      {RequestPurpose::rest, 200, "{}", "/api/sessions"},
      {RequestPurpose::rest, 204, "", "/api/sessions"},
      {RequestPurpose::rest, 400, "{}", "/api/sessions"},
      {RequestPurpose::rest, 404, "{}", "/api/sessions"},
      {RequestPurpose::rest, 409, "{}", "/api/sessions"},
      {RequestPurpose::rest, 422, "{}", "/api/sessions"},
      {RequestPurpose::rest, 304, "", "/api/sessions"},
      {RequestPurpose::rest, 200, kPage, "/"},
      {RequestPurpose::rest, 302, "", "/auth/logout"},
      {RequestPurpose::ticket, 200, "{}", "/api/auth/ws-ticket"},
      {RequestPurpose::upgrade_with_ticket, 101, "", "/api/ws"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(std::to_string(row.status) + " " + row.path);
    EXPECT_FALSE(classify(row.purpose, answer(row.status, row.body), row.path).has_value());
  }
}

TEST(Refusal, NeverAsksForASignInBecauseOfAServerError) {
  for (int status = 500; status < 600; ++status) {
    for (const auto purpose : {RequestPurpose::public_endpoint, RequestPurpose::rest,
                               RequestPurpose::ticket, RequestPurpose::upgrade_with_ticket,
                               RequestPurpose::upgrade_with_token, RequestPurpose::password_sign_in,
                               RequestPurpose::native_token, RequestPurpose::native_refresh}) {
      for (const char* body : {"", kExpired, kPage, kUnauthorized}) {
        const auto error = classify(purpose, answer(status, body), path_of(purpose));
        ASSERT_TRUE(error.has_value()) << status;
        EXPECT_FALSE(error->needs_sign_in()) << status;
        EXPECT_EQ(error->can_retry(), status != 511) << status;
      }
    }
  }
}

TEST(Refusal, WaitsAsLongAsItIsAsked) {
  const struct {
    RequestPurpose purpose;
    int status;
    Fields fields;
    std::int64_t wait_ms;
    const char* next = "";
  } kTable[] = {
      {RequestPurpose::rest, 429, {{"Retry-After", "7"}}, 7000, "Wait 7 s,"},
      {RequestPurpose::rest, 503, {{"Retry-After", "7"}}, 7000},
      {RequestPurpose::rest,
       429,
       {{"Retry-After", "Wed, 09 Jun 2021 10:18:14 GMT"},
        {"Date", "Wed, 09 Jun 2021 10:18:00 GMT"}},
       14000,
       "Wait 14 s,"},
      {RequestPurpose::upgrade_with_ticket, 429, {{"Retry-After", "20"}}, 20000, "Wait 20 s,"},
      {RequestPurpose::rest, 429, {}, 0, "Wait a while,"},
      {RequestPurpose::password_sign_in, 429, {}, 60000, "Wait 60 s,"},
      {RequestPurpose::password_sign_in, 429, {{"Retry-After", "1"}}, 1000},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.wait_ms);
    const auto error =
        classify(row.purpose, answer(row.status, "", row.fields), path_of(row.purpose));
    ASSERT_TRUE(error.has_value());
    EXPECT_TRUE(error->can_retry());
    EXPECT_EQ(error->retry_after_ms(), row.wait_ms);
    EXPECT_THAT(error->hint(), HasSubstr(row.next));
    if (row.status == 429) {
      EXPECT_EQ(error->layer(), Layer::rate_limit) << "nobody has to sign in";
    }
  }
  EXPECT_EQ(classify(RequestPurpose::rest, answer(429, "", {{"Server", "cloudflare"}}), "/api/x")
                ->layer(),
            Layer::access_proxy);
}

TEST(Refusal, HintsAtTheApiServersPort) {
  const auto error = classify(RequestPurpose::public_endpoint, answer(404), "/api/status",
                              "http://127.0.0.1:8642");
  EXPECT_THAT(error->hint(), HasSubstr("API server"));
}

}  // namespace
}  // namespace pintle
