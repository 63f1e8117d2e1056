// Signing in over the public API, at the practice gateway, with a person who is played by the test.

#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/host.h>
#include <pintle/scheme.h>

#include "driven_browser.h"
#include "practice/gateway.h"
#include "practice_client.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

extern "C" const pintle_plugin_table pintle_oauth;
extern "C" const pintle_plugin_table pintle_token;

namespace pintle {
namespace {

using practice::cookies_of;
using practice::query_of;
using test::error_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string target_of(const std::string& url) { return AbsoluteUrl::parse(url).target; }
std::uint16_t port_of(const std::string& url) { return AbsoluteUrl::parse(url).origin.port; }

// A browser's way through a native sign-in, up to the address on loopback that it is sent to.
std::string way_through(std::string url) {
  // The page on loopback that it is started with.
  if (url.find("/start/") != std::string::npos) {
    url = practice::Client(port_of(url)).get(target_of(url)).headers.get("Location");
  }
  const auto begun = practice::Client(port_of(url)).get(target_of(url));
  const auto form = std::string(begun.headers.get("Location"));
  std::string approved = "decision=approve&user=ada&password=practice&state=";
  approved += encode_component(query_of(form, "state")) +
              "&redirect_uri=" + encode_component(query_of(form, "redirect_uri"));
  Headers urlencoded;
  urlencoded.add("Content-Type", "application/x-www-form-urlencoded");
  const auto granted =
      practice::Client(port_of(form)).call("POST", "/idp/authorize", urlencoded, approved);
  const auto back = std::string(granted.headers.get("Location"));
  const auto done = practice::Client(port_of(back)).get(target_of(back), cookies_of(begun));
  return std::string(done.headers.get("Location"));
}

class PlayedPerson : public Person {
 public:
  void tell(std::string_view text) override { told += std::string(text) + "\n"; }
  Secret ask(const Question& question, std::stop_token cancel) override {
    asked.push_back(question.key + (question.secret ? " (secret)" : ""));
    if (on_ask) return on_ask(question, cancel);
    return Secret(question.secret ? practice::kPassword : practice::kUser);
  }
  std::optional<Secret> read_pasted(std::string_view why, std::stop_token cancel) override {
    told += std::string(why) + "\n";
    if (on_paste) return on_paste(cancel);
    return std::nullopt;
  }
  void open_browser(std::string_view url, std::stop_token) override {
    opened.emplace_back(url);
    if (on_open) on_open(std::string(url));
  }

  // The address that was told, which stands on a line of its own.
  std::string address() const {
    const auto at = told.find("http");
    return told.substr(at, told.find('\n', at) - at);
  }

  std::string told;
  std::vector<std::string> asked;
  std::vector<std::string> opened;
  std::function<Secret(const Question&, std::stop_token)> on_ask;
  std::function<std::optional<Secret>(std::stop_token)> on_paste;
  std::function<void(const std::string&)> on_open;
};

// Blocks as a person does who does nothing.
void wait_for_stop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait(lock, stop, [] { return false; });
}

class SigningIn : public testing::Test {
 protected:
  void begin(practice::Gate gate, std::string prefix = "") {
    practice::Options options;
    options.gate = gate;
    options.prefix = std::move(prefix);
    gateway_.emplace(std::move(options));
  }
  void begin(practice::Options options) {
    options.password_tries = 1'000;
    gateway_.emplace(std::move(options));
  }
  std::size_t authorizations() {
    return gateway_->witness().sightings_of("/auth/native/authorize").size();
  }

  Connection open(const pintle_plugin_table& plugin = pintle_oauth) const {
    HostOptions options;
    options.built_in = {&plugin};
    options.paths.sessions = folder_ / "sessions";
    options.sessions = std::make_shared<FileSessionStore>(options.paths.sessions);
    return Host(std::move(options)).open({.url = GatewayUrl::parse(gateway_->url())});
  }

  // A fresh connection gets through with what was stored, and nobody is asked.
  void expect_kept() const { EXPECT_EQ(open().call({.target = "/api/sessions"}).status, 200); }

  TemporaryFolder folder_;
  std::optional<practice::Gateway> gateway_;
  PlayedPerson person_;
};

TEST_F(SigningIn, AsksForAPasswordWhatWasNotGiven) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(name_of(gate));
    begin(gate);
    person_.asked.clear();
    auto connection = open();
    const auto facts = connection.sign_in({.way = "password", .provider = "basic"}, person_);
    EXPECT_TRUE(facts.signed_in);
    EXPECT_THAT(facts.kept_in, HasSubstr("file "));
    EXPECT_THAT(person_.asked, ElementsAre("username", "password (secret)"));
    EXPECT_THAT(person_.told, HasSubstr("basic"));
    EXPECT_EQ(connection.call({.target = "/api/sessions"}).status, 200);
    expect_kept();
  }
}

TEST_F(SigningIn, LocksNobodyOutByWrongPasswords) {
  for (const auto* generation : {"0.16", "2026-07", "0.20.4"}) {
    SCOPED_TRACE(generation);
    begin(practice::options_of_generation(generation));
    person_.on_ask = [](const Question& question, const std::stop_token&) {
      return Secret(question.secret ? "wrong" : "ada");
    };
    for (int i = 0; i < 9; ++i) {
      const auto error = error_of(
          [&] { return open().sign_in({.way = "password", .provider = "basic"}, person_); });
      EXPECT_THAT(error.happened(), HasSubstr("refused the user name or the password"));
    }
    person_.on_ask = nullptr;
    EXPECT_TRUE(open().sign_in({.way = "password", .provider = "basic"}, person_).signed_in);
    EXPECT_EQ(authorizations(), 0U);
  }
}

TEST_F(SigningIn, OpensOneAuthorizationForAllTriesAtAGatewayThatHasNoCookies) {
  auto options = practice::options_of_generation("0.20.4");
  options.offers_cookies = false;
  begin(std::move(options));
  int tries = 0;
  person_.on_ask = [&](const Question& question, const std::stop_token&) {
    if (!question.secret) return Secret("ada");
    return Secret(++tries < 3 ? "wrong" : practice::kPassword);
  };
  const auto facts = open().sign_in({.way = "password", .provider = "basic"}, person_);
  EXPECT_EQ(facts.facts.at("credential"), "bearer");
  EXPECT_EQ(authorizations(), 1U);
}

TEST_F(SigningIn, GoesOnWithCookiesWhereTooManyAuthorizationsArePending) {
  auto options = practice::options_of_generation("0.20.4");
  options.offers_cookies = false;
  options.max_pending = 0;
  begin(std::move(options));
  const auto facts = open().sign_in({.way = "password", .provider = "basic"}, person_);
  EXPECT_EQ(facts.facts.at("credential"), "cookies");
}

TEST_F(SigningIn, SaysAtOnceThatAGatewayHasNoBrowsersWayForAProvider) {
  begin(practice::options_of_generation("2026-07"));
  const auto error =
      error_of([&] { return open().sign_in({.way = "browser", .provider = "basic"}, person_); });
  EXPECT_THAT(error.happened(), HasSubstr("no native sign-in with the provider basic"));
  EXPECT_THAT(person_.opened, IsEmpty());
}

TEST_F(SigningIn, KeepsAnAccessCookieThatABrowserWouldDrop) {
  practice::Options options;
  options.gate = practice::Gate::cookie;
  options.access_token_bytes = 6'000;
  begin(std::move(options));
  auto connection = open();
  connection.sign_in({.way = "password", .provider = "basic"}, person_);
  expect_kept();
  EXPECT_EQ(gateway_->witness().counters().refreshes, 0U) << "the access cookie was sent";
}

TEST_F(SigningIn, TakesTheUserNameThatWasGiven) {
  begin(practice::Gate::cookie);
  open().sign_in({.way = "password", .provider = "basic", .given = {{"username", "ada"}}}, person_);
  EXPECT_THAT(person_.asked, ElementsAre("password (secret)"));
  expect_kept();
}

TEST_F(SigningIn, EndsAtTheBrowsersWayBack) {
  for (const std::string prefix : {"", "/hermes"}) {
    SCOPED_TRACE(prefix);
    begin(practice::Gate::native, prefix);
    person_.told.clear();
    person_.on_open = [](const std::string& url) {
      const auto back = way_through(url);
      practice::Client(port_of(back)).get(target_of(back));
    };
    const auto facts = open().sign_in({.way = "browser", .provider = "practice"}, person_);
    EXPECT_TRUE(facts.signed_in);
    // It is always told, for who has no browser here, and never put into a command line.
    EXPECT_THAT(person_.opened.back(), testing::StartsWith("http://127.0.0.1:"));
    EXPECT_THAT(person_.opened.back(), Not(HasSubstr("authorize")));
    EXPECT_THAT(person_.address(), HasSubstr(gateway_->url() + "/auth/native/authorize?"));
    EXPECT_THAT(person_.asked, IsEmpty());
    expect_kept();
  }
}

TEST_F(SigningIn, GoesOnWhereNoBrowserOpens) {
  begin(practice::Gate::native);
  person_.on_open = [](const std::string&) { throw Error(Layer::config, "no browser opens"); };
  person_.on_paste = [&](const std::stop_token&) { return Secret(way_through(person_.address())); };
  EXPECT_TRUE(open().sign_in({.way = "browser", .provider = "practice"}, person_).signed_in);
  EXPECT_THAT(person_.told, HasSubstr("no browser opens. Open the address above yourself."));
}

TEST_F(SigningIn, TakesTheAddressThatIsPastedAndAsksAgainForGarbage) {
  begin(practice::Gate::native);
  int tries = 0;
  person_.on_paste = [&](const std::stop_token&) {
    if (++tries == 1) return Secret("what is this?");
    if (tries == 2) return Secret("http://127.0.0.1:1/callback?code=c&state=another-state-abc");
    return Secret(way_through(person_.address()));
  };
  EXPECT_TRUE(open().sign_in({.way = "paste", .provider = "practice"}, person_).signed_in);
  EXPECT_EQ(tries, 3);
  EXPECT_THAT(person_.opened, IsEmpty());
  EXPECT_THAT(person_.told, HasSubstr("That is not the address"));
  EXPECT_THAT(person_.told, HasSubstr("another sign-in"));
  expect_kept();
}

TEST_F(SigningIn, ListensBesideThePaste) {
  begin(practice::Gate::native);
  person_.on_paste = [&](const std::stop_token& stop) -> std::optional<Secret> {
    const auto back = way_through(person_.address());
    practice::Client(port_of(back)).get(target_of(back));
    wait_for_stop(stop);
    return std::nullopt;
  };
  EXPECT_TRUE(open().sign_in({.way = "paste", .provider = "practice"}, person_).signed_in);
}

TEST_F(SigningIn, EndsWhenThePersonsTimeIsOver) {
  begin(practice::Gate::native);
  person_.on_paste = [](const std::stop_token& stop) -> std::optional<Secret> {
    wait_for_stop(stop);
    return std::nullopt;
  };
  person_.on_ask = [](const Question&, const std::stop_token& stop) -> Secret {
    wait_for_stop(stop);
    throw Error(Layer::config, "nothing was typed");
  };
  for (const std::string way : {"browser", "paste", "password"}) {
    SCOPED_TRACE(way);
    const auto provider = way == "password" ? "basic" : "practice";
    const auto error = error_of([&] {
      return open().sign_in({.way = way, .provider = provider, .person_ms = 30}, person_);
    });
    EXPECT_EQ(error.layer(), Layer::gate);
    EXPECT_THAT(error.happened(), HasSubstr("nobody finished the sign-in within 1 s"));
  }
}

TEST_F(SigningIn, EndsAtACancel) {
  begin(practice::Gate::native);
  std::stop_source stop;
  person_.on_paste = [&](const std::stop_token& ended) -> std::optional<Secret> {
    stop.request_stop();
    wait_for_stop(ended);
    return std::nullopt;
  };
  person_.on_ask = [&](const Question&, const std::stop_token& ended) -> Secret {
    stop.request_stop();
    wait_for_stop(ended);
    throw Error(Layer::config, "nothing was typed");
  };
  for (const std::string way : {"browser", "password"}) {
    SCOPED_TRACE(way);
    stop = std::stop_source();
    const auto provider = way == "password" ? "basic" : "practice";
    const auto error = error_of([&] {
      return open().sign_in({.way = way, .provider = provider}, person_, stop.get_token());
    });
    EXPECT_THAT(error.happened(), HasSubstr("cancelled"));
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

TEST_F(SigningIn, IsUndoneBySigningOut) {
  begin(practice::Gate::cookie);
  auto connection = open();
  connection.sign_in({.way = "password", .provider = "basic"}, person_);
  EXPECT_THAT(connection.sign_out(), HasSubstr("The provider basic revokes nothing."));
  EXPECT_TRUE(
      error_of([&] { return connection.call({.target = "/api/sessions"}); }).needs_sign_in());
  EXPECT_TRUE(error_of([&] { return open().call({.target = "/api/sessions"}); }).needs_sign_in());
}

TEST_F(SigningIn, IsUndoneWithoutTheGateway) {
  begin(practice::Gate::cookie);
  open().sign_in({.way = "password", .provider = "basic"}, person_);
  gateway_->stop();
  const auto said = open().sign_out();
  EXPECT_THAT(said, HasSubstr("stays valid at the gateway until"));
  EXPECT_THAT(said, HasSubstr("The gateway could not be told of the sign-out"));
  EXPECT_EQ(open().sign_out(), "No session was kept here.");
}

TEST_F(SigningIn, IsUndoneAtTheGatewayForABearerToo) {
  begin(practice::Gate::native);
  person_.on_open = [](const std::string& url) {
    const auto back = way_through(url);
    practice::Client(port_of(back)).get(target_of(back));
  };
  auto connection = open();
  connection.sign_in({.way = "browser", .provider = "practice"}, person_);
  const auto stored = test::read_text(*std::filesystem::directory_iterator(folder_ / "sessions"));
  const auto begins = stored.find("\"refresh_token\":\"") + 17;
  const auto refresh = stored.substr(begins, stored.find('"', begins) - begins);
  const auto said = open().sign_out();
  EXPECT_THAT(said, HasSubstr("The access token stays valid at the gateway until"));
  EXPECT_THAT(said, Not(HasSubstr("refresh token")));
  const auto answer = practice::Client(*gateway_).post(
      "/auth/native/refresh", R"({"refresh_token":")" + refresh + R"(","provider":"practice"})");
  EXPECT_EQ(answer.status, 401);
}

TEST_F(SigningIn, AsksForATokenToo) {
  begin(practice::Gate::none);
  person_.on_ask = [&](const Question&, const std::stop_token&) {
    return gateway_->token().clone();
  };
  auto connection = open(pintle_token);
  const auto facts = connection.sign_in({}, person_);
  EXPECT_THAT(person_.asked, ElementsAre("token (secret)"));
  EXPECT_EQ(facts.kept_in, "");
  EXPECT_EQ(connection.call({.target = "/api/sessions"}).status, 200);
}

TEST_F(SigningIn, WorksWithARealBrowser) {
  if (!find_installed_browser()) {
    GTEST_SKIP() << "no Chrome, Chromium or Edge is installed: apt-get install chromium";
  }
  begin(practice::Gate::native);
  std::optional<test::DrivenBrowser> browser;
  person_.on_open = [&](const std::string& url) {
    browser.emplace();
    browser->open(url);
    browser->until(
        "document.forms.length === 1 && (() => { const f = document.forms[0];"
        "f.user.value = 'ada'; f.password.value = 'practice';"
        "f.querySelector('button[value=approve]').click(); return true; })()");
    browser->until("document.title.startsWith('You can close this window')");
  };
  EXPECT_TRUE(open().sign_in({.way = "browser", .provider = "practice"}, person_).signed_in);
  expect_kept();
}

// Sends the person's browser where a setting says.
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
    HostOptions options;
    options.built_in = {&kMisleading};
    ConnectionSettings settings{.url = GatewayUrl::parse(gateway_->url())};
    settings.scheme_settings = {{"url", url}, {"state", state}};
    auto connection = Host(std::move(options)).open(settings);
    EXPECT_EQ(error_of([&] { return connection.sign_in({}, person_); }).layer(), Layer::plugin);
    EXPECT_EQ(person_.told, "");
    EXPECT_THAT(person_.opened, IsEmpty());
  }
}

}  // namespace
}  // namespace pintle
