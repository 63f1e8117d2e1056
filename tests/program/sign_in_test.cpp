// SPDX-License-Identifier: Apache-2.0
//
// `pintle sign-in` and `pintle sign-out`, with a script instead of the browser.

#include <chrono>
#include <filesystem>

#include "fixture.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class SignIn : public WithGateway {
 protected:
  void SetUp() override {
    pintle_.install(OAUTH_PLUGIN);
    begin(native_gate());
    password_file_ = pintle_.secret_file("password", std::string(practice::kPassword) + "\n");
  }

  std::vector<std::string> with_password(std::vector<std::string> more = {}) const {
    std::vector<std::string> line = {"sign-in",         url_,          "--with",     "password",
                                     "--provider",      "basic",       "--username", "ada",
                                     "--password-file", password_file_};
    line.insert(line.end(), more.begin(), more.end());
    return line;
  }

  std::string kept_in(const std::string& target) {
    const auto list =
        json_of(pintle_.run({"status", target, "--json"}).out)->getArray("connections");
    return list->getObject(0)->getValue<std::string>("kept_in");
  }

  std::string password_file_;
};

TEST_F(SignIn, KeepsTheSessionOfAnAddressThatIsNotKept) {
  const auto signed_in = pintle_.run(with_password());
  EXPECT_EQ(signed_in.code, 0) << signed_in.err;
  EXPECT_THAT(signed_in.out, HasSubstr("Signed in to " + url_ + " as ada (provider basic)."));
  const auto called = pintle_.run({"call", url_, "GET", "/api/sessions"});
  EXPECT_EQ(called.code, 0) << called.err;
  const auto out = pintle_.run({"sign-out", url_});
  EXPECT_EQ(out.code, 0) << out.err;
  EXPECT_THAT(out.out, HasSubstr("Signed out of " + url_));
  EXPECT_THAT(out.out, HasSubstr("stays valid at the gateway"));
  EXPECT_NE(pintle_.run({"call", url_, "GET", "/api/sessions"}).code, 0);
}

TEST_F(SignIn, OutlivesAnUpgradeThatAProxySwallowed) {
  ASSERT_EQ(pintle_.run(with_password()).code, 0);
  gateway_->set_faults({practice::Fault(practice::FaultKind::plain_get, "/api/ws", -1)});
  const auto refused = pintle_.run({"connect", url_, "--once"});
  EXPECT_EQ(refused.code, 21) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("Upgrade and Connection"));
  EXPECT_THAT(refused.err, Not(HasSubstr("ign in")));
  gateway_->set_faults({});
  EXPECT_EQ(pintle_.run({"connect", url_, "--once"}).code, 0);
}

TEST_F(SignIn, SaysItAsOneJsonObject) {
  const auto ran = pintle_.run(with_password({"--json"}));
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto said = json_of(ran.out);
  EXPECT_TRUE(said->getValue<bool>("signed_in"));
  EXPECT_EQ(said->getValue<std::string>("url"), url_);
  EXPECT_EQ(said->getObject("facts")->getValue<std::string>("user"), "ada");
  EXPECT_TRUE(said->getValue<bool>("checked"));
  EXPECT_THAT(ran.out, testing::ContainsRegex("\"expires_ms\":[0-9]+"));
  EXPECT_THAT(ran.out + ran.err, Not(HasSubstr(std::string(practice::kPassword) + "\"")));
  const auto out = json_of(pintle_.run({"sign-out", url_, "--json"}).out);
  EXPECT_EQ(out->getValue<std::string>("signed_out"), url_);
}

TEST_F(SignIn, ReadsThePasswordFromACommandAndFromStandardInput) {
  const std::vector<std::string> line = {"sign-in",    url_,    "--with",     "password",
                                         "--provider", "basic", "--username", "ada"};
  auto by_command = line;
  by_command.insert(by_command.end(), {"--password-command", "cat " + password_file_});
  EXPECT_EQ(pintle_.run(by_command).code, 0);
  auto by_input = line;
  by_input.emplace_back("--password-stdin");
  EXPECT_EQ(pintle_.run(by_input, std::string(practice::kPassword) + "\n").code, 0);
  EXPECT_EQ(pintle_.run(by_input, "wrong\n").code, 17);  // gate
  by_input.insert(by_input.end(), {"--password-file", password_file_});
  EXPECT_EQ(pintle_.run(by_input).code, 2);
}

TEST_F(SignIn, IsHintedAtWithTheGatewayOfTheCommandLine) {
  const auto ran = pintle_.run({"call", url_, "GET", "/api/sessions"});
  EXPECT_EQ(ran.code, 17);  // gate
  EXPECT_THAT(ran.err, HasSubstr("(pintle sign-in " + url_ + ")"));
  EXPECT_THAT(pintle_.run({"call", url_, "GET", "/api/sessions", "--json"}).out,
              HasSubstr("(pintle sign-in " + url_ + ")"));
}

TEST_F(SignIn, AsksNobodyWhereThereIsNoTerminal) {
  const auto ran = pintle_.run(
      {"sign-in", url_, "--with", "password", "--provider", "basic", "--username", "ada"});
  EXPECT_EQ(ran.code, 10);  // config
  EXPECT_THAT(ran.err, HasSubstr("the password was not given, and there is no terminal"));
}

TEST_F(SignIn, TellsTheUserTheAddressAndPutsNoneThatSaysItIntoACommandLine) {
  const auto script = pintle_.home() / "browser";
  const auto seen = pintle_.home() / "seen";
  write_text(script, "#!/bin/sh\necho \"$@\" > '" + seen.string() + "'\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  pintle_.set("BROWSER", script.string());
  const auto ran =
      pintle_.run({"sign-in", url_, "--with", "browser", "--provider", "practice", "--wait", "1"});
  EXPECT_EQ(ran.code, 17);
  EXPECT_THAT(ran.err, HasSubstr("the sign-in timed out after 1 s"));
  EXPECT_THAT(ran.err, HasSubstr("\n" + url_ + "/auth/native/authorize?"));
  EXPECT_THAT(read_text(seen), testing::MatchesRegex("http://127.0.0.1:[0-9]+/start/[0-9a-f]+\n"));
  EXPECT_EQ(ran.out, "");
}

TEST_F(SignIn, TakesTheProviderOfPasswordsWhereAPasswordIsGiven) {
  const auto ran =
      pintle_.run({"sign-in", url_, "--username", "ada", "--password-file", password_file_});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("as ada (provider basic)."));
}

TEST_F(SignIn, AsksOnceMoreAtTheTerminalAfterAWrongPassword) {
  AtTerminal pintle(
      pintle_, {"sign-in", url_, "--with", "password", "--provider", "basic", "--username", "ada"});
  pintle.wait_for("Password: ");
  pintle.type("wrong\n");
  pintle.wait_for("is wrong. Sign in to " + url_.substr(7) + " with basic.\r\nPassword: ");
  pintle.type(std::string(practice::kPassword) + "\n");
  const auto ran = pintle.finish();
  EXPECT_EQ(ran.code, 0) << ran.out;
}

TEST_F(SignIn, AsksAtTheTerminalWhichProvider) {
  AtTerminal pintle(pintle_, {"sign-in", url_});
  pintle.wait_for("1 basic (password), 2 practice.\r\nProvider (number or name): ");
  EXPECT_TRUE(pintle.echoes());
  pintle.type("3\n");
  pintle.wait_for("There is no provider \"3\".");
  pintle.type("1\n");
  pintle.wait_for("User name: ");
  pintle.type("ada\n");
  pintle.wait_for("Password: ");
  pintle.type(std::string(practice::kPassword) + "\n");
  const auto ran = pintle.finish();
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("as ada (provider basic)."));
}

TEST_F(SignIn, NamesTheOptionForTheProviderWhereThereIsNoTerminal) {
  const auto ran = pintle_.run({"sign-in", url_});
  EXPECT_EQ(ran.code, 10);
  EXPECT_THAT(ran.err, HasSubstr("Choose one with --provider: basic (password), practice."));
  EXPECT_THAT(json_of(pintle_.run({"sign-in", url_, "--json"}).out)
                  ->getObject("error")
                  ->getValue<std::string>("hint"),
              HasSubstr("--provider: basic (password), practice"));
}

TEST_F(SignIn, TakesAPastedAddressFromStandardInputAndSaysWhatIsWrongWithIt) {
  const auto ran =
      pintle_.run({"sign-in", url_, "--with", "paste", "--provider", "practice"}, "what?\n");
  EXPECT_EQ(ran.code, 10);
  EXPECT_THAT(ran.err, HasSubstr("Open this address in a browser, on any machine:"));
  EXPECT_THAT(ran.err, HasSubstr("That is not the expected address"));
  EXPECT_THAT(ran.err, HasSubstr("config: the address of the last page was not pasted"));
}

TEST_F(SignIn, FailsAtOnceWhereNothingCanBePasted) {
  const auto ran =
      pintle_.run({"sign-in", url_, "--with", "paste", "--provider", "practice", "--wait", "60"});
  EXPECT_EQ(ran.code, 10);
  EXPECT_THAT(ran.err, HasSubstr("the input has ended"));
  EXPECT_LT(ran.duration, std::chrono::seconds(30));
}

TEST_F(SignIn, ShowsAtTheTerminalWhatIsTypedAndNeverThePassword) {
  AtTerminal pintle(pintle_, {"sign-in", url_, "--with", "password", "--provider", "basic"});
  pintle.wait_for("User name: ");
  EXPECT_TRUE(pintle.echoes());
  pintle.type("ada\n");
  pintle.wait_for("Password: ");
  EXPECT_FALSE(pintle.echoes());
  pintle.type(std::string(practice::kPassword) + "\n");
  const auto ran = pintle.finish();
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_TRUE(pintle.echoes());
  EXPECT_THAT(ran.out, HasSubstr("as ada (provider basic)."));
  EXPECT_THAT(ran.out, Not(HasSubstr(std::string(practice::kPassword))));
}

TEST_F(SignIn, LeavesTheTerminalAsItWasAtCtrlC) {
  AtTerminal pintle(
      pintle_, {"sign-in", url_, "--with", "password", "--provider", "basic", "--username", "ada"});
  pintle.wait_for("Password: ");
  EXPECT_FALSE(pintle.echoes());
  pintle.type("half\x03");
  EXPECT_EQ(pintle.finish().code, 130);
  EXPECT_TRUE(pintle.echoes());
}

TEST_F(SignIn, TakesWhatIsPastedAtTheTerminalAndEndsAtCtrlC) {
  AtTerminal pintle(pintle_, {"sign-in", url_, "--with", "paste", "--provider", "practice"});
  pintle.wait_for("> ");
  pintle.type("what?\n");
  pintle.wait_for("That is not the expected address");
  pintle.type("\x03");
  EXPECT_EQ(pintle.finish().code, 130);
}

TEST_F(SignIn, IsUndoneByTheAddressAloneWhileTheGatewayIsDown) {
  ASSERT_EQ(pintle_.run(with_password()).code, 0);
  gateway_->stop();
  const auto out = pintle_.run({"sign-out", url_});
  EXPECT_EQ(out.code, 0) << out.err;
  EXPECT_THAT(out.out, HasSubstr("Signed out of " + url_));
  EXPECT_THAT(out.out, HasSubstr("could not be notified of the sign-out"));
  EXPECT_THAT(pintle_.run({"sign-out", url_}).out, HasSubstr("No session was stored here."));
}

TEST_F(SignIn, ByUrlIsFoundByTheConnectionThatIsAddedForIt) {
  ASSERT_EQ(pintle_.run(with_password()).code, 0);
  const auto added = pintle_.run({"add", "work", url_});
  EXPECT_EQ(added.code, 0) << added.err;
  EXPECT_THAT(added.out, HasSubstr("It uses the session that is signed in to this URL."));
  for (const std::string target : {"work", url_.c_str()}) {
    EXPECT_EQ(pintle_.run({"call", target, "GET", "/api/sessions"}).code, 0) << target;
  }
  // One place for all users of the session: two copies of a rotating session would end it.
  EXPECT_EQ(kept_in("work"), kept_in(url_));
  gateway_->expire_access();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(pintle_.run({"call", "work", "GET", "/api/sessions"}).code, 0);
    gateway_->expire_access();
    EXPECT_EQ(pintle_.run({"call", url_, "GET", "/api/sessions"}).code, 0);
  }
  EXPECT_EQ(gateway_->request_log().counters().reuse_detections, 0U);
  // A second one does not become a user without being asked.
  const auto second = pintle_.run({"add", "other", url_});
  EXPECT_THAT(second.out, HasSubstr("is used by work"));
  EXPECT_NE(pintle_.run({"call", "other", "GET", "/api/sessions"}).code, 0);
  const auto out = pintle_.run({"sign-out", url_});
  EXPECT_EQ(out.code, 0);
  EXPECT_THAT(out.err, HasSubstr("the connection work used this session"));
  EXPECT_NE(pintle_.run({"call", "work", "GET", "/api/sessions"}).code, 0);
  EXPECT_NE(pintle_.run({"call", url_, "GET", "/api/sessions"}).code, 0);
}

TEST_F(SignIn, ByUrlSaysThatAConnectionHasASessionOfItsOwn) {
  ASSERT_EQ(pintle_.run({"add", "work", url_}).code, 0);
  const auto signed_in = pintle_.run(with_password());
  EXPECT_THAT(signed_in.err, HasSubstr("the connection work does not use this session. To "
                                       "sign in to it: pintle sign-in work"));
}

TEST_F(SignIn, OfARemovedConnectionIsSaidToStayValid) {
  ASSERT_EQ(pintle_.run({"add", "work", url_}).code, 0);
  auto line = with_password();
  line[1] = "work";
  ASSERT_EQ(pintle_.run(line).code, 0);
  EXPECT_THAT(pintle_.run({"remove", "work"}).out, HasSubstr("stays valid at the gateway"));
}

TEST_F(SignIn, ByUrlOutlivesTheConnectionThatSharedIt) {
  ASSERT_EQ(pintle_.run(with_password()).code, 0);
  ASSERT_EQ(pintle_.run({"add", "work", url_}).code, 0);
  EXPECT_THAT(pintle_.run({"remove", "work"}).out, HasSubstr("pintle sign-out " + url_));
  EXPECT_EQ(pintle_.run({"call", url_, "GET", "/api/sessions"}).code, 0);
}

class UnusableStore : public SignIn {
 protected:
  void SetUp() override {
    SignIn::SetUp();
    std::filesystem::create_directories(pintle_.home() / "state/pintle");
    write_text(pintle_.home() / "state/pintle/sessions", "not a folder");
    user_file_ = pintle_.secret_file("username", std::string(practice::kUser) + "\n");
  }
  // Without a session, a command signs in by itself with these.
  Ran run(std::vector<std::string> line) {
    line.insert(line.end(),
                {"--set", "method=password", "--set", "provider=basic", "--secret-file",
                 "username=" + user_file_, "--secret-file", "password=" + password_file_});
    return pintle_.run(line);
  }

  std::string user_file_;
};

TEST_F(UnusableStore, IsToldOfByEveryCommandThatMadeASession) {
  const std::vector<std::vector<std::string>> lines = {{"call", url_, "GET", "/api/sessions"},
                                                       {"rpc", url_, "echo", "{}"},
                                                       {"ws-url", url_},
                                                       {"connect", url_, "--once"}};
  for (auto line : lines) {
    SCOPED_TRACE(line[0]);
    const auto ran = run(line);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("cannot store the new session"));
    EXPECT_THAT(ran.err, HasSubstr("sessions is not a folder"));
    EXPECT_THAT(ran.out, Not(HasSubstr("cannot store")));
    line.emplace_back("--json");
    const auto json = run(line);
    EXPECT_EQ(json.code, 0) << json.err;
    const auto at = json.out.find("\"store_trouble\":\"cannot store the new session");
    EXPECT_NE(at, std::string::npos) << json.out;
  }
}

TEST_F(UnusableStore, KeepsNoConnectionFromBeingAdded) {
  EXPECT_EQ(pintle_.run({"add", "work", url_}).code, 0);
}

TEST_F(UnusableStore, IsToldOfWhereItIsWhyNobodyIsSignedIn) {
  const auto ran = pintle_.run({"call", url_, "GET", "/api/sessions"});
  EXPECT_NE(ran.code, 0);
  EXPECT_THAT(ran.err, HasSubstr("sessions is not a folder"));
}

TEST_F(SignIn, NothingIsSaidOfAStoreThatWorks) {
  ASSERT_EQ(pintle_.run(with_password()).code, 0);
  for (const auto* command : {"ws-url", "call"}) {
    SCOPED_TRACE(command);
    std::vector<std::string> line = {command, url_, "--json"};
    if (std::string_view(command) == "call")
      line.insert(line.begin() + 2, {"GET", "/api/sessions"});
    const auto ran = pintle_.run(line);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("store")));
  }
}

}  // namespace
}  // namespace pintle::test
