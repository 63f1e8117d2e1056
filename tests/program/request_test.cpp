// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Requests : public WithGateway {};

TEST_F(Requests, CarryTheTokenAndPrintTheAnswer) {
  begin();
  const auto ran = pintle_.run(with_credential({"call", url_, "GET", "/api/sessions?limit=1"}));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(json_of(ran.out)->has("sessions"));
  const auto seen = gateway_->request_log().requests_to("/api/sessions");
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_TRUE(seen[0].credentials.session_token);
  EXPECT_FALSE(seen[0].credentials.query_token);
}

TEST_F(Requests, AskWhatTheGatewayIsOnceForManyRuns) {
  begin();
  add_home();
  const std::vector<std::string> call = {"call", "home", "GET", "/api/sessions"};
  const auto probes_of = [&](const std::vector<std::string>& line) {
    gateway_->request_log().clear();
    EXPECT_EQ(pintle_.run(line).code, 0) << line[0];
    return gateway_->request_log().requests_to("/api/status").size();
  };
  EXPECT_EQ(probes_of(call), 0U) << "add has asked";
  EXPECT_EQ(probes_of({"connect", "home", "--once"}), 0U);
  EXPECT_EQ(probes_of({"probe", "home"}), 1U) << "it always asks";
  EXPECT_EQ(probes_of({"ws-url", "home"}), 1U) << "so does this, for no answer comes back to it";
  EXPECT_EQ(probes_of(call), 0U);
  pintle_.run({"remove", "home"});
  EXPECT_EQ(probes_of(with_credential({"add", "home", url_, "--json"})), 0U);
  EXPECT_EQ(probes_of(call), 1U) << "added anew";
}

TEST_F(Requests, SendDataFromAFileOrStandardInput) {
  begin();
  const auto file = pintle_.secret_file("body.json", R"({"from":"file"})");
  const auto from_file =
      pintle_.run(with_credential({"call", url_, "POST", "/api/echo", "--data", file}));
  EXPECT_THAT(from_file.out, HasSubstr("from"));
  const auto from_input = pintle_.run(
      with_credential({"call", url_, "POST", "/api/echo", "--data", "-"}), R"({"from":"input"})");
  EXPECT_THAT(from_input.out, HasSubstr("input"));
  EXPECT_EQ(from_input.code, 0) << from_input.err;
}

TEST_F(Requests, SayWhichTokenWasRefusedAndWhereItCameFrom) {
  begin();
  const auto wrong = pintle_.secret_file("wrong", "wrong-token-abcdefgh-0123456789");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"call", url_, "GET", "/api/sessions"},
        std::vector<std::string>{"connect", url_}, std::vector<std::string>{"rpc", url_, "echo"}}) {
    SCOPED_TRACE(arguments[0]);
    auto line = arguments;
    line.insert(line.end(), {"--token-file", wrong});
    const auto ran = pintle_.run(line);
    EXPECT_EQ(ran.code, 17);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("gate"), HasSubstr("...456789 from file " + wrong)));
    EXPECT_THAT(ran.err + ran.out, Not(HasSubstr("wrong-token")));
  }
}

TEST_F(Requests, SayThatATokenIsMissingWithoutSendingAnything) {
  begin();
  const auto ran = pintle_.run({"call", url_, "GET", "/api/sessions"});
  EXPECT_EQ(ran.code, 17);
  EXPECT_THAT(ran.err, HasSubstr("--token-file"));
  EXPECT_EQ(requests("/api/sessions"), 0U);
}

TEST_F(Requests, TakeTheTokenFromEverySource) {
  begin();
  pintle_.set("MY_TOKEN", kToken);
  const std::vector<std::vector<std::string>> sources = {
      {"--token-env", "MY_TOKEN"},
      {"--token-command", "cat " + token_file_ + "; echo more"},
      {"--token-stdin"},
      {"--secret-file", "token=" + token_file_}};
  for (const auto& source : sources) {
    SCOPED_TRACE(source[0]);
    std::vector<std::string> line{"call", url_, "GET", "/api/sessions"};
    line.insert(line.end(), source.begin(), source.end());
    const auto ran = pintle_.run(line, std::string(kToken) + "\n");
    EXPECT_EQ(ran.code, 0) << ran.err;
  }
  struct Row {
    std::vector<std::string> source;
    const char* says;
  };
  const Row kBad[] = {{{"--token-env", "NOT_SET"}, "environment variable NOT_SET: it is not set"},
                      {{"--token-command", "exit 3"}, "exited with code 3"},
                      {{"--token-file", "/nonexistent/token"}, "no such file"},
                      {{"--token-file", "/"}, "from file /: it is not a regular file"}};
  for (const auto& row : kBad) {
    SCOPED_TRACE(row.source[1]);
    std::vector<std::string> line{"call", url_, "GET", "/api/sessions"};
    line.insert(line.end(), row.source.begin(), row.source.end());
    const auto ran = pintle_.run(line);
    EXPECT_EQ(ran.code, 10);
    EXPECT_THAT(ran.err, HasSubstr(row.says));
  }
}

TEST_F(Requests, ToldApartByTheirExitCodes) {
  begin();
  const auto call = [&](const char* path) {
    return pintle_.run(with_credential({"call", url_, "GET", path}));
  };
  EXPECT_EQ(call("/api/nothing-here").code, 3);
  gateway_->set_faults({Fault(FaultKind::status, "/api/sessions", 1, 503)});
  EXPECT_EQ(call("/api/sessions").code, 22);
  gateway_->set_faults({Fault(FaultKind::html, "/api/sessions", 1)});
  EXPECT_EQ(call("/api/sessions").code, 15);  // A page instead of JSON: an intermediary.
  const auto bad = call("relative");
  EXPECT_EQ(bad.code, 10);
  EXPECT_THAT(bad.err, HasSubstr("does not start with /"));
  const auto tunnel = pintle_.run(with_credential({"call", url_, "CONNECT", "/x"}));
  EXPECT_EQ(tunnel.code, 10);
  EXPECT_THAT(tunnel.err, HasSubstr("invalid request method \"CONNECT\""));
  EXPECT_EQ(requests("/x"), 0U);
}

TEST_F(Requests, ShowNoRedirectToAnotherHostAndFollowNone) {
  begin();
  gateway_->set_faults({Fault(FaultKind::redirect, "/api/sessions", 1, 0, "http://evil.invalid/")});
  const auto ran = pintle_.run(with_credential({"call", url_, "GET", "/api/sessions", "--json"}));
  EXPECT_EQ(json_of(ran.out)->getValue<int>("status"), 302);
  EXPECT_EQ(requests("/api/sessions"), 1U);
}

TEST_F(Requests, AskOverTheWebSocket) {
  begin();
  const auto good = pintle_.run(with_credential({"rpc", url_, "echo", R"({"a":[1,2]})"}));
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_EQ(good.out, "{\"a\":[1,2]}\n");
  const auto unknown = pintle_.run(with_credential({"rpc", url_, "nope"}));
  EXPECT_EQ(unknown.code, 3);
  EXPECT_THAT(unknown.err, HasSubstr("pintle: rpc: the gateway answered the request nope with"));
  EXPECT_THAT(unknown.err, HasSubstr("unknown method: nope"));
  const auto as_json = pintle_.run(with_credential({"rpc", url_, "nope", "--json"}));
  EXPECT_EQ(as_json.code, 3);
  EXPECT_EQ(as_json.out,
            R"({"error":{"layer":"rpc","code":-32601,"message":"unknown method: nope"}})"
            "\n");
  EXPECT_EQ(pintle_.run(with_credential({"rpc", url_, "echo", "{broken"})).code, 10);
}

TEST_F(Requests, GoBelowThePrefixOnEveryLeg) {
  auto options = token_gate();
  options.prefix = "/hermes";
  begin(std::move(options));
  EXPECT_EQ(pintle_.run(with_credential({"call", url_, "GET", "/api/sessions"})).code, 0);
  EXPECT_EQ(pintle_.run(with_credential({"connect", url_ + "/", "--once"})).code, 0);
}

TEST_F(Requests, CarryTheHeadersOfAnAccessProxyOnEveryLeg) {
  auto options = token_gate();
  options.access_proxy = {Header::parse("CF-Access-Client-Id", "me"),
                          Header::parse("CF-Access-Client-Secret", "very-secret-value")};
  begin(std::move(options));
  EXPECT_EQ(pintle_.run(with_credential({"call", url_, "GET", "/api/sessions"})).code, 15);
  const auto file = pintle_.secret_file(
      "headers",
      "# for the proxy\nCF-Access-Client-Id: me\nCF-Access-Client-Secret: very-secret-value\n");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"call", url_, "GET", "/api/sessions"},
        std::vector<std::string>{"connect", url_, "--once"}}) {
    auto line = with_credential(arguments);
    line.insert(line.end(), {"--headers-file", file});
    const auto ran = pintle_.run(line);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("very-secret-value")));
  }
}

TEST_F(Requests, AreCountedByAGatewayThatSaysHowLongToWait) {
  begin();
  gateway_->set_faults({Fault(FaultKind::too_many, "/api/sessions", 1, 30)});
  const auto ran = pintle_.run(with_credential({"call", url_, "GET", "/api/sessions"}));
  EXPECT_EQ(ran.code, 25) << "nobody has to sign in";
  EXPECT_THAT(ran.err, HasSubstr("Wait 30 s"));
}

TEST_F(Requests, TakeSecretsAsWindowsProgramsWriteThem) {
  begin();
  const auto file = pintle_.secret_file("bom", "\xef\xbb\xbf" + std::string(kToken) + "\r\n");
  const std::string sent = "\xef\xbb\xbf" + std::string(kToken) + "\r\n";
  const auto headers = pintle_.secret_file("headers-bom", "\xef\xbb\xbfX-Test: 1\r\n");
  EXPECT_EQ(pintle_
                .run({"call", url_, "GET", "/api/sessions", "--token-file", file, "--headers-file",
                      headers})
                .code,
            0);
  EXPECT_EQ(pintle_.run({"call", url_, "GET", "/api/sessions", "--token-stdin"}, sent).code, 0);
}

TEST_F(Requests, DoNotLeadLoopbackThroughTheProxyOfTheEnvironment) {
  begin();
  pintle_.set("http_proxy", "http://me:secret@proxy.invalid:1");
  EXPECT_EQ(pintle_.run(with_credential({"call", url_, "GET", "/api/sessions"})).code, 0);
  const auto through = pintle_.run({"probe", "http://gateway.invalid"});
  EXPECT_EQ(through.code, 13) << through.err;
  EXPECT_THAT(through.err, AllOf(HasSubstr("proxy.invalid"), Not(HasSubstr("secret"))));
  EXPECT_EQ(pintle_.run({"probe", "http://gateway.invalid", "--proxy", ""}).code, 11);
  pintle_.set("no_proxy", ".invalid");
  EXPECT_EQ(pintle_.run({"probe", "http://gateway.invalid"}).code, 11);
}

TEST_F(Requests, RememberThatAConnectionHasNoProxy) {
  begin();
  pintle_.set("http_proxy", "http://proxy.invalid:1");
  ASSERT_EQ(
      pintle_.run(with_credential({"add", "home", "http://gateway.invalid", "--proxy", ""})).code,
      0);
  EXPECT_EQ(pintle_.run({"probe", "home"}).code, 11);
  EXPECT_THAT(pintle_.run({"list", "--json"}).out, Not(HasSubstr("proxy.invalid")));
}

TEST_F(Requests, KeepNoProxyWithAPassword) {
  const auto ran = pintle_.run(
      {"add", "home", "https://gateway.example", "--proxy", "http://me:secret@proxy.example:1"});
  EXPECT_EQ(ran.code, 10);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("--proxy-auth-file"), Not(HasSubstr("secret"))));
  EXPECT_FALSE(std::filesystem::exists(pintle_.connections()));
}

TEST_F(Requests, PrintAWebSocketUrlForAnotherProgram) {
  begin();
  const auto ran = pintle_.run(with_credential({"ws-url", url_, "--json"}));
  const auto object = json_of(ran.out);
  EXPECT_EQ(object->getValue<std::string>("url"),
            "ws" + url_.substr(4) + "/api/ws?token=" + kToken);
  EXPECT_FALSE(object->getValue<bool>("single_use"));
}

TEST_F(Requests, RetryOnceWhereAKeptConnectionDied) {
  begin();
  // The probe's connection is closed after its response, and the request must not fail because of
  // that.
  gateway_->set_faults({Fault(FaultKind::close_after, "/api/status", 1)});
  const auto ran = pintle_.run(with_credential({"call", url_, "GET", "/api/sessions"}));
  EXPECT_EQ(ran.code, 0) << ran.err;
}

}  // namespace
}  // namespace pintle::test
