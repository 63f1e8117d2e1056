// `pintle sign-in` and `pintle sign-out`, with a script in the browser's place.

#include <filesystem>

#include "fixture.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class SignIn : public WithGateway {
 protected:
  void SetUp() override {
    for (const auto* end : {".so", ".json"}) {
      const auto name = std::string("pintle-oauth") + end;
      const auto from = std::filesystem::path(OAUTH_PLUGIN).parent_path() / name;
      std::filesystem::create_directories(pintle_.plugins());
      std::filesystem::copy_file(from, pintle_.plugins() / name,
                                 std::filesystem::copy_options::overwrite_existing);
    }
    practice::Options options;
    options.gate = practice::Gate::native;
    begin(std::move(options));
    password_file_ = pintle_.secret_file("password", std::string(practice::kPassword) + "\n");
  }

  std::vector<std::string> with_password(std::vector<std::string> more = {}) const {
    std::vector<std::string> line = {"sign-in",         url_,          "--with",     "password",
                                     "--provider",      "basic",       "--username", "ada",
                                     "--password-file", password_file_};
    line.insert(line.end(), more.begin(), more.end());
    return line;
  }

  std::string password_file_;
};

TEST_F(SignIn, KeepsTheSessionOfAnAddressThatIsNotKept) {
  const auto signed_in = pintle_.run(with_password());
  EXPECT_EQ(signed_in.code, 0) << signed_in.err;
  EXPECT_THAT(signed_in.out, HasSubstr("Signed in as ada with basic to " + url_));
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

TEST_F(SignIn, AsksNobodyWhereThereIsNoTerminal) {
  const auto ran = pintle_.run(
      {"sign-in", url_, "--with", "password", "--provider", "basic", "--username", "ada"});
  EXPECT_EQ(ran.code, 10);  // config
  EXPECT_THAT(ran.err, HasSubstr("there is no terminal to ask for the Password at"));
}

TEST_F(SignIn, GivesTheAddressToTheBrowserAndToThePerson) {
  const auto script = pintle_.home() / "browser";
  const auto seen = pintle_.home() / "seen";
  write_text(script, "#!/bin/sh\necho \"$1\" > '" + seen.string() + "'\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  pintle_.set("BROWSER", script.string());
  const auto ran =
      pintle_.run({"sign-in", url_, "--with", "browser", "--provider", "practice", "--wait", "1"});
  EXPECT_EQ(ran.code, 17);
  EXPECT_THAT(ran.err, HasSubstr("nobody finished the sign-in within 1 s"));
  auto address = read_text(seen);
  ASSERT_THAT(address, testing::StartsWith(url_ + "/auth/native/authorize?"));
  address.pop_back();
  EXPECT_THAT(ran.err, HasSubstr(address));
  EXPECT_EQ(ran.out, "");
}

TEST_F(SignIn, TakesAPastedAddressFromStandardInputAndSaysWhatIsWrongWithIt) {
  const auto ran = pintle_.run(
      {"sign-in", url_, "--with", "paste", "--provider", "practice", "--wait", "1"}, "what?\n");
  EXPECT_EQ(ran.code, 17);
  EXPECT_THAT(ran.err, HasSubstr("Open this address in a browser, on any machine:"));
  EXPECT_THAT(ran.err, HasSubstr("That is not the address that is wanted"));
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
  EXPECT_THAT(ran.out, HasSubstr("Signed in as ada"));
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
  pintle.wait_for("That is not the address that is wanted");
  pintle.type("\x03");
  EXPECT_EQ(pintle.finish().code, 130);
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
                {"--set", "way=password", "--set", "provider=basic", "--secret-file",
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
    EXPECT_THAT(ran.err, HasSubstr("the fresh session could not be stored"));
    EXPECT_THAT(ran.err, HasSubstr("sessions is not a folder"));
    EXPECT_THAT(ran.out, Not(HasSubstr("could not be stored")));
    line.emplace_back("--json");
    const auto json = run(line);
    EXPECT_EQ(json.code, 0) << json.err;
    const auto at = json.out.find("\"store_trouble\":\"the fresh session could not be stored");
    EXPECT_NE(at, std::string::npos) << json.out;
  }
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
