// SPDX-License-Identifier: Apache-2.0
//
// Signing out through the public API, with the practice gateway up and down.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "signing_in.h"
#include "support/error_of.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(SigningIn, IsUndoneBySigningOut) {
  begin(practice::Gate::cookie);
  auto connection = open();
  connection.sign_in(kPasswordMethod, ui_);
  EXPECT_THAT(connection.sign_out(), HasSubstr("The provider basic revokes nothing."));
  EXPECT_TRUE(
      error_of([&] { return connection.call({.target = "/api/sessions"}); }).needs_sign_in());
  EXPECT_TRUE(error_of([&] { return open().call({.target = "/api/sessions"}); }).needs_sign_in());
}

TEST_F(SigningIn, IsUndoneWithoutTheGateway) {
  begin(practice::Gate::cookie);
  open().sign_in(kPasswordMethod, ui_);
  gateway_->stop();
  const auto said = open().sign_out();
  EXPECT_THAT(said, HasSubstr("stays valid at the gateway until"));
  EXPECT_THAT(said, HasSubstr("The gateway could not be notified of the sign-out"));
  EXPECT_EQ(open().sign_out(), "No session was stored here.");
}

TEST_F(SigningIn, IsUndoneAtTheGatewayForABearerToo) {
  begin(practice::Gate::native);
  ui_.on_open = [](const std::string& url) {
    const auto back = complete_in_browser(url);
    practice::Client(port_of(back)).get(target_of(back));
  };
  auto connection = open();
  connection.sign_in({.method = "browser", .provider = "practice"}, ui_);
  const SessionKey key{"", GatewayUrl::parse(gateway_->url()), "oauth"};
  const auto session = FileSessionStore(folder_ / "sessions").load(key).session;
  ASSERT_TRUE(session);
  const std::string stored(session->reveal());
  const auto begins = stored.find("\"refresh_token\":\"") + 17;
  const auto refresh = stored.substr(begins, stored.find('"', begins) - begins);
  const auto said = open().sign_out();
  EXPECT_THAT(said, HasSubstr("The access token stays valid at the gateway until"));
  EXPECT_THAT(said, Not(HasSubstr("refresh token")));
  const auto answer = practice::Client(*gateway_).post(
      "/auth/native/refresh", R"({"refresh_token":")" + refresh + R"(","provider":"practice"})");
  EXPECT_EQ(answer.status, 401);
}

}  // namespace
}  // namespace pintle::test
