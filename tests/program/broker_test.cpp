// SPDX-License-Identifier: Apache-2.0
//
// `pintle serve` and `pintle exec`: what they print and leave behind, and the command that exec
// runs.

#include <csignal>
#include <filesystem>
#include <sys/stat.h>

#include "fixture.h"

namespace pintle::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class BrokerCommands : public WithGateway {
 protected:
  BrokerCommands() { begin(); }

  std::vector<std::string> exec(const std::vector<std::string>& command) const {
    auto arguments = with_credential({"exec", url_});
    arguments.emplace_back("--");
    arguments.insert(arguments.end(), command.begin(), command.end());
    return arguments;
  }
};

TEST_F(BrokerCommands, ServeSaysWhereItIsAndLeavesNothingBehind) {
  Running serve(pintle_, with_credential({"serve", url_, "--json"}));
  const auto said = json_of(serve.wait_for("\n"));
  const auto url = said->getValue<std::string>("url");
  const std::filesystem::path file = said->getValue<std::string>("token_file");
  struct stat facts {};
  ASSERT_EQ(::stat(file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0600U);
  const auto called =
      pintle_.run({"call", url, "GET", "/api/sessions", "--token-file", file.string()});
  EXPECT_EQ(called.code, 0) << called.err;
  EXPECT_EQ(pintle_.run({"call", url, "GET", "/api/sessions", "--token-file", token_file_}).code,
            17)
      << "the gateway's own token is not the broker's";
  serve.signal(SIGINT);
  EXPECT_EQ(serve.finish().code, 0);
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(BrokerCommands, ServeTellsAPersonHowToUseIt) {
  Running serve(pintle_, with_credential({"serve", url_}));
  const auto said = serve.wait_for("Ctrl-C");
  EXPECT_THAT(said,
              AllOf(HasSubstr("PINTLE_URL"), HasSubstr("http://127.0.0.1:"), HasSubstr(".token")));
  serve.signal(SIGTERM);
  EXPECT_EQ(serve.finish().code, 0);
}

TEST_F(BrokerCommands, ServeNamesTheCommandToSignInWith) {
  pintle_.install(OAUTH_PLUGIN);
  begin(native_gate());
  ASSERT_EQ(pintle_.run({"add", "work", url_}).code, 0);
  Running serve(pintle_, {"serve", "work", "--json", "--as", "open"});
  const auto url = json_of(serve.wait_for("\n"))->getValue<std::string>("url");
  const auto called =
      pintle_.run({"call", url, "GET", "/api/sessions", "--token-command", "echo none"});
  EXPECT_THAT(called.out, HasSubstr("(pintle sign-in work)"));
  serve.signal(SIGTERM);
  EXPECT_THAT(serve.finish().err, HasSubstr("pintle sign-in work"));
}

TEST_F(BrokerCommands, ServeServesAUnixSocketAndRemovesIt) {
  const auto path = pintle_.home() / "socket";
  Running serve(pintle_,
                with_credential({"serve", url_, "--json", "--listen", "unix:" + path.string()}));
  EXPECT_EQ(json_of(serve.wait_for("\n"))->getValue<std::string>("socket"), path.string());
  EXPECT_TRUE(std::filesystem::is_socket(path));
  serve.signal(SIGTERM);
  EXPECT_EQ(serve.finish().code, 0);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(BrokerCommands, ServeRemovesTheTokensOfKilledBrokersAlone) {
  pintle_.set("XDG_RUNTIME_DIR", pintle_.home().path().string());
  const auto serve = with_credential({"serve", url_, "--json"});
  const auto token_of = [](Running& running) {
    return std::filesystem::path(
        json_of(running.wait_for("\n"))->getValue<std::string>("token_file"));
  };
  Running alive(pintle_, serve);
  Running killed(pintle_, serve);
  const auto of_alive = token_of(alive);
  const auto of_killed = token_of(killed);
  EXPECT_EQ(of_alive.parent_path(), pintle_.home() / "pintle");
  killed.signal(SIGKILL);
  EXPECT_EQ(killed.finish().code, 128 + SIGKILL);
  EXPECT_TRUE(std::filesystem::exists(of_killed));
  write_text(pintle_.home() / "pintle/.broker-1.token.Xa3s9f", "written in part");
  Running next(pintle_, serve);
  EXPECT_TRUE(std::filesystem::exists(token_of(next)));
  EXPECT_TRUE(std::filesystem::exists(of_alive));
  EXPECT_FALSE(std::filesystem::exists(of_killed));
  EXPECT_FALSE(std::filesystem::exists(pintle_.home() / "pintle/.broker-1.token.Xa3s9f"));
  for (auto* running : {&alive, &next}) {
    running->signal(SIGTERM);
    EXPECT_EQ(running->finish().code, 0);
  }
  EXPECT_TRUE(std::filesystem::is_empty(pintle_.home() / "pintle"));
}

TEST_F(BrokerCommands, ServeGivesItsTokenAPrivateFolderIfTheUserHasNone) {
  pintle_.set("XDG_RUNTIME_DIR", "");
  pintle_.set("TMPDIR", pintle_.home().path().string());
  Running serve(pintle_, with_credential({"serve", url_, "--json"}));
  const std::filesystem::path file =
      json_of(serve.wait_for("\n"))->getValue<std::string>("token_file");
  EXPECT_THAT(file.string(), HasSubstr("/pintle-broker-"));
  struct stat facts {};
  ASSERT_EQ(::stat(file.parent_path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0700U);
  serve.signal(SIGTERM);
  EXPECT_EQ(serve.finish().code, 0);
  EXPECT_FALSE(std::filesystem::exists(file.parent_path()));
}

TEST_F(BrokerCommands, ServeOnABusyAddressHasOneExitCode) {
  const auto path = "unix:" + (pintle_.home() / "socket").string();
  Running serve(pintle_, with_credential({"serve", url_, "--json", "--listen", path}));
  serve.wait_for("\n");
  const auto on_socket = pintle_.run(with_credential({"serve", url_, "--listen", path}));
  EXPECT_EQ(on_socket.code, 12);
  EXPECT_THAT(on_socket.err, HasSubstr("in use"));
  const auto port = url_.substr(url_.rfind(':') + 1);
  const auto on_port =
      pintle_.run(with_credential({"serve", url_, "--listen", "127.0.0.1:" + port}));
  EXPECT_EQ(on_port.code, 12);
  EXPECT_THAT(on_port.err, HasSubstr("in use"));
  serve.signal(SIGTERM);
  EXPECT_EQ(serve.finish().code, 0);
}

TEST_F(BrokerCommands, ServeWithoutATokenTakesAnyOfAClientThatNeedsOne) {
  Running serve(pintle_, with_credential({"serve", url_, "--json", "--as", "open"}));
  const auto said = json_of(serve.wait_for("\n"));
  EXPECT_FALSE(said->has("token_file"));
  const auto url = said->getValue<std::string>("url");
  const auto called =
      pintle_.run({"call", url, "GET", "/api/sessions", "--token-command", "echo none"});
  EXPECT_EQ(called.code, 0) << called.err;
  EXPECT_NE(pintle_.run({"call", url, "GET", "/api/sessions"}).code, 0) << "Pintle is one";
  serve.signal(SIGTERM);
  EXPECT_EQ(serve.finish().code, 0);
}

TEST_F(BrokerCommands, ServeRefusesWhatWouldOpenItToOthers) {
  const auto refused = pintle_.run(with_credential({"serve", url_, "--listen", "0.0.0.0:0"}));
  EXPECT_EQ(refused.code, 10);
  EXPECT_THAT(refused.err, HasSubstr("--i-know"));
  EXPECT_EQ(pintle_
                .run(with_credential(
                    {"serve", url_, "--listen", "0.0.0.0:0", "--i-know", "--as", "open"}))
                .code,
            10);
  EXPECT_EQ(pintle_.run({"serve", url_, "--as", "anyone"}).code, 2);
  const auto shared = pintle_.home() / "shared";
  std::filesystem::create_directories(shared / "own");
  std::filesystem::permissions(shared, std::filesystem::perms::all);
  const auto below = pintle_.run(
      with_credential({"serve", url_, "--listen", "unix:" + (shared / "own/socket").string()}));
  EXPECT_EQ(below.code, 10);
  EXPECT_THAT(below.err, HasSubstr(shared.string() + " is writable by everyone"));
}

TEST_F(BrokerCommands, ServeStartsWithoutTheGateway) {
  gateway_->stop();
  Running serve(pintle_, with_credential({"serve", url_, "--json"}));
  const auto said = json_of(serve.wait_for("\n"));
  const std::vector<std::string> call = {"call",         said->getValue<std::string>("url"),
                                         "GET",          "/api/sessions",
                                         "--token-file", said->getValue<std::string>("token_file")};
  EXPECT_NE(pintle_.run(call).code, 0);
  gateway_->restart();
  EXPECT_EQ(pintle_.run(call).code, 0);
  serve.signal(SIGTERM);
  EXPECT_EQ(serve.finish().code, 0);
}

TEST_F(BrokerCommands, ExecGivesTheCommandAGatewayOfItsOwn) {
  // It would come before the broker's.
  pintle_.set("PINTLE_GATEWAY", "https://gateway.invalid");
  const auto nested = pintle_.run(exec({PINTLE_PROGRAM, "call", "GET", "/api/sessions"}));
  EXPECT_EQ(nested.code, 0) << nested.err;
  EXPECT_THAT(nested.out, HasSubstr("Plan the garden"));
  const auto shown =
      pintle_.run(exec({"sh", "-c",
                        "echo $PINTLE_URL; test $PINTLE_URL = $HERMES_DESKTOP_REMOTE_URL && "
                        "test $PINTLE_TOKEN = $HERMES_DESKTOP_REMOTE_TOKEN && "
                        "test ${#PINTLE_TOKEN} = 43 && test $PINTLE_TOKEN != " +
                            std::string(kToken)}));
  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.out, HasSubstr("http://127.0.0.1:"));
}

TEST_F(BrokerCommands, ExecGivesTheCommandNoCredentialAndNoProxyToTheBroker) {
  pintle_.set("MY_TOKEN", std::string(kToken));
  pintle_.set("no_proxy", "internal.example");
  const auto shown = pintle_.run({"exec", url_, "--token-env", "MY_TOKEN", "--", "sh", "-c",
                                  "echo \"<$MY_TOKEN> $no_proxy $NO_PROXY\"; exec " PINTLE_PROGRAM
                                  " call GET /api/sessions >/dev/null"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_EQ(shown.out, "<> internal.example,127.0.0.1,localhost 127.0.0.1,localhost\n");
}

TEST_F(BrokerCommands, ServeIgnoresWhatItsParentIgnored) {
  // As under nohup.
  struct sigaction ignored {};
  struct sigaction before {};
  ignored.sa_handler = SIG_IGN;
  ASSERT_EQ(::sigaction(SIGHUP, &ignored, &before), 0);
  Running serve(pintle_, with_credential({"serve", url_, "--json"}));
  const auto url = json_of(serve.wait_for("\n"))->getValue<std::string>("url");
  ::sigaction(SIGHUP, &before, nullptr);
  serve.signal(SIGHUP);
  EXPECT_EQ(pintle_.run({"probe", url}).code, 0);
  serve.signal(SIGTERM);
  EXPECT_EQ(serve.finish().code, 0);
}

TEST_F(BrokerCommands, ExecHandsTheExitCodeOn) {
  EXPECT_EQ(pintle_.run(exec({"sh", "-c", "exit 7"})).code, 7);
  EXPECT_EQ(pintle_.run(exec({"sh", "-c", "kill -9 $$"})).code, 128 + SIGKILL);
  EXPECT_EQ(pintle_.run(exec({"no-such-program"})).code, 127);
  EXPECT_EQ(pintle_.run(exec({"/"})).code, 126);
  EXPECT_EQ(pintle_.run(with_credential({"exec", url_})).code, 2);
  EXPECT_EQ(pintle_.run(with_credential({"exec", url_, "true"})).code, 2) << "without --";
}

TEST_F(BrokerCommands, ExecLeavesTheArgumentsOfTheCommandAlone) {
  EXPECT_EQ(pintle_.run(exec({"echo", "--json", "--", "--help"})).out, "--json -- --help\n");
}

TEST_F(BrokerCommands, ExecHandsInputOutputAndSignalsOn) {
  EXPECT_EQ(pintle_.run(exec({"cat"}), "through\n").out, "through\n");
  for (const int signal : {SIGTERM, SIGHUP, SIGINT, SIGUSR1}) {
    Running running(pintle_, exec({"sh", "-c",
                                   "trap 'echo got; exit 5' TERM HUP INT USR1; "
                                   "echo ready; while :; do sleep 0.02; done"}));
    running.wait_for("ready");
    running.signal(signal);
    const auto ran = running.finish();
    EXPECT_EQ(ran.code, 5) << signal;
    EXPECT_THAT(ran.out, HasSubstr("got"));
  }
}

}  // namespace
}  // namespace pintle::test
