// SPDX-License-Identifier: Apache-2.0
//
// Signing in through the public API, at the practice gateway, with a user who is simulated by the
// test.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/scheme.h>

#include "driven_browser.h"
#include "signing_in.h"
#include "support/error_of.h"

namespace pintle::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(SigningIn, SaysAtOnceThatAGatewayHasNoBrowsersWayForAProvider) {
  begin(practice::options_of_generation("2026-07"));
  const auto error =
      error_of([&] { return open().sign_in({.method = "browser", .provider = "basic"}, ui_); });
  EXPECT_THAT(error.message(), HasSubstr("no native sign-in with the provider basic"));
  EXPECT_THAT(ui_.opened, IsEmpty());
}

TEST_F(SigningIn, EndsAtTheBrowsersWayBack) {
  for (const std::string prefix : {"", "/hermes"}) {
    SCOPED_TRACE(prefix);
    begin(practice::Gate::native, prefix);
    ui_.messages.clear();
    ui_.on_open = [](const std::string& url) {
      const auto back = complete_in_browser(url);
      practice::Client(port_of(back)).get(target_of(back));
    };
    const auto facts = open().sign_in({.method = "browser", .provider = "practice"}, ui_);
    EXPECT_TRUE(facts.signed_in);
    // It is always shown, for users without a browser here, and never put into a command line.
    EXPECT_THAT(ui_.opened.back(), testing::StartsWith("http://127.0.0.1:"));
    EXPECT_THAT(ui_.opened.back(), Not(HasSubstr("authorize")));
    EXPECT_THAT(ui_.address(), HasSubstr(gateway_->url() + "/auth/native/authorize?"));
    EXPECT_THAT(ui_.asked, IsEmpty());
    expect_kept();
  }
}

TEST_F(SigningIn, GoesOnWhereNoBrowserOpens) {
  begin(practice::Gate::native);
  ui_.on_open = [](const std::string&) { throw Error(Layer::config, "no browser opens"); };
  ui_.on_paste = [&](const std::stop_token&) { return Secret(complete_in_browser(ui_.address())); };
  EXPECT_TRUE(open().sign_in({.method = "browser", .provider = "practice"}, ui_).signed_in);
  EXPECT_THAT(ui_.messages, HasSubstr("no browser opens. Open the address above yourself."));
}

TEST_F(SigningIn, TakesTheAddressThatIsPastedAndAsksAgainForGarbage) {
  begin(practice::Gate::native);
  int tries = 0;
  ui_.on_paste = [&](const std::stop_token&) {
    if (++tries == 1) return Secret("what is this?");
    if (tries == 2) return Secret("http://127.0.0.1:1/callback?code=c&state=another-state-abc");
    return Secret(complete_in_browser(ui_.address()));
  };
  EXPECT_TRUE(open().sign_in({.method = "paste", .provider = "practice"}, ui_).signed_in);
  EXPECT_EQ(tries, 3);
  EXPECT_THAT(ui_.opened, IsEmpty());
  EXPECT_THAT(ui_.messages, HasSubstr("That is not the expected address"));
  EXPECT_THAT(ui_.messages, HasSubstr("another sign-in"));
  expect_kept();
}

TEST_F(SigningIn, ListensBesideThePaste) {
  begin(practice::Gate::native);
  ui_.on_paste = [&](const std::stop_token& stop) -> std::optional<Secret> {
    const auto back = complete_in_browser(ui_.address());
    practice::Client(port_of(back)).get(target_of(back));
    wait_for_stop(stop);
    return std::nullopt;
  };
  EXPECT_TRUE(open().sign_in({.method = "paste", .provider = "practice"}, ui_).signed_in);
}

TEST_F(SigningIn, EndsWhenTheUsersTimeIsOver) {
  begin(practice::Gate::native);
  ui_.on_paste = [](const std::stop_token& stop) -> std::optional<Secret> {
    wait_for_stop(stop);
    return std::nullopt;
  };
  ui_.on_ask = [](const Question&, const std::stop_token& stop) -> Secret {
    wait_for_stop(stop);
    throw Error(Layer::config, "nothing was typed");
  };
  for (const std::string method : {"browser", "paste", "password"}) {
    SCOPED_TRACE(method);
    const auto provider = method == "password" ? "basic" : "practice";
    const auto error = error_of([&] {
      return open().sign_in({.method = method, .provider = provider, .user_timeout_ms = 30}, ui_);
    });
    EXPECT_EQ(error.layer(), Layer::gate);
    EXPECT_THAT(error.message(), HasSubstr("the sign-in timed out after 1 s"));
  }
}

TEST_F(SigningIn, EndsAtACancel) {
  begin(practice::Gate::native);
  std::stop_source stop;
  ui_.on_paste = [&](const std::stop_token& ended) -> std::optional<Secret> {
    stop.request_stop();
    wait_for_stop(ended);
    return std::nullopt;
  };
  ui_.on_ask = [&](const Question&, const std::stop_token& ended) -> Secret {
    stop.request_stop();
    wait_for_stop(ended);
    throw Error(Layer::config, "nothing was typed");
  };
  for (const std::string method : {"browser", "password"}) {
    SCOPED_TRACE(method);
    stop = std::stop_source();
    const auto provider = method == "password" ? "basic" : "practice";
    const auto error = error_of([&] {
      return open().sign_in({.method = method, .provider = provider}, ui_, stop.get_token());
    });
    EXPECT_THAT(error.message(), HasSubstr("cancelled"));
  }
}

TEST_F(SigningIn, IsNeverBegunByTheBackground) {
  begin(practice::Gate::native);
  auto connection = open();
  const auto called = error_of([&] { return connection.call({.target = "/api/sessions"}); });
  EXPECT_TRUE(called.needs_sign_in()) << called.what();
  const auto resolved = error_of([&] { return connection.ws_url(); });
  EXPECT_TRUE(resolved.needs_sign_in()) << resolved.what();
}

TEST_F(SigningIn, AsksForATokenToo) {
  begin(practice::Gate::none);
  ui_.on_ask = [&](const Question&, const std::stop_token&) { return gateway_->token().clone(); };
  auto connection = open(pintle_token);
  const auto facts = connection.sign_in({}, ui_);
  EXPECT_THAT(ui_.asked, ElementsAre("token (secret)"));
  EXPECT_EQ(facts.kept_in, "");
  EXPECT_EQ(connection.call({.target = "/api/sessions"}).status, 200);
}

TEST_F(SigningIn, WorksWithARealBrowser) {
  if (!find_installed_browser()) {
    GTEST_SKIP() << "no Chrome, Chromium or Edge is installed: apt-get install chromium";
  }
  begin(practice::Gate::native);
  std::optional<DrivenBrowser> browser;
  ui_.on_open = [&](const std::string& url) {
    browser.emplace();
    browser->open(url);
    browser->until(
        "document.forms.length === 1 && (() => { const f = document.forms[0];"
        "f.user.value = 'ada'; f.password.value = 'practice';"
        "f.querySelector('button[value=approve]').click(); return true; })()");
    browser->until("document.title.startsWith('You can close this window')");
  };
  EXPECT_TRUE(open().sign_in({.method = "browser", .provider = "practice"}, ui_).signed_in);
  expect_kept();
}

// Sends the user's browser to the URL of a setting.
class Misleading final : public plugin::Scheme {
 public:
  static constexpr plugin::Facts facts{
      .id = "misleading", .name = "Misleading", .score = 99, .reason = "a test"};
  explicit Misleading(const plugin::Opening& opening)
      : url_(opening.setting("url").value_or("")), state_(opening.setting("state").value_or("")) {}
  plugin::Decoration decorate(const plugin::Request&, const plugin::HeaderSink&) const override {
    return {};
  }
  plugin::Task<> sign_in(plugin::SignIn) override {
    co_await plugin::BrowserVisit::until_callback(url_, state_);
  }
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override {
    co_return std::move(target).single_use();
  }

 private:
  std::string url_;
  std::string state_;
};

constexpr pintle_plugin_table kMisleading =
    plugin::detail::make_plugin<Misleading>("misleading", "1.0.0");

TEST_F(SigningIn, SendsNobodyToAnotherOriginAndTakesNoStateThatCanBeGuessed) {
  begin(practice::Gate::native);
  for (const auto& [url, state] : std::vector<std::pair<std::string, std::string>>{
           {"https://evil.example/?u={redirect_uri}", "state-0123456789abcdef"},
           {"/../escape", "state-0123456789abcdef"},
           {"/login", "1"},
           {"/login", ""}}) {
    SCOPED_TRACE(url + " " + state);
    auto settings = settings_for(*gateway_);
    settings.scheme_settings = {{"url", url}, {"state", state}};
    auto connection = Host(host_with({&kMisleading})).open(settings);
    EXPECT_EQ(error_of([&] { return connection.sign_in({}, ui_); }).layer(), Layer::plugin);
    EXPECT_EQ(ui_.messages, "");
    EXPECT_THAT(ui_.opened, IsEmpty());
  }
}

}  // namespace
}  // namespace pintle::test
