// SPDX-License-Identifier: Apache-2.0
//
// A gateway that repeats in its errors what it was sent: no credential gets into an error, a log, a
// trace, a diagnosis, or the broker's own answers.

#include "fixture.h"
#include "support/scripted_server.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Too short to look like a token to anything that only guesses.
constexpr const char* kShort = "hunter2";
constexpr const char* kWords[] = {"detail", "reason", "redirect", "head"};

class Echoes : public WithGateway {
 protected:
  void begin_with(const std::string& token) {
    begin(token_gate(token));
    token_file_ = pintle_.secret_file("token", token + "\n");
    token_ = token;
  }

  void expect_hidden(const std::string& text) const {
    EXPECT_THAT(text, Not(HasSubstr(token_)));
    EXPECT_THAT(text, Not(HasSubstr(token_.substr(0, 16)))) << "or its beginning";
  }

  /// Runs a command with every kind of log; `trace` gets that of the file.
  Ran run_logged(std::vector<std::string> line, std::string& trace) {
    const auto file = (pintle_.home() / "trace").string();
    line.insert(line.end(), {"-vvv", "--trace", file});
    auto ran = pintle_.run(line);
    trace = read_text(file);
    return ran;
  }

  /// The same with the token. What it writes of its own is expected to be clean: the output of
  /// `call` is the gateway's body.
  Ran run(std::vector<std::string> line) {
    const bool is_call = line[0] == "call";
    std::string trace;
    auto ran = run_logged(with_credential(std::move(line)), trace);
    if (!is_call) expect_hidden(ran.out);
    expect_hidden(ran.err);
    expect_hidden(trace);
    return ran;
  }

  std::string token_;
};

TEST_F(Echoes, OfARequestAreHidden) {
  for (const auto& token : {std::string(kShort), std::string(kToken)}) {
    begin_with(token);
    for (const char* where : kWords) {
      SCOPED_TRACE(token + " in " + where);
      // The reason of a 422 is shown; that of a 500 is not.
      const int status = std::string(where) == "reason" ? 422 : 0;
      gateway_->set_faults({Fault(FaultKind::echo, "/api/sessions", -1, status, where)});
      const auto ran = run({"call", url_, "GET", "/api/sessions"});
      EXPECT_NE(ran.code, 0);
      EXPECT_THAT(ran.err, HasSubstr("(hidden)"));
    }
  }
}

TEST_F(Echoes, OfAnUpgradeAreHidden) {
  for (const auto& token : {std::string(kShort), std::string(kToken)}) {
    begin_with(token);
    for (const char* where : {"head", "reason", "redirect", "detail", "close"}) {
      SCOPED_TRACE(token + " in " + where);
      gateway_->set_faults({std::string(where) == "close"
                                ? Fault(FaultKind::ws_echo, "/api/ws", -1)
                                : Fault(FaultKind::echo, "/api/ws", -1, 0, where)});
      for (const auto& line : std::vector<std::vector<std::string>>{
               {"connect", url_, "--once", "--no-reconnect"}, {"rpc", url_, "gateway.ping"}}) {
        const auto ran = run(line);
        EXPECT_NE(ran.code, 0) << line[0];
        EXPECT_NE(ran.code, 2) << ran.err;
      }
    }
  }
}

TEST_F(Echoes, OfAJsonRpcErrorAreHidden) {
  begin_with(kShort);
  // The practice gateway repeats the name of an unknown method.
  const auto ran = pintle_.run(with_credential({"rpc", url_, kShort, "--json"}));
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_EQ(json_of(ran.out)->getObject("error")->getValue<std::string>("message"),
            "unknown method: (hidden)");
}

TEST_F(Echoes, AreHiddenInADiagnosisAndItsReport) {
  begin_with(kShort);
  for (const auto& fault : {Fault(FaultKind::echo, "/api/sessions", -1, 0, "head"),
                            Fault(FaultKind::echo, "/api/", -1, 0, "detail"),
                            Fault(FaultKind::echo, "/api/ws", -1, 0, "head"),
                            Fault(FaultKind::ws_echo, "/api/ws", -1)}) {
    gateway_->set_faults({fault});
    run({"doctor", url_});
    run({"doctor", url_, "--json"});
    run({"doctor", url_, "--report"});
  }
}

// Cookies, and in a native gate bearer tokens and tickets.
TEST_F(Echoes, OfASessionAreHidden) {
  pintle_.install(OAUTH_PLUGIN);
  const auto password = pintle_.secret_file("password", std::string(practice::kPassword));
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    begin(with_gate(gate));
    const auto signed_in = pintle_.run({"sign-in", url_, "--with", "password", "--provider",
                                        "basic", "--username", "ada", "--password-file", password});
    ASSERT_EQ(signed_in.code, 0) << signed_in.err;
    for (const char* where : kWords) {
      SCOPED_TRACE(where);
      gateway_->set_faults({Fault(FaultKind::echo, "/api/sessions", -1, 422, where),
                            Fault(FaultKind::echo, "/api/ws", -1, 0, where),
                            Fault(FaultKind::echo, "/api/auth/ws-ticket", 1, 0, where)});
      std::string trace;
      std::string text = run_logged({"call", url_, "GET", "/api/sessions"}, trace).err + trace;
      text += run_logged({"connect", url_, "--once"}, trace).err + trace;
      text += run_logged({"connect", url_, "--once"}, trace).err + trace;
      EXPECT_THAT(text, HasSubstr("(hidden)"));
      // The practice gateway's tokens, cookies and tickets are words of 43 characters.
      EXPECT_THAT(text, Not(testing::ContainsRegex("[A-Za-z0-9_-]{40}")));
    }
  }
}

// Of the settings: not even a probe shows them.
TEST_F(Echoes, OfTheHeadersFileAreHidden) {
  ScriptedServer server([](ScriptedPeer& peer) {
    const auto head = peer.read_head();
    const auto at = head.find("CF-Access-Client-Secret: ");
    if (at == std::string::npos) return;
    const auto begin = at + 25;
    peer.send(head.substr(begin, head.find('\r', begin) - begin) + "\r\n\r\n");
  });
  token_ = "cf-secret";
  const auto headers = pintle_.secret_file("headers", "CF-Access-Client-Secret: " + token_ + "\n");
  const auto url = "http://127.0.0.1:" + std::to_string(server.port());
  for (const char* command : {"probe", "doctor"}) {
    const auto ran = run({command, url, "--headers-file", headers});
    EXPECT_THAT(ran.out + ran.err, HasSubstr("(hidden)")) << command;
  }
}

TEST_F(Echoes, AreHiddenInTheAnswersOfTheBroker) {
  begin_with(kShort);
  gateway_->set_faults({Fault(FaultKind::echo, "/api/sessions", -1, 0, "head")});
  const auto trace = (pintle_.home() / "trace").string();
  Running serve(pintle_, with_credential({"serve", url_, "--json", "-vv", "--trace", trace}));
  const auto said = json_of(serve.wait_for("\n"));
  const auto called =
      pintle_.run({"call", said->getValue<std::string>("url"), "GET", "/api/sessions",
                   "--token-file", said->getValue<std::string>("token_file")});
  EXPECT_THAT(called.out, AllOf(HasSubstr("it begins with"), HasSubstr("(hidden)")));
  expect_hidden(called.out + called.err);
  serve.signal(SIGINT);
  const auto ended = serve.finish();
  expect_hidden(ended.out + ended.err);
  expect_hidden(read_text(trace));
}

}  // namespace
}  // namespace pintle::test
