// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "refusal_cases.h"

namespace pintle {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(InFront, SaysWhereARedirectLeads) {
  constexpr const char* kHttp = "http://gateway.example/hermes";
  constexpr const char* kHttps = "https://gateway.example/hermes";
  const struct {
    const char* gateway;
    const char* location;
    const char* message;
    const char* next;
  } kTable[] = {
      {kHttps, "https://team.cloudflareaccess.com/cdn-cgi/access/login/x?kid=k&meta=hunter22",
       "https://team.cloudflareaccess.com/cdn-cgi/access/login/x?…", "CF-Access-Client-Id"},
      {kHttps, "https://cloudflareaccess.com.evil.example/?meta=hunter22",
       "https://cloudflareaccess.com.evil.example", "Sign in to the proxy in front"},
      {kHttps, "https://sso.example:8443/login?rd=hunter22", "https://sso.example:8443/login?…",
       "Sign in to the proxy in front"},
      {kHttps, "//sso.example/x", "https://sso.example", "Sign in to the proxy"},
      {kHttp, "https://gateway.example/hermes/api/status",
       "moved to https://gateway.example/hermes", "Use that URL: https://gateway.example/hermes."},
      {kHttp, "https://gateway.example/", "to https://gateway.example/hermes",
       "Use that URL: https://gateway.example/hermes."},
      {kHttp, "https://gateway.example:8443/api/status", "to https://gateway.example:8443",
       "Use that URL: https://gateway.example:8443."},
      {kHttps, "/v2/hermes/api/status/", "to https://gateway.example/v2/hermes",
       "Use that URL: https://gateway.example/v2/hermes."},
      {kHttps, "/api/status", "to https://gateway.example",
       "Use that URL: https://gateway.example."},
      {kHttps, "/hermes/api/status/", "to /hermes/api/status/ on the same host",
       "Sign in to the proxy"},
      {kHttps, "/oauth2/start?rd=hunter22", "to /oauth2/start?… on the same host",
       "Sign in to the proxy"},
      {kHttps, "login?next=http://x", "to /hermes/api/login?… on the same host",
       "Sign in to the proxy"},
      {kHttps, "http://gateway.example/hermes/api/status", "to http://gateway.example/hermes",
       "Use that URL: http://gateway.example/hermes."},
      {kHttps, "", "without a Location", "Sign in to the proxy"},
      {kHttps, "https://u:hunter22@h/", "invalid URL", "Sign in to the proxy"},
      {kHttps, "https://a b/\xff", "invalid URL", "Sign in to the proxy"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.location);
    const auto error =
        classify(RequestPurpose::public_endpoint, answer(302, kPage, {{"Location", row.location}}),
                 "/api/status", row.gateway);
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->layer(), Layer::access_proxy);
    EXPECT_TRUE(error->needs_user_action());
    EXPECT_FALSE(error->needs_sign_in());
    EXPECT_THAT(error->message(), HasSubstr(row.message));
    EXPECT_THAT(error->hint(), HasSubstr(row.next));
    EXPECT_THAT(error->what() + error->hint(), Not(HasSubstr("hunter22")));
  }
}

TEST(InFront, SaysWhereTheGatewayHasMoved) {
  const struct {
    const char* gateway;
    const char* location;
    const char* moved;  // Empty: it has not moved.
  } kTable[] = {
      {"https://old.example", "https://gateway.example/api/status", "https://gateway.example"},
      {"https://gateway.example", "https://www.gateway.example/api/status?x=1",
       "https://www.gateway.example"},
      {"https://www.gateway.example/hermes", "https://gateway.example/hermes/api/status",
       "https://gateway.example/hermes"},
      {"http://127.0.0.1:9343", "http://127.0.0.1:9119/api/status", "http://127.0.0.1:9119"},
      {"https://h:8443", "https://h/api/status/", "https://h"},
      {"https://h", "//other.example/api/status", "https://other.example"},
      {"https://h", "https://sso.example/login?rd=https://h/api/status", ""},
      {"https://h", "https://sso.example/?rd=/api/status", ""},
      {"https://h", "https://h.cloudflareaccess.com/api/status", ""},
      {"https://h", "https://h/api/status", ""},
  };
  for (const int status : {301, 302, 307, 308}) {
    for (const auto& row : kTable) {
      SCOPED_TRACE(row.location);
      const auto error =
          classify(RequestPurpose::public_endpoint,
                   answer(status, "", {{"Location", row.location}}), "/api/status", row.gateway);
      ASSERT_TRUE(error.has_value());
      const std::string moved = row.moved;
      if (moved.empty()) {
        EXPECT_THAT(error->message(), Not(HasSubstr("moved")));
        continue;
      }
      EXPECT_THAT(error->message(), HasSubstr("has moved to " + moved + ":"));
      EXPECT_EQ(error->hint(), "Use that URL: " + moved + ".");
      EXPECT_FALSE(error->can_retry());
    }
  }
}

TEST(InFront, KnowsAWallByItsHeaders) {
  const auto basic =
      classify(RequestPurpose::rest, answer(401, "{}", {{"WWW-Authenticate", "basic realm=x"}}),
               "/api/sessions");
  EXPECT_EQ(basic->layer(), Layer::access_proxy);
  EXPECT_THAT(basic->message(), HasSubstr("Basic"));
  const auto bearer =
      classify(RequestPurpose::rest, answer(401, kExpired, {{"WWW-Authenticate", "Bearer"}}),
               "/api/sessions");
  EXPECT_EQ(bearer->layer(), Layer::session);
  const auto robots = classify(RequestPurpose::upgrade_with_ticket,
                               answer(403, "", {{"cf-mitigated", "challenge"}}), "/api/ws");
  EXPECT_EQ(robots->layer(), Layer::access_proxy);
}

TEST(InFront, KnowsAServerThatAsksForAClientCertificate) {
  constexpr const char* kNginx =
      "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head></html>";
  for (const auto asked : {RequestPurpose::public_endpoint, RequestPurpose::rest,
                           RequestPurpose::upgrade_with_token}) {
    const auto error = classify(asked, answer(400, kNginx), path_of(asked), "https://h:8443");
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->layer(), Layer::tls);
    EXPECT_EQ(after(*error), After::user_action);
    EXPECT_THAT(error->message(), HasSubstr("h:8443 requires a client certificate"));
  }
  const auto iis = classify(
      RequestPurpose::public_endpoint,
      answer(403, "<html><h2>403.7 - Client Certificate Required</h2></html>"), "/api/status");
  EXPECT_EQ(iis->layer(), Layer::tls);
  EXPECT_THAT(iis->hint(), HasSubstr("--cert"));
  EXPECT_FALSE(classify(RequestPurpose::rest, answer(400, R"({"detail":"no client certificate"})"),
                        "/api/certificates"));
}

TEST(InFront, KnowsAServerThatRefusesTheClientCertificate) {
  for (const auto* page : {"<html><title>400 The SSL certificate error</title></html>",
                           "<html><h2>403.16 - Client certificate is untrusted</h2></html>",
                           "<html><h2>403.17 - Client certificate has expired</h2></html>"}) {
    SCOPED_TRACE(page);
    const auto error = classify(RequestPurpose::rest, answer(403, page), "/api/x", "https://h");
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->layer(), Layer::tls);
    EXPECT_EQ(after(*error), After::user_action);
    EXPECT_THAT(error->message(), HasSubstr("refused the client certificate"));
  }
}

}  // namespace
}  // namespace pintle
