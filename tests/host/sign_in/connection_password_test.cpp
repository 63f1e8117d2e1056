// SPDX-License-Identifier: Apache-2.0
//
// Signing in with a password through the public API, at the practice gateway.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "signing_in.h"
#include "support/error_of.h"

namespace pintle::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(SigningIn, AsksForAPasswordWhatWasNotGiven) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(name_of(gate));
    begin(gate);
    ui_.asked.clear();
    auto connection = open();
    const auto facts = connection.sign_in(kPasswordMethod, ui_);
    EXPECT_TRUE(facts.signed_in);
    EXPECT_THAT(facts.kept_in, HasSubstr("file "));
    EXPECT_THAT(ui_.asked, ElementsAre("username", "password (secret)"));
    EXPECT_THAT(ui_.messages, HasSubstr("basic"));
    EXPECT_EQ(connection.call({.target = "/api/sessions"}).status, 200);
    expect_kept();
  }
}

TEST_F(SigningIn, LocksNobodyOutByWrongPasswords) {
  for (const auto* generation : {"0.16", "2026-07", "0.20.4"}) {
    SCOPED_TRACE(generation);
    begin(practice::options_of_generation(generation));
    ui_.on_ask = [](const Question& question, const std::stop_token&) {
      return Secret(question.secret ? "wrong" : "ada");
    };
    for (int i = 0; i < 9; ++i) {
      const auto error = error_of([&] { return open().sign_in(kPasswordMethod, ui_); });
      EXPECT_THAT(error.message(), HasSubstr("refused the user name or the password"));
    }
    ui_.on_ask = nullptr;
    EXPECT_TRUE(open().sign_in(kPasswordMethod, ui_).signed_in);
    EXPECT_EQ(authorizations(), 0U);
  }
}

TEST_F(SigningIn, OpensOneAuthorizationForAllTriesAtAGatewayThatHasNoCookies) {
  auto options = practice::options_of_generation("0.20.4");
  options.offers_cookies = false;
  begin(std::move(options));
  int tries = 0;
  ui_.on_ask = [&](const Question& question, const std::stop_token&) {
    if (!question.secret) return Secret("ada");
    return Secret(++tries < 3 ? "wrong" : practice::kPassword);
  };
  const auto facts = open().sign_in(kPasswordMethod, ui_);
  EXPECT_EQ(facts.facts.at("credential"), "bearer");
  EXPECT_EQ(authorizations(), 1U);
}

TEST_F(SigningIn, GoesOnWithCookiesWhereTooManyAuthorizationsArePending) {
  auto options = practice::options_of_generation("0.20.4");
  options.offers_cookies = false;
  options.max_pending = 0;
  begin(std::move(options));
  const auto facts = open().sign_in(kPasswordMethod, ui_);
  EXPECT_EQ(facts.facts.at("credential"), "cookies");
}

TEST_F(SigningIn, InTheBackgroundTakesTheProviderOfThePasswordThatTheSettingsName) {
  begin(practice::Gate::native);  // with two providers
  auto connection = open(pintle_oauth, password_inputs(folder_));
  EXPECT_EQ(get_sessions(connection), 200);
}

TEST_F(SigningIn, KeepsAnAccessCookieThatABrowserWouldDrop) {
  auto options = cookie_gate();
  options.access_token_bytes = 6'000;
  begin(std::move(options));
  auto connection = open();
  connection.sign_in(kPasswordMethod, ui_);
  expect_kept();
  EXPECT_EQ(gateway_->request_log().counters().refreshes, 0U) << "the access cookie was sent";
}

TEST_F(SigningIn, TakesTheUserNameThatWasGiven) {
  begin(practice::Gate::cookie);
  open().sign_in({.method = "password", .provider = "basic", .given = {{"username", "ada"}}}, ui_);
  EXPECT_THAT(ui_.asked, ElementsAre("password (secret)"));
  expect_kept();
}

}  // namespace
}  // namespace pintle::test
