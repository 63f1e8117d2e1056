// SPDX-License-Identifier: Apache-2.0
//
// The URLs to which a scheme may send the user's browser.

#include "sign_in/visit_url.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"

namespace pintle {
namespace {

using test::error_of;
using testing::HasSubstr;
using testing::Not;

ConnectionSettings settings() {
  ConnectionSettings made{.url = GatewayUrl::parse("https://gateway.example/hermes")};
  made.allowed_origins = {"https://login.example"};
  return made;
}

TEST(VisitUrl, IsBelowTheGatewayOrOnAnAllowedOrigin) {
  const auto url = [](const char* given) {
    return visit_url(given, "http://127.0.0.1:40123/callback", settings());
  };
  EXPECT_EQ(url("/login"), "https://gateway.example/hermes/login");
  EXPECT_EQ(url("https://gateway.example/hermes/login?a=b"),
            "https://gateway.example/hermes/login?a=b");
  EXPECT_EQ(url("https://login.example/x"), "https://login.example/x");
  EXPECT_EQ(
      url("/auth?redirect_uri={redirect_uri}&state=s"),
      "https://gateway.example/hermes/auth?redirect_uri=http%3A%2F%2F127.0.0.1%3A40123%2Fcallback"
      "&state=s");
}

TEST(VisitUrl, RefusesEverythingElseWithoutItsQuery) {
  for (const std::string given :
       {"https://evil.example/?secret=1", "http://gateway.example/hermes/login?secret=1",
        "https://gateway.example:444/hermes/login?secret=1",
        "https://gateway.example/other?secret=1", "https://gateway.example/hermes?secret=1",
        "https://gateway.example/hermes/../other?secret=1", "/../other?secret=1",
        "https://gateway.example@evil.example/hermes/?secret=1", "//evil.example/?secret=1",
        "javascript:alert(1)", "file:///etc/passwd", "ws://gateway.example/hermes/?secret=1",
        "-https://gateway.example/hermes/?secret=1", "", "/lo gin?secret=1", "/log\nin?secret=1",
        "/login#?secret=1", "/l\xc3\xb6gin?secret=1"}) {
    SCOPED_TRACE(given);
    const auto error = error_of([&] { return visit_url(given, "", settings()); });
    EXPECT_EQ(error.layer(), Layer::plugin);
    EXPECT_THAT(error.message(), Not(HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace pintle
