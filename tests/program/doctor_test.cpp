// SPDX-License-Identifier: Apache-2.0
//
// `pintle doctor` names the broken step of what users run into, and says what to do.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "doctor_fixture.h"
#include "support/forward_proxy.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST_F(Doctor, FindsEveryStepInOrderAtAHealthyGateway) {
  begin();
  const auto found = doctor();
  EXPECT_EQ(found.code, 0) << found.json;
  EXPECT_TRUE(found.ok);
  EXPECT_THAT(found.ids, ElementsAre("settings", "name", "tcp", "proxy", "tls", "http",
                                     "intermediary", "host-guard", "probe", "clock", "scheme",
                                     "store", "session", "ticket", "upgrade", "ready", "ping"));
  for (const auto& [id, step] : found.steps) {
    const bool is_not_needed = id == "proxy" || id == "tls" || id == "ticket";
    EXPECT_EQ(step.verdict, is_not_needed ? "skipped" : "ok") << id << found.json;
  }
  EXPECT_THAT(found["probe"].finding, HasSubstr("0.16.0"));
  EXPECT_THAT(found["scheme"].finding, HasSubstr("token"));
  EXPECT_THAT(found["ping"].finding, HasSubstr(" ms"));
}

TEST_F(Doctor, SaysWhoIsSignedInAndUntilWhen) {
  pintle_.install(OAUTH_PLUGIN);
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    begin(with_gate(gate));
    sign_in();
    const auto found = doctor(url_);
    EXPECT_EQ(found.code, 0) << found.json;
    EXPECT_THAT(found["session"].finding,
                AllOf(HasSubstr("signed in as ada (provider basic)"), HasSubstr("until 20")));
    EXPECT_EQ(found.verdict("ticket"), "ok");
    EXPECT_THAT(found["store"].finding, HasSubstr("a session is stored"));
    EXPECT_THAT(found["store"].facts, HasSubstr("file access: only you (mode 0600)"));
  }
}

TEST_F(Doctor, NamesAMissingAndADeadSession) {
  pintle_.install(OAUTH_PLUGIN);
  begin(cookie_gate());
  const auto missing = doctor(url_);
  EXPECT_EQ(missing.failed, "session") << missing.json;
  EXPECT_EQ(missing.code, 17);
  EXPECT_THAT(missing["session"].hint, HasSubstr("pintle sign-in " + url_));
  EXPECT_EQ(missing.verdict("ticket"), "skipped");
  sign_in();
  gateway_->end_sessions();
  const auto dead = doctor(url_);
  EXPECT_EQ(dead.failed, "session") << dead.json;
  EXPECT_EQ(dead.code, 19);
}

TEST_F(Doctor, SignsInWithoutTheUserIfTheSettingsSayHow) {
  pintle_.install(OAUTH_PLUGIN);
  begin(cookie_gate());
  const auto password = pintle_.secret_file("password", "\xef\xbb\xbfpractice\r\n");
  const auto user = pintle_.secret_file("user", "ada");
  const auto found =
      doctor(url_, {"--secret-file", "password=" + password, "--secret-file", "username=" + user});
  EXPECT_EQ(found.code, 0) << found.json;
  EXPECT_THAT(found["session"].finding, HasSubstr("ada"));
}

TEST_F(Doctor, AcceptsALargeSessionCookieAndASessionOfTheUrl) {
  pintle_.install(OAUTH_PLUGIN);
  auto options = cookie_gate();
  options.access_token_bytes = 4'500;
  begin(std::move(options));
  sign_in();
  const auto by_url = doctor(url_);
  EXPECT_EQ(by_url.code, 0) << by_url.json;
  ASSERT_EQ(pintle_.run({"add", "work", url_}).code, 0);
  const auto by_name = doctor("work");
  EXPECT_EQ(by_name.code, 0) << by_name.json;
  EXPECT_THAT(by_name["session"].finding, HasSubstr("ada"));
}

TEST_F(Doctor, NamesSecretsOverPlainHttpToAnotherMachine) {
  auto options = token_gate();
  options.allowed_hosts = {"box.tail1234.ts.net"};
  begin(std::move(options));
  const ForwardProxy proxy(gateway_->port());
  const std::string box = "http://box.tail1234.ts.net:9119";
  const auto refused = doctor(box, with_credential({"--proxy", proxy.url()}));
  EXPECT_EQ(refused.failed, "scheme") << refused.json;
  EXPECT_EQ(refused.code, 10);
  EXPECT_THAT(refused["scheme"].hint, HasSubstr("--allow-plain-http"));
  const auto allowed = doctor(box, with_credential({"--proxy", proxy.url(), "--allow-plain-http"}));
  EXPECT_EQ(allowed.code, 0) << allowed.json;
  EXPECT_EQ(allowed.verdict("proxy"), "ok");
  EXPECT_EQ(allowed.verdict("settings"), "warning");
}

TEST_F(Doctor, NamesAGatewayThatMovedAndOneAboveThePastedPage) {
  begin();
  gateway_->set_faults(
      {Fault(FaultKind::redirect, "/api/status", -1, 0, "https://www.gateway.example/api/status")});
  const auto moved = doctor();
  EXPECT_EQ(moved.failed, "intermediary") << moved.json;
  EXPECT_THAT(moved["intermediary"].hint, HasSubstr("Use that URL: https://www.gateway.example"));
  auto options = token_gate();
  options.serves_pages = true;
  begin(std::move(options));
  const auto page = doctor(url_ + "/chat/x");
  EXPECT_EQ(page.failed, "probe") << page.json;
  EXPECT_EQ(page.code, 10);
  EXPECT_THAT(page["probe"].hint, HasSubstr("Use that URL: " + url_ + "."));
}

TEST_F(Doctor, WarnsOfAClockThatIsWrong) {
  for (const std::int64_t offset_ms : {3'600'000LL, -3'600'000LL}) {
    auto options = token_gate();
    options.date_offset_ms = offset_ms;
    begin(std::move(options));
    const auto found = doctor();
    EXPECT_EQ(found.code, 0) << found.json;
    EXPECT_EQ(found.warned, "clock");
    EXPECT_THAT(found["clock"].finding,
                HasSubstr(offset_ms > 0 ? "60 min behind" : "60 min ahead of"));
    EXPECT_THAT(found["clock"].hint, HasSubstr("timedatectl"));
  }
}

TEST_F(Doctor, WarnsOfAGatewayThatSendsNoReady) {
  auto options = token_gate();
  options.ready = practice::Ready::silent;
  begin(std::move(options));
  const auto found = doctor();
  EXPECT_EQ(found.code, 0) << found.json;
  EXPECT_EQ(found.warned, "ready");
  EXPECT_EQ(found.verdict("ping"), "ok");
}

TEST_F(Doctor, NamesAStoreThatCannotBeUsed) {
  pintle_.install(OAUTH_PLUGIN);
  begin(cookie_gate());
  const auto state = pintle_.home() / "state";
  std::filesystem::create_directories(state);
  write_text(state / "pintle", "a file where the folder should be");
  const auto found = doctor(url_);
  EXPECT_EQ(found.failed, "store") << found.json;
  EXPECT_EQ(found.code, 24);
  EXPECT_THAT(found["store"].hint, Not(testing::IsEmpty()));
  // A token from the settings works without it.
  begin();
  const auto warned = doctor();
  EXPECT_EQ(warned.code, 0) << warned.json;
  EXPECT_EQ(warned.warned, "store");
}

TEST_F(Doctor, NamesSettingsThatCannotBeUsed) {
  const std::vector<std::vector<std::string>> lines = {
      {"127.0.0.1:9119"},
      {"http:/127.0.0.1:9119"},
      {"http://::1:9119"},
      {"http://[fe80::1%25]:9119"},
      {"no-such-name"},
      {"http://127.0.0.1:9119", "--proxy", "http://me:secret@127.0.0.1:3128"},
      {"http://127.0.0.1:9119", "--headers-file", "/nonexistent"},
      {"https://127.0.0.1:9119", "--ca-file", "/nonexistent"},
  };
  for (const auto& line : lines) {
    SCOPED_TRACE(line.back());
    const auto found = doctor(line[0], {line.begin() + 1, line.end()});
    EXPECT_EQ(found.failed, "settings") << found.json;
    EXPECT_EQ(found.code, 10);
    EXPECT_EQ(found.steps.size(), 17U);
    EXPECT_THAT(found["settings"].hint, Not(testing::IsEmpty()));
    EXPECT_THAT(found["settings"].hint + found["settings"].finding, Not(HasSubstr("secret@")));
  }
  EXPECT_THAT(doctor("127.0.0.1:9119")["settings"].hint, HasSubstr("http://127.0.0.1:9119"));
}

TEST_F(Doctor, WarnsOfATokenThatEveryUserCanRead) {
  begin();
  std::filesystem::permissions(token_file_, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const auto found = doctor();
  EXPECT_EQ(found.code, 0) << found.json;
  EXPECT_EQ(found.warned, "settings");
}

TEST_F(Doctor, ShowsASavedConnectionAndTheDefaultGateway) {
  begin();
  ASSERT_EQ(add_home().code, 0);
  const auto found = doctor("home");
  EXPECT_EQ(found.code, 0) << found.json;
  EXPECT_THAT(found["settings"].finding, HasSubstr("connection home"));
  ASSERT_EQ(pintle_.run({"use", "home"}).code, 0);
  EXPECT_EQ(pintle_.run({"doctor"}).code, 0);
}

}  // namespace
}  // namespace pintle::test
