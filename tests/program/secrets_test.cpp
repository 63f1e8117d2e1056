// SPDX-License-Identifier: Apache-2.0
//
// What must never happen: a credential on a probe, or a secret that someone else can read.

#include <fstream>

#include "fixture.h"

namespace pintle::test {
namespace {

using practice::Fault;
using testing::HasSubstr;
using testing::Not;

class Secrets : public WithGateway {};

TEST_F(Secrets, AreNotSentByTheProbeOfAnyCommand) {
  begin();
  const std::vector<std::vector<std::string>> lines = {{"probe", "home"},
                                                       {"status"},
                                                       {"connect", "home", "--once"},
                                                       {"call", "home", "GET", "/api/sessions"},
                                                       {"rpc", "home", "echo"},
                                                       {"ws-url", "home"}};
  for (const auto& line : lines) {
    SCOPED_TRACE(line[0]);
    // Adding it again drops the cached probe of the command before.
    pintle_.run(with_credential({"add", "home", url_, "--replace", "--json"}));
    gateway_->request_log().clear();
    EXPECT_EQ(pintle_.run(line).code, 0);
    const auto seen = gateway_->request_log().requests();
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen[0].path, "/api/status");
    for (const auto& request : seen) {
      const bool is_probe = request.path == "/api/status" || request.path == "/api/auth/providers";
      if (is_probe) {
        EXPECT_TRUE(request.credentials.none()) << request.path;
      }
    }
  }
}

TEST_F(Secrets, AreInNoOutputOfAnyCommandButTheOneThatIsAskedForIt) {
  begin();
  add_home();
  const std::vector<std::vector<std::string>> lines = {
      {"probe", "home"},
      {"status"},
      {"status", "--json"},
      {"list", "--json"},
      {"connect", "home", "--once"},
      {"connect", "home", "--once", "--json"},
      {"call", "home", "POST", "/api/echo", "--json"},
      {"plugins", "--json"}};
  for (const auto& line : lines) {
    const auto ran = pintle_.run(line);
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr(kToken))) << line[0];
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("abcdefghij"))) << line[0];
  }
  // Nor in any file that the program wrote.
  for (const auto& file : std::filesystem::recursive_directory_iterator(pintle_.home().path())) {
    if (!file.is_regular_file() || file.path() == token_file_) continue;
    EXPECT_THAT(read_text(file.path()), Not(HasSubstr(kToken))) << file.path();
  }
}

TEST_F(Secrets, DoNotTravelOverPlainHttpToAnotherMachine) {
  begin();
  // 192.0.2.0/24 is for documentation: nothing answers there, and nothing is sent before the probe,
  // which carries no secret. The address of a proxy serves as the other machine.
  const auto ran =
      pintle_.run(with_credential({"call", "http://gateway.invalid", "GET", "/api/sessions"}));
  EXPECT_EQ(ran.code, 11) << ran.err;
  EXPECT_THAT(ran.err, Not(HasSubstr(kToken)));
}

TEST_F(Secrets, AreNotWrittenToTheTerminalByAHostileGateway) {
  auto options = token_gate();
  options.version = "1.0\033]0;owned\007\033[2J";
  begin(std::move(options));
  const auto ran = pintle_.run({"probe", url_});
  EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("\033")));
  EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("\007")));
}

// Everything that a gateway may send, with terminal control characters in it.
TEST_F(Secrets, AreNotAskedForByWhatAGatewayWritesToATerminal) {
  const std::string evil =
      "a\x1b[31mb\xc2\x9b"
      "2Jc\x7f"
      "d\u202e"
      "e\u2066"
      "f\u200f"
      "g\u2028h";
  auto options = token_gate();
  options.version = evil;
  options.install_id = evil;
  begin(std::move(options));
  const auto as_json = "{\"a\":\"" + evil.substr(9) + "\"}";
  const std::vector<std::vector<std::string>> lines = {
      {"probe", url_},
      {"probe", url_, "--json"},
      {"status", url_},
      {"status", url_, "--json"},
      {"call", url_, "GET", "/api/status"},
      {"call", url_, "GET", "/api/status", "--json"},
      {"call", url_, "GET", "/api/sessions"},
      {"call", url_, "GET", "/api/sessions", "--json"},
      {"rpc", url_, "echo", as_json},
      {"rpc", url_, "echo", as_json, "--json"},
      {"rpc", url_, evil},
      {"rpc", url_, evil, "--json"},
      {"connect", url_, "--once"},
      {"connect", url_, "--once", "--json"}};
  for (const auto& line : lines) {
    gateway_->set_faults({Fault(practice::FaultKind::detail, "/api/sessions", -1, 503, evil)});
    AtTerminal terminal(pintle_, with_credential(line));
    const auto output = terminal.finish().out;
    SCOPED_TRACE(line[0] + " " + line.back() + ": " + output);
    EXPECT_FALSE(output.empty());
    for (const char* raw : {"\x1b", "\xc2\x9b", "\x7f", "\u202e", "\u2066", "\u200f", "\u2028"}) {
      EXPECT_THAT(output, Not(HasSubstr(raw)));
    }
  }
}

TEST_F(Secrets, LeaveTheBodyOfACallAsItCameInAPipe) {
  auto options = token_gate();
  options.version = "1\u202e\xc2\x9b";
  begin(std::move(options));
  const auto ran = pintle_.run(with_credential({"call", url_, "GET", "/api/status"}));
  EXPECT_THAT(ran.out, HasSubstr("1\u202e\xc2\x9b"));
}

}  // namespace
}  // namespace pintle::test
