// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include "fixture.h"
#include "support/scripted_server.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ConnectCommand : public WithGateway {};

TEST_F(ConnectCommand, ReachesReadyOnTheConnectionOfTheProbe) {
  begin();
  const auto ran = pintle_.run(with_credential({"connect", url_, "--once"}));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("scheme     token"), HasSubstr("pintle-token.so"),
                             HasSubstr("on the connection of the probe"),
                             HasSubstr("gateway.ready"), HasSubstr("closed     1000")));
  EXPECT_THAT(ran.out + ran.err, Not(HasSubstr(kToken)));
  const auto seen = gateway_->request_log().requests();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].path, "/api/status");
  EXPECT_TRUE(seen[0].credentials.none());
  EXPECT_EQ(seen[1].path, "/api/auth/providers");
  EXPECT_TRUE(seen[1].credentials.none());
  EXPECT_TRUE(seen[2].upgrade);
  EXPECT_TRUE(seen[2].credentials.query_token);
  EXPECT_FALSE(seen[2].credentials.session_token) << "one kind of credential a request";
  EXPECT_FALSE(seen[2].has_header("origin"));
  EXPECT_EQ(seen[0].connection, seen[1].connection);
  EXPECT_EQ(seen[0].connection, seen[2].connection);
}

TEST_F(ConnectCommand, AnswersTheLinesOfAScriptAndEnds) {
  begin();
  const auto ran = pintle_.run(with_credential({"connect", url_, "--json"}),
                               "echo {\"n\":1}\nnope\nnot json {\nsession.list");
  EXPECT_EQ(ran.code, 10) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr(R"("kind":"result","id":1,"payload":{"n":1})"),
                    HasSubstr(R"("kind":"error","id":2)"), HasSubstr(R"("layer":"config")"),
                    HasSubstr(R"("id":4)"), HasSubstr(R"("kind":"closed")")));
}

TEST_F(ConnectCommand, StaysWhereNobodyTypesAndEndsInGoodOrderAtCtrlC) {
  begin();
  Running running(pintle_, with_credential({"connect", url_}));
  running.wait_for("gateway.ready");
  running.type("echo {\"live\":true}\n");
  running.wait_for("\"live\":true");
  running.signal(SIGINT);
  running.wait_for("closed     1000");
  const auto ran = running.finish();
  EXPECT_EQ(ran.code, 130);
  EXPECT_THAT(ran.out, HasSubstr("closed     1000"));
  EXPECT_TRUE(gateway_->request_log().wait(
      [](const practice::Counters& counters) { return counters.ws_disconnects == 1; }));
}

TEST_F(ConnectCommand, SaysCtrlCAsTheLastJsonObject) {
  begin();
  Running running(pintle_, with_credential({"connect", url_, "--no-input", "--json"}));
  running.wait_for("gateway.ready");
  running.signal(SIGINT);
  const auto ran = running.finish();
  EXPECT_EQ(ran.code, 130);
  EXPECT_THAT(
      ran.out,
      testing::EndsWith("{\"error\":{\"layer\":\"interrupted\",\"message\":\"interrupted\"}}\n"));
}

TEST_F(ConnectCommand, ShowsEventsAsTheyCome) {
  begin();
  const auto ran = pintle_.run(with_credential({"connect", url_}), "emit {\"count\":3}\n");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("event"));
}

TEST_F(ConnectCommand, SaysHowAConnectionEndedThatNobodyWantedToEnd) {
  struct Row {
    Fault fault;
    int code;
    const char* says;
  };
  const Row kTable[] = {
      {Fault(FaultKind::ws_drop, "/api/ws", 1, 1), 12, "lost"},
      {Fault(FaultKind::ws_bad_frame, "/api/ws"), 21, "protocol"},
      {Fault(FaultKind::ws_close, "/api/ws", 1, 4401), 17, "credential"},
      {Fault(FaultKind::ws_close, "/api/ws", 1, 4403), 16, "host or origin"},
      {Fault(FaultKind::ws_close, "/api/ws", 1, 1011), 21, "1011"},
      {Fault(FaultKind::ws_huge_frame, "/api/ws", 1, 65 << 20), 21, ""},
  };
  begin();
  for (const auto& row : kTable) {
    SCOPED_TRACE(practice::name_of(row.fault.kind));
    gateway_->set_faults({row.fault});
    // The requests that it is given make it send, and so trigger the fault.
    const auto ran = pintle_.run(with_credential({"connect", url_}), "echo {}\necho {}\n");
    EXPECT_EQ(ran.code, row.code) << ran.out << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(row.says));
  }
}

TEST_F(ConnectCommand, ComesBackWhereTheGatewayRestartsAndNobodyPipesRequestsIn) {
  begin();
  Running running(pintle_, with_credential({"connect", url_, "--no-input"}));
  running.wait_for("gateway.ready");
  gateway_->restart();
  running.wait_for("waiting    the live connection was lost");
  running.wait_for("connected  on a new connection");
  running.signal(SIGINT);
  const auto ran = running.finish();
  EXPECT_EQ(ran.code, 130);
  EXPECT_THAT(ran.out, HasSubstr("closed     1000"));
}

TEST_F(ConnectCommand, EndsWithTheConnectionWhereItIsToldSo) {
  begin();
  Running running(pintle_, with_credential({"connect", url_, "--no-input", "--no-reconnect"}));
  running.wait_for("gateway.ready");
  gateway_->drop_connections();
  const auto ran = running.finish();
  EXPECT_EQ(ran.code, 12);
  EXPECT_THAT(ran.err, HasSubstr("lost"));
}

TEST_F(ConnectCommand, GoesOnAfterAMessageThatIsNone) {
  begin();
  gateway_->set_faults({Fault(FaultKind::ws_malformed, "/api/ws")});
  const auto ran =
      pintle_.run(with_credential({"connect", url_, "--for", "3"}), "echo {\"a\":1}\n");
  EXPECT_THAT(ran.out, HasSubstr("malformed"));
  EXPECT_EQ(ran.code, 0) << ran.err;
}

TEST_F(ConnectCommand, TellsThatItWaitsAfterAFirstDialThatFailed) {
  begin();
  gateway_->set_faults({Fault(FaultKind::status, "/api/ws", 1, 502)});
  Running running(pintle_, with_credential({"connect", url_, "--no-input"}));
  const auto said = running.wait_for("gateway.ready");
  EXPECT_THAT(said,
              AllOf(HasSubstr("waiting    a proxy in front"), HasSubstr("(HTTP 502); retrying")));
  EXPECT_LT(said.find("scheme"), said.find("dialling"));
  EXPECT_LT(said.find("dialling"), said.find("waiting"));
  running.signal(SIGINT);
  EXPECT_EQ(running.finish().code, 130);
}

TEST_F(ConnectCommand, SaysHowLongAGatewayAsksToWait) {
  begin();
  gateway_->set_faults({Fault(FaultKind::too_many, "/api/ws", -1, 20)});
  Running running(pintle_, with_credential({"connect", url_, "--no-input"}));
  running.wait_for("retrying in 20.0 s");
  running.signal(SIGINT);
  EXPECT_EQ(running.finish().code, 130);
  for (const char* end : {"--once", "--no-reconnect"}) {
    const auto ran = pintle_.run(with_credential({"connect", url_, "--no-input", end}));
    EXPECT_EQ(ran.code, 25);
    EXPECT_THAT(ran.err, HasSubstr("Wait 20 s"));
  }
}

TEST_F(ConnectCommand, EndsInTimeAndAtCtrlCWhileItStillProbes) {
  begin();
  gateway_->set_faults({Fault(FaultKind::delay, "/api/status", -1, 30'000)});
  const auto ran = pintle_.run(with_credential({"connect", url_, "--no-input", "--for", "1"}));
  EXPECT_EQ(ran.code, 12);
  EXPECT_THAT(ran.err, HasSubstr("not ready within 1 s"));
  EXPECT_LT(ran.duration, std::chrono::seconds(20));
  Running running(pintle_, with_credential({"connect", url_, "--no-input"}));
  running.wait_for("probing");
  running.signal(SIGINT);
  EXPECT_EQ(running.finish().code, 130);
}

TEST_F(ConnectCommand, SaysThatTheHostOrOriginIsWrongWhereTheTokenIsRight) {
  begin();
  const auto ran =
      pintle_.run(with_credential({"connect", url_, "--origin", "https://evil.example"}));
  EXPECT_NE(ran.code, 0);
  EXPECT_THAT(ran.err, HasSubstr("403"));
}

TEST_F(ConnectCommand, SaysThatAProxySwallowedTheUpgrade) {
  begin();
  gateway_->set_faults({Fault(FaultKind::plain_get, "/api/ws", -1)});
  const auto ran = pintle_.run(with_credential({"connect", url_, "--once"}));
  EXPECT_EQ(ran.code, 21) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("forward the Upgrade and Connection headers for /api/ws"));
  EXPECT_THAT(ran.err, AllOf(Not(HasSubstr("token")), Not(HasSubstr("Unauthorized")),
                             Not(HasSubstr("ign in"))));
}

TEST_F(ConnectCommand, SaysWhatStandsAgainstPlainHttpInAPrivateNetwork) {
  ScriptedServer proxy([](ScriptedPeer& peer) {
    if (peer.read_request().empty()) return;
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    while (!peer.read_request().empty()) {
      peer.send(answer("200 OK", R"({"version":"0.16.0","auth_required":false})"));
    }
  });
  const auto token = pintle_.secret_file("token", "made-up-token-1234");
  const auto ran = pintle_.run({"connect", "http://box.tailnet.example:9119", "--proxy",
                                proxy.url(), "--once", "--token-file", token});
  EXPECT_EQ(ran.code, 10);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("over plain http to another machine"),
                             HasSubstr("Use https://, or --allow-plain-http")));
}

TEST_F(ConnectCommand, WorksOverTls) {
  begin(over_tls(token_gate()));
  const auto ran = pintle_.run(with_credential({"connect", url_, "--ca-file", gateway_->ca_file()}),
                               "echo {\"tls\":1}\n");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("\"tls\":1"));
}

}  // namespace
}  // namespace pintle::test
