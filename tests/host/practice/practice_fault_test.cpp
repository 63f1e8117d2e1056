// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "support/practice_client.h"
#include "support/practice_options.h"

namespace pintle::practice {
namespace {

using test::token_gate;
using testing::HasSubstr;

const std::string kSocket = "/api/ws?token=" + std::string(test::kToken);

TEST(PracticeFaults, HitTheRequestThatTheyName) {
  Gateway gateway(token_gate());
  struct Row {
    Fault fault;
    int status;         // What the client receives; 0: no complete response.
    const char* holds;  // In the body.
    bool stays_open;
  };
  const Row table[] = {
      {{FaultKind::drop, "/api/status"}, 0, "", false},
      {{FaultKind::lose_answer, "/api/status"}, 0, "", false},
      {{FaultKind::drop_mid_header, "/api/status"}, 0, "", false},
      {{FaultKind::truncated_length, "/api/status"}, 0, "", false},
      {{FaultKind::truncated_chunks, "/api/status"}, 0, "", false},
      {{FaultKind::status, "/api/status"}, 502, "", true},
      {{FaultKind::status, "/api/status", 1, 530}, 530, "", true},
      {{FaultKind::html, "/api/status"}, 200, "<!doctype html>", true},
      {{FaultKind::redirect, "/api/status"}, 302, "", true},
      {{FaultKind::wrong_host, "/api/status"}, 400, "Invalid Host header", true},
      {{FaultKind::slow_body, "/api/status"}, 200, "version", true},
      {{FaultKind::huge_body, "/api/status", 1, 3'000'000}, 200, "   ", true},
      {{FaultKind::close_after, "/api/status"}, 200, "version", false},
      {{FaultKind::not_json, "/api/status"}, 200, "{\"ok\": tru", true},
      {{FaultKind::delay, "/api/status", 1, 5}, 200, "version", true},
      {{FaultKind::drop, "/api/health"}, 200, "version", true},
      {{FaultKind::drop, "/api/status", 0}, 200, "version", true},
      {{FaultKind::provider_down, "/"}, 200, "version", true},
      {{FaultKind::ws_drop, "/"}, 200, "version", true},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(std::string(name_of(row.fault.kind)));
    gateway.set_faults({row.fault});
    Client client(gateway);
    const auto answer = client.get("/api/status");
    EXPECT_EQ(answer.status, row.status);
    EXPECT_THAT(answer.body, HasSubstr(row.holds));
    if (row.stays_open) {
      EXPECT_EQ(client.get("/api/health").status, row.fault.path == "/api/health" ? 0 : 200);
    } else {
      client.pending().clear();
      EXPECT_TRUE(client.at_end());
    }
    EXPECT_EQ(Client(gateway).get("/api/status").status, 200) << "once is enough";
  }
}

TEST(PracticeFaults, LeadToAnAccessProxy) {
  Gateway gateway(token_gate());
  Client client(gateway);
  gateway.set_faults({{FaultKind::redirect, "/api", 1}, {FaultKind::redirect, "/", 1, 0, "/else"}});
  EXPECT_THAT(std::string(client.get("/api/status").headers.get("Location")),
              HasSubstr("https://example.cloudflareaccess.com/"));
  EXPECT_EQ(client.get("/api/status").headers.get("Location"), "/else");
}

TEST(PracticeFaults, EchoTheCredentialWhereTheyAreToldTo) {
  Gateway gateway(token_gate());
  struct Row {
    const char* where;
    const char* holds;
  };
  const Row table[] = {{"", "{\"detail\":\"cannot read hunter2\"}"},
                       {"reason", "HTTP/1.1 500 hunter2\r\n"},
                       {"redirect", "Location: https://sign-in.example/hunter2?t=hunter2\r\n"},
                       {"head", "hunter2\r\n\r\n"}};
  for (const auto& row : table) {
    gateway.set_faults({{FaultKind::echo, "/api", 1, 0, row.where}});
    Client client(gateway);
    client.write("GET /api/sessions?ticket=hunter2 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_FALSE(client.at_end());
    EXPECT_THAT(client.pending(), HasSubstr(row.holds));
  }
}

TEST(PracticeFaults, LoseAnAnswerAfterTheGatewayHasDoneItsPart) {
  Gateway gateway(test::cookie_gate());
  Client client(gateway);
  const auto cookies = cookies_of(sign_in(client));
  gateway.set_faults({{FaultKind::lose_answer, "/api/auth/ws-ticket"}});
  EXPECT_EQ(client.call("POST", "/api/auth/ws-ticket", cookies).status, 0);
  EXPECT_EQ(gateway.request_log().counters().tickets_minted, 1u);
  gateway.set_faults({{FaultKind::drop, "/api/auth/ws-ticket"}});
  EXPECT_EQ(Client(gateway).call("POST", "/api/auth/ws-ticket", cookies).status, 0);
  EXPECT_EQ(gateway.request_log().counters().tickets_minted, 1u) << "it never got there";
}

TEST(PracticeFaults, StandInFrontOfAnUpgradeToo) {
  Gateway gateway(token_gate());
  for (const auto& [fault, status] :
       {std::pair(FaultKind::status, 502), std::pair(FaultKind::html, 200),
        std::pair(FaultKind::wrong_host, 403), std::pair(FaultKind::drop, 0)}) {
    SCOPED_TRACE(std::string(name_of(fault)));
    gateway.set_faults({{fault, "/api/ws"}});
    EXPECT_EQ(Client(gateway).upgrade(kSocket).status, status);
  }
}

TEST(PracticeFaults, AnAccessProxyLetsInOnlyWhatCarriesItsHeaders) {
  auto options = token_gate();
  options.access_proxy = {Header::parse("CF-Access-Client-Id", "id"),
                          Header::parse("CF-Access-Client-Secret", "s3cret")};
  Gateway gateway(std::move(options));
  auto headers = with("CF-Access-Client-Id", "id");
  EXPECT_EQ(Client(gateway).get("/api/status", headers).status, 302);
  EXPECT_EQ(Client(gateway).upgrade(kSocket, headers).status, 302);
  headers.add("CF-Access-Client-Secret", "s3cret");
  EXPECT_EQ(Client(gateway).get("/api/status", headers).status, 200);
  EXPECT_EQ(Client(gateway).upgrade(kSocket, headers).status, 101);
}

void open(Client& client) {
  ASSERT_EQ(client.upgrade(kSocket).status, 101);
  ASSERT_THAT(client.receive().bytes, HasSubstr("gateway.ready"));
}

TEST(PracticeFaults, ReachALiveSocket) {
  Gateway gateway(token_gate());
  const std::string echo = R"({"jsonrpc":"2.0","id":1,"method":"echo"})";
  const std::string whole = R"({"jsonrpc":"2.0","id":1,"result":{}})";
  struct Row {
    Fault fault;
    ws::Kind kind;
    std::string bytes;
    ws::CloseCode code;
  };
  const auto none = ws::CloseCode::no_status;
  const Row table[] = {
      {{FaultKind::ws_malformed, "/"}, ws::Kind::data, whole.substr(0, whole.size() / 2), none},
      {{FaultKind::ws_bad_frame, "/"}, ws::Kind::error, "", ws::CloseCode::protocol_error},
      {{FaultKind::ws_close, "/", 1, 4403}, ws::Kind::close, "", ws::CloseCode::bad_host_or_origin},
      {{FaultKind::ws_echo, "/"}, ws::Kind::close, test::kToken, ws::CloseCode::internal_error},
      {{FaultKind::ws_drop, "/", 1, 1}, ws::Kind::need_more, "", none},
      {{FaultKind::ws_drop, "/", 1, 2}, ws::Kind::data, whole, none},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(std::string(name_of(row.fault.kind)));
    gateway.set_faults({});
    Client client(gateway);
    open(client);
    gateway.set_faults({row.fault});
    client.send_text(echo);
    const auto received = client.receive();
    EXPECT_EQ(received.kind, row.kind);
    if (row.kind == ws::Kind::data) {
      EXPECT_EQ(received.bytes, row.bytes);
    }
    EXPECT_EQ(received.code, row.code);
    EXPECT_EQ(received.ended, row.kind == ws::Kind::need_more);
  }
}

TEST(PracticeFaults, SendAHugeFrame) {
  Gateway gateway(token_gate());
  Client client(gateway);
  open(client);
  gateway.set_faults({{FaultKind::ws_huge_frame, "/api/ws", 1, 20'000'000}});
  client.send_text(R"({"jsonrpc":"2.0","id":1,"method":"echo"})");
  EXPECT_GT(client.receive().bytes.size(), 20'000'000u);
  EXPECT_TRUE(client.receive_json()->has("result"));
}

TEST(PracticeFaults, FallSilentWithTheSocketOpen) {
  auto options = token_gate();
  options.ping_every_ms = 5;
  Gateway gateway(std::move(options));
  Client client(gateway);
  open(client);
  ASSERT_TRUE(gateway.request_log().wait([](const Counters& c) { return c.pings_sent > 0; }));
  gateway.set_faults({{FaultKind::ws_half_open, "/", -1}});
  client.send_text(R"({"jsonrpc":"2.0","id":1,"method":"echo"})");
  // Pings in transit may still arrive; no response does, and no end.
  client.socket().setReceiveTimeout(Poco::Timespan(0, 100'000));
  EXPECT_THROW(
      while (true) {
        const auto received = client.receive();
        ASSERT_EQ(received.kind, ws::Kind::ping);
        ASSERT_FALSE(received.ended);
      },
      Poco::TimeoutException);
}

TEST(PracticeControl, IsReachedOverHttp) {
  Gateway gateway(token_gate());
  Client client(gateway);
  EXPECT_EQ(client.get("/api/status?x=secret").status, 200);
  const auto seen = client.get("/practice/request-log");
  EXPECT_THAT(seen.body, HasSubstr(R"("method":"GET","path":"/api/status","query_names":["x"])"));
  EXPECT_THAT(seen.body, testing::Not(HasSubstr("secret")));
  EXPECT_THAT(seen.body, testing::Not(HasSubstr("practice/request-log"))) << "not part of the play";
  EXPECT_EQ(client.post("/practice/faults", R"([{"kind":"status","value":503,"count":2}])").status,
            200);
  EXPECT_EQ(client.get("/api/status").status, 503);
  EXPECT_EQ(client.call("POST", "/practice/reset").status, 200);
  EXPECT_EQ(client.get("/api/status").status, 200);
  EXPECT_EQ(gateway.request_log().requests().size(), 1u);
  Client other(gateway);
  EXPECT_EQ(other.get("/api/status").status, 200);
  EXPECT_EQ(client.call("POST", "/practice/drop-connections").status, 200);
  EXPECT_TRUE(other.at_end());
}

TEST(PracticeControl, RefusesWhatItDoesNotUnderstand) {
  Gateway gateway(token_gate());
  Client client(gateway);
  for (const auto* body :
       {"", "{}", "[1]", "[{}]", R"([{"kind":"nope"}])", R"([{"kind":"drop","count":"many"}])"}) {
    SCOPED_TRACE(body);
    EXPECT_EQ(client.post("/practice/faults", body).status, 400);
    EXPECT_THROW(faults_from_json(body), Error);
  }
  EXPECT_EQ(client.post("/practice/clock", "{}").status, 400);
  EXPECT_EQ(client.post("/practice/nope", "{}").status, 404);
  EXPECT_EQ(client.call("POST", "/practice/reset", with("Origin", "http://127.0.0.1")).status, 403);
  EXPECT_EQ(client.call("POST", "/practice/reset", with("Host", "evil.example")).status, 400);
}

}  // namespace
}  // namespace pintle::practice
