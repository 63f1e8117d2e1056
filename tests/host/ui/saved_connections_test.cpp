// SPDX-License-Identifier: Apache-2.0
#include "ui/saved_connections.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/practice_host.h"
#include "ui/connection_form.h"
#include "ui/saved_connection_json.h"

namespace pintle::ui {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kToken = "a-token-of-thirty-two-characters";

class SavedConnectionsTest : public testing::Test {
 protected:
  static JsonObject form(const std::string& text) { return *read_object(text); }
  std::string put(const JsonObject& form) { return saved_.put(form).getValue<std::string>("note"); }
  std::string add(const std::string& name, const std::string& url = "http://127.0.0.1:1") {
    return put(form(R"({"name":")" + name + R"(","url":")" + url + "\"}"));
  }
  std::string version(const std::string& name) {
    return version_of(saved_.find(name), SecretFiles(folder_ / "tokens"));
  }
  /// The form of a saved connection, as the page shows it now.
  JsonObject edited(const std::string& name, const std::string& more = {}) {
    auto made = ordered_object();
    made.set("was", name);
    made.set("version", version(name));
    made.set("name", name);
    made.set("url", saved_.find(name).url.text());
    const auto changes = read_object("{" + more + "}");
    for (const auto& [key, value] : *changes) made.set(key, value);
    return made;
  }
  /// What the page is told of the error of `action`; empty if there is none.
  template <class Action>
  static std::string error_of(const Action& action) {
    try {
      action();
    } catch (const Error& error) {
      return text_of(error_json(error));
    }
    return {};
  }
  SessionKey key_of(const std::string& name) { return session_key_of(saved_.find(name), "token"); }
  std::string listed() {
    auto state = ordered_object();
    saved_.list(state);
    return text_of(state);
  }
  HostOptions options_for_host() {
    auto options = test::host_with({&pintle_token});
    options.paths.connections = folder_ / "connections.json";
    options.sessions = sessions_;
    return options;
  }
  fs::path token_file(const std::string& name) { return folder_ / ("tokens/" + name); }

  test::TemporaryFolder folder_;
  std::string current_;
  std::shared_ptr<SessionStore> sessions_ =
      std::make_shared<FileSessionStore>(folder_ / "sessions");
  UiOptions options_{.current_gateway = [this] { return current_; },
                     .set_current_gateway = [this](const std::string& name) { current_ = name; }};
  Host host_{options_for_host()};
  SavedConnections saved_{host_, options_};
};

TEST_F(SavedConnectionsTest, KeepATypedTokenInAFileOfThisUser) {
  add("home");
  saved_.put_secret(saved_.find("home"), "token", Secret(kToken));
  EXPECT_EQ(read_text(token_file("home")), std::string(kToken) + "\n");
  EXPECT_EQ(fs::status(token_file("home")).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(folder_ / "tokens").permissions(), fs::perms::owner_all);
  EXPECT_EQ(saved_.find("home").inputs.at("token").read().reveal(), kToken);
}

TEST_F(SavedConnectionsTest, ListAPreviewAndNoSecret) {
  add("home");
  saved_.put_secret(saved_.find("home"), "token", Secret(kToken));
  EXPECT_THAT(listed(), HasSubstr(R"("preview":"...acters")"));
  EXPECT_THAT(listed(), Not(HasSubstr(kToken)));
  saved_.put_secret(saved_.find("home"), "token", Secret("short"));
  EXPECT_THAT(listed(), HasSubstr(R"("preview":"")"));
  EXPECT_THAT(listed(), Not(HasSubstr("short")));
}

TEST_F(SavedConnectionsTest, ReadNoSecretOfACommandToListIt) {
  auto settings = ConnectionSettings{.url = GatewayUrl::parse("http://127.0.0.1:1")};
  settings.name = "home";
  settings.inputs.emplace(
      "token", SecretSource::of(SecretSource::Kind::command,
                                "touch " + (folder_ / "run").string() + "; echo secret"));
  ConnectionRegistry(folder_ / "connections.json").put(settings, false);
  EXPECT_THAT(listed(), HasSubstr("command"));
  EXPECT_FALSE(fs::exists(folder_ / "run"));
}

TEST_F(SavedConnectionsTest, RefuseASecretThatCannotBeKept) {
  add("home");
  EXPECT_THROW(saved_.put_secret(saved_.find("home"), "token", Secret(" \n")), Error);
  EXPECT_THROW(saved_.put_secret(saved_.find("home"), "../token", Secret(kToken)), Error);
  EXPECT_THROW(saved_.put_secret(saved_.find("away"), "token", Secret(kToken)), Error);
  EXPECT_FALSE(fs::exists(folder_ / "tokens"));
}

TEST_F(SavedConnectionsTest, KeepOtherSecretsBesideTheToken) {
  add("home");
  saved_.put_secret(saved_.find("home"), "api_key", Secret(kToken));
  saved_.put_secret(saved_.find("home"), "token", Secret("the token"));
  EXPECT_EQ(saved_.find("home").inputs.at("api_key").read().reveal(), kToken);
  EXPECT_EQ(saved_.find("home").inputs.at("token").read().reveal(), "the token");
}

TEST_F(SavedConnectionsTest, TakeNoCredentialToAnotherUrl) {
  const auto headers = folder_ / "headers";
  test::write_text(headers, "X-Access: secret\n");
  auto settings = ConnectionSettings{.url = GatewayUrl::parse("http://127.0.0.1:1")};
  settings.name = "home";
  settings.headers_file = headers.string();
  settings.client_certificate = "/etc/pintle/client.pem";
  settings.client_key = "/etc/pintle/client.key";
  settings.client_passphrase = SecretSource::of(SecretSource::Kind::command, "pass show client");
  settings.helpers = {{"vault", "vault get"}};
  settings.last_scheme = "token";
  settings.last_strength = 3;
  ConnectionRegistry(folder_ / "connections.json").put(settings, false);
  saved_.put_secret(saved_.find("home"), "token", Secret(kToken));
  put(edited("home", R"("url":"http://127.0.0.1:1","allow_plain_http":true)"));
  EXPECT_EQ(saved_.find("home").client_passphrase, settings.client_passphrase);
  EXPECT_EQ(saved_.find("home").client_key, settings.client_key);

  const auto probed = saved_.read_form(form(R"({"was":"home","name":"home"})"),
                                       GatewayUrl::parse("http://127.0.0.1:2"));
  EXPECT_TRUE(probed.inputs.empty());
  EXPECT_EQ(probed.headers_file, "");
  EXPECT_EQ(probed.client_certificate, "");
  EXPECT_EQ(probed.client_key, "");
  EXPECT_FALSE(probed.client_passphrase.has_value());
  EXPECT_TRUE(probed.helpers.empty());

  const auto note = put(edited("home", R"("url":"http://127.0.0.1:2")"));
  EXPECT_THAT(note, HasSubstr("no longer sent"));
  const auto moved = saved_.find("home");
  EXPECT_TRUE(moved.inputs.empty());
  EXPECT_TRUE(moved.helpers.empty());
  EXPECT_EQ(moved.last_scheme, "");
  EXPECT_EQ(moved.last_strength, 0);
  EXPECT_FALSE(fs::exists(token_file("home")));
}

TEST_F(SavedConnectionsTest, TakeTheSettingsOfTheScheme) {
  using Settings = std::map<std::string, std::string>;
  put(form(R"({"name":"home","url":"http://127.0.0.1:1","settings":{"method":"password"}})"));
  EXPECT_EQ(saved_.find("home").scheme_settings, (Settings{{"method", "password"}}));
  EXPECT_THAT(listed(), HasSubstr(R"("settings":{"method":"password"})"));
  const auto shown = version("home");
  put(edited("home", R"("settings":{"method":"","region":"eu"})"));
  EXPECT_EQ(saved_.find("home").scheme_settings, (Settings{{"region", "eu"}}));
  EXPECT_NE(version("home"), shown);
  EXPECT_THAT(error_of([&] { put(edited("home", R"("settings":["x"])")); }),
              HasSubstr("not an object"));
}

TEST_F(SavedConnectionsTest, RefuseASecretAsASetting) {
  loading::Catalogue catalogue;
  const auto typed = form(R"({"settings":{"api_key":"hunter22"}})");
  check_no_secret(typed, catalogue);
  const test::TemporaryFolder plugins;
  test::write_text(plugins / "keyed.json", R"({"manifest": 1, "name": "keyed", "version": "1",
    "abi": 1, "program": "keyed.py", "schemes": [{"id": "keyed", "name": "Keyed", "strength": 1,
    "score": 1, "reason": "it", "sends_secret": true, "rules": [],
    "settings": [{"key": "api_key", "label": "API key", "default": "", "secret": true}]}]})");
  test::write_text(plugins / "keyed.py", "");
  catalogue = loading::Catalogue::read({plugins.path()}, {});
  const auto error = error_of([&] { check_no_secret(typed, catalogue); });
  EXPECT_THAT(error, AllOf(HasSubstr(R"("field":"api_key")"), Not(HasSubstr("hunter22"))));
}

TEST_F(SavedConnectionsTest, KeepWhatAFormDoesNotHave) {
  auto settings = ConnectionSettings{.url = GatewayUrl::parse("http://127.0.0.1:1")};
  settings.name = "home";
  settings.request_ms = 1'234;
  settings.scheme_settings = {{"method", "password"}};
  settings.helpers = {{"vault", "vault get"}};
  ConnectionRegistry(folder_ / "connections.json").put(settings, false);
  saved_.put_secret(saved_.find("home"), "token", Secret(kToken));
  put(edited("home", R"("proxy":"http://p:1")"));
  const auto kept = saved_.find("home");
  EXPECT_EQ(kept.request_ms, 1'234);
  EXPECT_EQ(kept.scheme_settings.size(), 1U);
  EXPECT_EQ(kept.helpers, settings.helpers);
  EXPECT_EQ(kept.inputs.size(), 1U);
  EXPECT_EQ(kept.proxy, "http://p:1");
}

TEST_F(SavedConnectionsTest, TakeNoSecretThatWasTypedForAnotherGateway) {
  add("home");
  const auto asked_for = saved_.find("home");
  put(edited("home", R"("url":"http://127.0.0.1:2")"));
  EXPECT_THAT(error_of([&] { saved_.put_secret(asked_for, "token", Secret(kToken)); }),
              HasSubstr("was changed during the sign-in"));
  EXPECT_TRUE(saved_.find("home").inputs.empty());
  EXPECT_FALSE(fs::exists(token_file("home")));
}

TEST_F(SavedConnectionsTest, KeepNoPasswordForAnotherProxyAndNoOriginForAnotherGateway) {
  auto settings = ConnectionSettings{.url = GatewayUrl::parse("http://127.0.0.1:1")};
  settings.name = "home";
  settings.proxy = "http://a:1";
  test::write_text(folder_ / "proxy", "user:password");
  settings.proxy_auth_file = (folder_ / "proxy").string();
  settings.allowed_origins = {"http://127.0.0.1:7"};
  settings.profile = "hermes";
  ConnectionRegistry(folder_ / "connections.json").put(settings, false);
  put(edited("home", R"("proxy":"http://a:1")"));
  EXPECT_EQ(saved_.find("home").proxy_auth_file, settings.proxy_auth_file);
  put(edited("home", R"("proxy":"http://b:1")"));
  EXPECT_EQ(saved_.find("home").proxy_auth_file, "");
  put(edited("home", R"("url":"http://127.0.0.1:2","proxy":"http://b:1")"));
  EXPECT_TRUE(saved_.find("home").allowed_origins.empty());
  EXPECT_EQ(saved_.find("home").profile, "");
}

TEST_F(SavedConnectionsTest, ReplaceNothingUnlessToldTo) {
  add("home");
  EXPECT_THROW(add("home", "http://127.0.0.1:2"), Error);
  EXPECT_EQ(saved_.find("home").url.text(), "http://127.0.0.1:1");
}

TEST_F(SavedConnectionsTest, NameTheFieldThatCannotBeUsed) {
  add("taken");
  const std::pair<std::string, std::string> kCases[] = {
      {R"("name":"../x","url":"http://h")", "name"},
      {R"("name":"","url":"http://h")", "name"},
      {R"("name":"taken","url":"http://h")", "name"},
      {R"("name":"home","url":"gateway")", "url"},
      {R"("name":"home","url":"http://h","ca_file":"ca.pem")", "ca_file"},
      {R"("name":"home","url":"http://h","ca_file":"/no/such")", "ca_file"},
      {R"("name":"home","url":"http://h","client_certificate":"own.pem")", "client_certificate"},
      {R"("name":"home","url":"http://h","client_key":"/no/such","client_certificate":"")",
       "client_key"},
      {R"("name":"home","url":"http://h","proxy":"x://p")", "proxy"},
  };
  for (const auto& [members, field] : kCases) {
    EXPECT_THAT(error_of([&] { put(form("{" + members + "}")); }),
                HasSubstr(R"("field":")" + field + "\""))
        << members;
  }
  EXPECT_THROW(saved_.find("home"), Error);
  EXPECT_THAT(error_of([&] { saved_.put_secret(saved_.find("taken"), "token", Secret(" ")); }),
              HasSubstr(R"("field":"token")"));
}

TEST_F(SavedConnectionsTest, OverwriteNothingThatThePageHasNotShown) {
  constexpr const char* kOutOfDate = R"("out_of_date":true)";
  add("home");
  const auto stale = edited("home", R"("proxy":"http://mine:1")");
  const auto shown = version("home");
  put(edited("home", R"("proxy":"http://theirs:1")"));
  EXPECT_THAT(error_of([&] { put(stale); }), HasSubstr(kOutOfDate));
  EXPECT_THAT(error_of([&] { saved_.remove("home", shown); }), HasSubstr(kOutOfDate));
  EXPECT_THAT(error_of([&] { saved_.put_secret("home", shown, "token", Secret(kToken)); }),
              HasSubstr(kOutOfDate));
  EXPECT_EQ(saved_.find("home").proxy, "http://theirs:1");
  EXPECT_TRUE(saved_.find("home").inputs.empty());
  EXPECT_FALSE(fs::exists(token_file("home")));

  const auto removed = edited("home");
  saved_.remove("home", version("home"));
  EXPECT_THAT(error_of([&] { put(removed); }), HasSubstr(kOutOfDate));
  EXPECT_THROW(saved_.find("home"), Error);
}

TEST_F(SavedConnectionsTest, HaveANewVersionForEveryTokenAndNoneForAScheme) {
  add("home");
  const auto bare = version("home");
  saved_.put_secret(saved_.find("home"), "token", Secret("short"));
  const auto first = version("home");
  fs::last_write_time(token_file("home"), fs::file_time_type::min());  // on a coarse clock, too
  saved_.put_secret(saved_.find("home"), "token", Secret("other"));
  EXPECT_NE(first, bare);
  EXPECT_NE(version("home"), first);
  const auto before = version("home");
  auto used = saved_.find("home");
  used.last_scheme = "token";
  ConnectionRegistry(folder_ / "connections.json").put(used, true);
  EXPECT_EQ(version("home"), before);
}

TEST_F(SavedConnectionsTest, KeepWhatIsForTheFrontWithThatGatewayAlone) {
  add("home");
  std::map<std::string, Secret> typed;
  typed.emplace("password", Secret("of the door"));
  saved_.put_secret(saved_.find("home"), "password", Secret("of the gateway"));
  saved_.put_front(saved_.find("home"), typed, {{"username", "ada"}});
  const auto before = version("home");
  typed.insert_or_assign("password", Secret("of the other door"));
  saved_.put_front(saved_.find("home"), typed, {});
  EXPECT_NE(version("home"), before);
  EXPECT_EQ(saved_.find("home").front_inputs.at("password").read().reveal(), "of the other door");
  EXPECT_EQ(saved_.find("home").inputs.at("password").read().reveal(), "of the gateway");
  EXPECT_THAT(listed(), Not(HasSubstr("of the other door")));

  put(edited("home", R"("name":"work")"));
  EXPECT_EQ(saved_.find("work").front_inputs.at("password").read().reveal(), "of the other door");
  EXPECT_EQ(saved_.find("work").front_settings.at("username"), "ada");
  EXPECT_FALSE(fs::exists(token_file("home@front-password")));

  const auto old = saved_.find("work");
  put(edited("work", R"("url":"http://127.0.0.1:2")"));
  EXPECT_TRUE(saved_.find("work").front_inputs.empty());
  EXPECT_TRUE(saved_.find("work").front_settings.empty());
  EXPECT_FALSE(fs::exists(token_file("work@front-password")));
  EXPECT_THROW(saved_.put_front(old, typed, {}), Error) << "it was typed for another gateway";

  saved_.put_front(saved_.find("work"), typed, {});
  saved_.remove("work", version("work"));
  EXPECT_FALSE(fs::exists(token_file("work@front-password")));
}

TEST_F(SavedConnectionsTest, TakeACertificateThatIsTypedAndNoneAlongToAnotherGateway) {
  const auto file = (folder_ / "client.pem").string();
  test::write_text(file, "a certificate");
  put(form(R"({"name":"home","url":"https://127.0.0.1:1","client_certificate":")" + file + "\"}"));
  EXPECT_EQ(saved_.find("home").client_certificate, file);
  const auto same = R"("client_certificate":")" + file + "\"";
  put(edited("home", R"("url":"https://127.0.0.1:2",)" + same));
  EXPECT_EQ(saved_.find("home").client_certificate, "");
  put(edited("home", same));
  EXPECT_EQ(saved_.find("home").client_certificate, file);
  put(edited("home"));  // an older page has no such field
  EXPECT_EQ(saved_.find("home").client_certificate, file);
}

TEST_F(SavedConnectionsTest, TakeEverythingAlongToANewName) {
  add("home");
  saved_.put_secret(saved_.find("home"), "token", Secret(kToken));
  saved_.put_secret(saved_.find("home"), "api_key", Secret("a key"));
  saved_.make_current("home");
  sessions_->save(key_of("home"), Secret("the session"));
  put(edited("home", R"("name":"work")"));

  EXPECT_THROW(saved_.find("home"), Error);
  EXPECT_EQ(saved_.find("work").inputs.at("token").read().reveal(), kToken);
  EXPECT_EQ(saved_.find("work").inputs.at("api_key").read().reveal(), "a key");
  EXPECT_FALSE(fs::exists(token_file("home")));
  EXPECT_FALSE(fs::exists(token_file("home@api_key")));
  EXPECT_EQ(current_, "work");
  EXPECT_EQ(sessions_->load(key_of("work")).session->reveal(), "the session");
  add("home");
  EXPECT_FALSE(sessions_->load(key_of("home")).session);
}

TEST_F(SavedConnectionsTest, ChangeNothingIfTheNewNameIsTaken) {
  add("home");
  add("work", "http://127.0.0.1:2");
  saved_.put_secret(saved_.find("home"), "token", Secret(kToken));
  saved_.put_secret(saved_.find("work"), "token", Secret("the token of work"));
  sessions_->save(key_of("work"), Secret("the session of work"));
  EXPECT_THAT(error_of([&] { put(edited("home", R"("name":"work")")); }),
              HasSubstr(R"("field":"name")"));
  EXPECT_EQ(saved_.find("home").inputs.at("token").read().reveal(), kToken);
  EXPECT_EQ(saved_.find("work").inputs.at("token").read().reveal(), "the token of work");
  EXPECT_EQ(sessions_->load(key_of("work")).session->reveal(), "the session of work");
}

TEST_F(SavedConnectionsTest, RemoveWhatBelongsToTheConnection) {
  add("home");
  add("other");
  saved_.put_secret(saved_.find("home"), "token", Secret(kToken));
  saved_.put_secret(saved_.find("other"), "token", Secret(kToken));
  saved_.make_current("home");
  EXPECT_EQ(saved_.remove("home", version("home")), "Removed home.");
  EXPECT_FALSE(fs::exists(token_file("home")));
  EXPECT_TRUE(fs::exists(token_file("other")));
  EXPECT_EQ(current_, "");
  EXPECT_THROW(saved_.remove("home", ""), Error);
}

TEST_F(SavedConnectionsTest, DeleteNoFileOfTheUser) {
  const auto mine = folder_ / "mine";
  test::write_text(mine, kToken);
  auto settings = ConnectionSettings{.url = GatewayUrl::parse("http://127.0.0.1:1")};
  settings.name = "home";
  settings.inputs.emplace("token", test::secret_in(mine));
  ConnectionRegistry(folder_ / "connections.json").put(settings, false);
  saved_.remove("home", version("home"));
  EXPECT_TRUE(fs::exists(mine));
}

TEST_F(SavedConnectionsTest, AreCurrentOnlyIfTheyExist) {
  EXPECT_THROW(saved_.make_current("home"), Error);
  add("home");
  saved_.make_current("home");
  EXPECT_THAT(listed(), HasSubstr(R"("current":true)"));
}

TEST_F(SavedConnectionsTest, ReportAFileThatIsNoRegistry) {
  test::write_text(folder_ / "connections.json", "not JSON");
  EXPECT_THAT(listed(), Not(HasSubstr(R"("warning":"")")));
}

}  // namespace
}  // namespace pintle::ui
