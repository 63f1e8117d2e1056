// SPDX-License-Identifier: Apache-2.0
//
// What the program tells its user to do next: with a connection that was added, without a
// credential, in front of a broker.

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "fixture.h"

namespace pintle::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class NextStep : public WithGateway {
 protected:
  void begin_signed_out() {
    pintle_.install(OAUTH_PLUGIN);
    begin(native_gate());
  }
};

TEST_F(NextStep, AfterAddIsToConnectIfThereIsACredential) {
  begin();
  EXPECT_THAT(add_home().out, EndsWith("Try: pintle connect home\n"));
}

TEST_F(NextStep, AfterAddIsToGiveATokenIfThereIsNone) {
  begin();
  EXPECT_THAT(pintle_.run({"add", "home", url_}).out,
              EndsWith("It has no session token yet: pintle add --replace home " + url_ +
                       " --token-file FILE\n"));
  const auto status = pintle_.run({"status"});
  EXPECT_THAT(status.out, AllOf(HasSubstr("needs a token"), Not(HasSubstr("sign-in"))));
  EXPECT_EQ(status.err,
            "pintle: home: try pintle add --replace home " + url_ + " --token-file FILE\n");
}

TEST_F(NextStep, AfterAddIsToSignInIfTheGateIsOn) {
  begin_signed_out();
  EXPECT_THAT(pintle_.run({"add", "home", url_}).out,
              EndsWith("It has no credential yet: pintle sign-in home\n"));
}

TEST_F(NextStep, AfterAddIsADiagnosisIfTheGatewayDoesNotAnswer) {
  begin();
  gateway_->stop();
  const auto added = add_home();
  EXPECT_EQ(added.code, 0) << added.err;
  EXPECT_THAT(added.out, AllOf(HasSubstr("It cannot be used yet: "),
                               HasSubstr("pintle doctor home"), Not(HasSubstr("pintle connect"))));
}

TEST_F(NextStep, AddRefusesASchemeThatIsNotInstalled) {
  const auto refused = pintle_.run({"add", "home", "http://127.0.0.1:1", "--scheme", "tokn"});
  EXPECT_EQ(refused.code, 10);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("there is no scheme \"tokn\""), HasSubstr("available: ")));
  EXPECT_FALSE(fs::exists(pintle_.connections()));
}

TEST_F(NextStep, AMissingTokenFileIsNamedAndNoMatterOfSigningIn) {
  begin();
  const auto file = (pintle_.home() / "later").string();
  const auto added = pintle_.run({"add", "home", url_, "--token-file", file});
  EXPECT_EQ(added.code, 0);
  EXPECT_THAT(added.err, HasSubstr("there is no file " + file + " yet"));
  EXPECT_THAT(added.out, EndsWith("Once file " + file + " exists: pintle connect home\n"));
  const auto status = pintle_.run({"status", "home"});
  EXPECT_EQ(status.code, 10);
  EXPECT_THAT(status.out, AllOf(HasSubstr(file), HasSubstr("0.16.0"), Not(HasSubstr("sign-in"))));
  EXPECT_THAT(status.err, HasSubstr("Put the secret into file " + file));
  const auto one =
      json_of(pintle_.run({"status", "home", "--json"}).out)->getArray("connections")->getObject(0);
  EXPECT_EQ(one->getValue<std::string>("scheme"), "token");
  EXPECT_EQ(one->getObject("error")->getValue<std::string>("layer"), "config");
  const auto called = pintle_.run({"call", "home", "GET", "/api/sessions"});
  EXPECT_EQ(called.code, 10);
  EXPECT_THAT(called.err, HasSubstr(file));
  write_text(file, kToken);
  EXPECT_EQ(pintle_.run({"status", "home"}).code, 0);
}

TEST_F(NextStep, SignInOfATokenChecksItWithTheGateway) {
  begin();
  ASSERT_EQ(add_home().code, 0);
  const auto good = pintle_.run({"sign-in", "home"});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("accepts the credential from file " + token_file_));
  EXPECT_THAT(good.err, HasSubstr("nothing is stored"));
  const auto json = json_of(pintle_.run({"sign-in", "home", "--json"}).out);
  EXPECT_TRUE(json->getValue<bool>("checked"));
  EXPECT_FALSE(json->has("kept_in"));
  const auto wrong = pintle_.secret_file("wrong", "another-gateways-token\n");
  const auto refused = pintle_.run({"sign-in", url_, "--token-file", wrong, "--json"});
  EXPECT_EQ(refused.code, 17);
  EXPECT_THAT(refused.out, Not(HasSubstr("signed_in")));
}

TEST_F(NextStep, SignInWithoutADisplayTakesAPassword) {
  pintle_.install(OAUTH_PLUGIN);
  begin(cookie_gate());
  const auto ran = pintle_.run({"sign-in", url_});
  EXPECT_EQ(ran.code, 10);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("There is no display"), HasSubstr("--username")));
  // The user decides.
  EXPECT_THAT(pintle_.run({"sign-in", url_, "--with", "window"}).err,
              Not(HasSubstr("signing in with a password")));
  EXPECT_THAT(pintle_.run({"sign-in", url_, "--provider", "practice"}).err,
              Not(HasSubstr("signing in with a password")));
}

TEST_F(NextStep, SignInWithoutADisplayAsksForThePasswordAtTheTerminal) {
  pintle_.install(OAUTH_PLUGIN);
  begin(cookie_gate());
  AtTerminal pintle(pintle_, {"sign-in", url_});
  pintle.wait_for("User name: ");
  pintle.type("ada\n");
  pintle.wait_for("Password: ");
  pintle.type(std::string(practice::kPassword) + "\n");
  const auto ran = pintle.finish();
  EXPECT_EQ(ran.code, 0) << ran.out;
}

TEST_F(NextStep, OfABrokerWithoutATokenIsNoSignIn) {
  begin();
  ASSERT_EQ(pintle_.run({"add", "home", url_}).code, 0);
  for (const auto& target : {std::string("home"), url_}) {
    Running serve(pintle_, {"serve", target});
    serve.wait_for("Ctrl-C");
    serve.signal(SIGTERM);
    const auto ran = serve.finish();
    EXPECT_THAT(ran.err, AllOf(HasSubstr("start it again with --token-file FILE"),
                               Not(HasSubstr("sign-in"))));
    EXPECT_THAT(ran.out, HasSubstr("  pintle exec " + target + " -- COMMAND\n"));
  }
}

TEST_F(NextStep, OfACommandThatNobodyIsSignedInForIsToldBeforeItRuns) {
  begin_signed_out();
  const auto ran = pintle_.run({"exec", url_, "--", "true"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.err, HasSubstr("pintle sign-in " + url_));
  begin();
  EXPECT_EQ(pintle_.run({"exec", url_, "--token-file", token_file_, "--", "true"}).err, "");
}

TEST_F(NextStep, OfExecWithoutItsDashesIsToPutThem) {
  const auto ran = pintle_.run({"exec", "home", "sh", "-c", "true"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("the command comes after \"--\""));
  EXPECT_THAT(pintle_.run({"exec", "home", "true"}).err, HasSubstr("\"--\" before the command"));
}

TEST_F(NextStep, OfAPracticeGatewayWithUsersIsToSignIn) {
  for (const std::string gate : {"cookie", "native"}) {
    Running practice(pintle_, {"practice", "--gate", gate});
    const auto out = practice.wait_for("Ctrl-C");
    practice.signal(SIGTERM);
    EXPECT_EQ(practice.finish().code, 0);
    EXPECT_THAT(out, testing::ContainsRegex("  pintle sign-in http://.* --username ada\n"));
  }
  Running practice(pintle_, {"practice", "--gate", "native", "--json"});
  const auto json = json_of(practice.wait_for("\n"));
  EXPECT_EQ(json->getValue<std::string>("user"), "ada");
  EXPECT_EQ(json->getValue<std::string>("password"), practice::kPassword);
  const auto useless =
      pintle_.run({"practice", "--gate", "native", "--token-file", token_file_, "--for", "1"});
  EXPECT_EQ(useless.code, 2);
  EXPECT_THAT(useless.err, HasSubstr("--token-file is for"));
}

TEST_F(NextStep, APracticeGatewayNamesTheUnknownKeyOfAFault) {
  const auto file = pintle_.secret_file("faults", R"([{"kind": "drop", "times": 2}])");
  const auto ran = pintle_.run({"practice", "--faults", file, "--for", "1"});
  EXPECT_EQ(ran.code, 10);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("no key \"times\""), HasSubstr("count")));
}

TEST_F(NextStep, APracticeGatewayOnABusyPortHasTheCodeOfOtherServers) {
  begin();
  const auto port = url_.substr(url_.rfind(':') + 1);
  const auto practice = pintle_.run({"practice", "--port", port, "--for", "1"});
  EXPECT_EQ(practice.code, 12);
  EXPECT_THAT(practice.err, HasSubstr("cannot listen on 127.0.0.1:" + port + ": "));
}

TEST_F(NextStep, OfARefusedWebSocketIsToLeaveOutAWrongPath) {
  begin();
  const auto named =
      pintle_.run(with_credential({"connect", url_, "--once", "--path", "/api/nope?key=hunter22"}));
  EXPECT_EQ(named.code, 17);
  EXPECT_THAT(named.err, AllOf(HasSubstr("no WebSocket at /api/nope: try without --path"),
                               Not(HasSubstr("hunter22"))));
}

}  // namespace
}  // namespace pintle::test
