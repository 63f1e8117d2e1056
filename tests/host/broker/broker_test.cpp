// SPDX-License-Identifier: Apache-2.0
//
// A client that knows tokens alone reaches a gateway that requires a sign-in.

#include <chrono>
#include <string>
#include <sys/un.h>
#include <thread>
#include <vector>

#include <Poco/Net/NetException.h>

#include "broker_fixture.h"
#include "support/other_gateway.h"

namespace pintle::test {
namespace {

using practice::json_of;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kWs = "/api/ws";

TEST_F(BrokerOfGate, GivesTheGatewayToWhoHasTheLocalToken) {
  begin();
  auto one = client();
  EXPECT_EQ(one.get("/api/sessions", with_token()).status, 200);
  EXPECT_EQ(one.get("/api/sessions?token=" + token()).status, 200);
  EXPECT_EQ(one.get("/api/sessions", practice::with("Authorization", "Bearer " + token())).status,
            200);
  const auto me = one.get("/api/echo?x=1&token=" + token());
  EXPECT_THAT(me.body, Not(HasSubstr("token")));
  EXPECT_THAT(me.body, HasSubstr("\"x\":\"1\""));
  EXPECT_EQ(one.get("/nothing", with_token()).status, 404);
  const auto head = one.call("HEAD", "/api/sessions", with_token());
  EXPECT_EQ(head.status, 200);
  EXPECT_NE(head.headers.get("Content-Length"), "0");
  EXPECT_EQ(one.get("/api/sessions", with_token()).status, 200) << "still the same connection";
  EXPECT_EQ(broker_->counters().connections, 1u);
}

TEST_F(BrokerOfGate, LooksLikeAGatewayWithoutAGate) {
  begin();
  auto one = client();
  const auto status = json_of(one.get("/api/status"));
  EXPECT_FALSE(status->getValue<bool>("auth_required"));
  EXPECT_EQ(status->getArray("auth_providers")->size(), 0u);
  EXPECT_EQ(status->getValue<int>("config_version"), 28) << "the rest is the gateway's own";
  EXPECT_FALSE(json_of(one.get("/api/health"))->getValue<bool>("auth_required"));
  for (const auto* path : {"/api/auth/me", "/api/auth/providers", "/api/auth/ws-ticket"}) {
    const auto refused = one.get(path, with_token());
    EXPECT_EQ(refused.status, 401) << path;
    EXPECT_EQ(refused.body, R"({"detail":"Unauthorized"})");
  }
  EXPECT_EQ(one.post("/auth/logout", "", with_token()).status, 404);
  EXPECT_EQ(one.get("/api/sessions", with_token()).status, 200) << "the session lives";
}

TEST_F(BrokerTest, RefusesAnUpgradeForAGatewayWithoutAWebSocket) {
  OtherGateway gateway;
  gateway.pages = {{"/ledger", R"({"ledger":1})"}};
  const TemporaryFolder folder;
  write_text(folder / "rest.profile.json", kRestProfile);
  auto options = host_with({&kOpen});
  options.paths.plugin_folders = {folder.path()};
  const auto connection = Host(std::move(options)).open({.url = GatewayUrl::parse(gateway.url())});
  serve(connection);
  auto one = client();
  one.write(head("GET /live HTTP/1.1",
                 "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  const auto refused = one.read_response();
  EXPECT_EQ(refused.status, 501);
  EXPECT_EQ(refused.body, R"({"detail":"this gateway has no WebSocket"})");
  EXPECT_EQ(one.get("/ledger", with_token()).status, 200);
  EXPECT_EQ(broker_->counters().requests_failed, 1U);
}

TEST_F(BrokerOfGate, IsAGatewayToPintleItself) {
  begin();
  TemporaryFolder folder;
  ConnectionSettings settings{.url = GatewayUrl::parse(broker_->url())};
  settings.inputs = token_input(folder, token());
  auto through = Host(host_with({&pintle_token, &pintle_oauth})).open(settings);
  EXPECT_EQ(through.choose().facts.id, "token");
  EXPECT_EQ(get_sessions(through), 200);
}

TEST_F(BrokerOfGate, AnswersNobodyElse) {
  begin();
  const auto own_host = "127.0.0.1:" + std::to_string(port());
  struct Case {
    int status;
    Headers headers;
  };
  const auto headers = [&](std::initializer_list<std::pair<const char*, std::string>> fields) {
    auto made = with_token();
    for (const auto& [name, value] : fields) made.set(name, value);
    return made;
  };
  const Case cases[] = {
      {401, {}},
      {401, practice::with(kTokenHeader, "wrong")},
      {400, headers({{"Host", "evil.example"}})},
      {400, headers({{"Host", "localhost"}})},
      {403, headers({{"Origin", "https://evil.example"}})},
      {403, headers({{"Origin", "http://127.0.0.1:1"}})},
      {200, headers({{"Origin", "http://" + own_host}})},
      {200, headers({{"Origin", "null"}})},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(client().get("/api/sessions", one.headers).status, one.status)
        << one.headers.get("Host") << one.headers.get("Origin");
    const auto upgraded = client().upgrade(kWs, one.headers).status;
    EXPECT_EQ(upgraded, one.status == 200 ? 101 : 403) << one.headers.get("Origin");
  }
  // What is public is not public to every page.
  EXPECT_EQ(client().get("/api/status", practice::with("Host", "evil.example")).status, 400);
  EXPECT_EQ(client().get("/api/status", practice::with("Origin", "https://evil.example")).status,
            403);
  EXPECT_EQ(client().get("/api/status", practice::with("Sec-Fetch-Site", "cross-site")).status,
            403);
}

TEST_F(BrokerOfGate, WithoutATokenAdmitsThisUsersProgramsButNoPage) {
  begin(PracticeHost::usual(), {.as = BrokerOptions::As::open});
  EXPECT_TRUE(broker_->token().empty());
  EXPECT_EQ(client().get("/api/sessions").status, 200);
  EXPECT_EQ(client().upgrade(kWs).status, 101);
  EXPECT_EQ(client().get("/api/sessions", practice::with("Origin", "null")).status, 403);
  EXPECT_EQ(client().get("/api/sessions", practice::with("Sec-Fetch-Site", "same-site")).status,
            403);
}

TEST_F(BrokerOfGate, RefusesTwoRequestsThatLookLikeOne) {
  begin();
  const auto smuggled = head("GET /api/echo?smuggled HTTP/1.1");
  for (const auto& fields :
       {"Content-Length: " + std::to_string(smuggled.size()) + "\r\nTransfer-Encoding: chunked\r\n",
        std::string("Content-Length: 0\r\nContent-Length: 5\r\n"),
        std::string("Transfer-Encoding : chunked\r\n"), std::string("X: y\n Z: a\r\n")}) {
    const auto answer = answer_to(head("POST /api/echo HTTP/1.1", fields) + "0\r\n\r\n" + smuggled);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 ")) << fields;
    EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << "one answer, then the end";
  }
  const auto bad_chunk = answer_to(
      head("POST /api/echo HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "zz\r\n" + smuggled);
  EXPECT_THAT(bad_chunk, StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(bad_chunk.find("HTTP/1.1", 1), std::string::npos);
  EXPECT_TRUE(host_->gateway.request_log().requests_to("/api/echo").empty());
}

TEST_F(BrokerOfGate, AnswersPipelinedRequestsInOrder) {
  begin();
  const auto answer = answer_to(
      head("POST /api/echo HTTP/1.1", "Content-Length: 3\r\n") + "one" +
      head("POST /api/echo HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "3\r\ntwo\r\n0\r\n\r\n" +
      head("POST /api/echo HTTP/1.1", "Content-Length: 5\r\nConnection: close\r\n") + "three");
  const auto one = answer.find("\"one\"");
  const auto two = answer.find("\"two\"");
  const auto three = answer.find("\"three\"");
  EXPECT_LT(one, two);
  EXPECT_LT(two, three);
  EXPECT_NE(three, std::string::npos) << answer;
}

TEST_F(BrokerOfGate, NeverGivesItsSessionToAClient) {
  begin();
  auto one = client();
  host_->now += 2 * kAccessLife;  // the next response rotates the session
  const auto response = one.get("/api/sessions", with_token());
  EXPECT_EQ(response.status, 200);
  EXPECT_FALSE(response.headers.has("Set-Cookie"));
  EXPECT_EQ(one.get("/api/sessions", with_token()).status, 200) << "the host has taken it";
}

TEST_F(BrokerOfGate, PassesAWebSocketOnWithATicketOfItsOwnEachTime) {
  auto options = PracticeHost::usual();
  options.deflate = true;
  begin(std::move(options));
  for (int i = 0; i < 2; ++i) {
    auto one = client();
    one.deflate = i == 1;
    ASSERT_EQ(one.upgrade(kWs + ("?token=" + token()) + "&profile=a%2Fb").status, 101);
    EXPECT_THAT(one.receive().bytes, HasSubstr("gateway.ready"));
    one.send_text(R"({"jsonrpc":"2.0","id":7,"method":"echo","params":{"a":1}})");
    EXPECT_EQ(one.receive_json()->getValue<int>("id"), 7);
    one.send_close(ws::CloseCode(4321));
    const auto closed = one.receive();
    EXPECT_EQ(closed.kind, ws::Kind::close);
    EXPECT_EQ(closed.code, ws::CloseCode(4321)) << "the gateway echoes the client's own code";
  }
  EXPECT_EQ(broker_->counters().websockets, 2u);
  EXPECT_EQ(host_->counters().tickets_minted, 2u);
  EXPECT_EQ(connection_->counters().tickets_minted, 2u);
  EXPECT_EQ(connection_->counters().dials, 2u);
  EXPECT_EQ(connection_->counters().dials_failed, 0u);
}

TEST_F(BrokerOfGate, PassesTheGatewaysCloseCodeOn) {
  begin();
  host_->gateway.set_faults({{practice::FaultKind::ws_close, kWs, 1, 4403}});
  auto one = client();
  ASSERT_EQ(one.upgrade(kWs, with_token()).status, 101);
  practice::Received received;
  do {
    received = one.receive();
  } while (received.kind == ws::Kind::data);
  EXPECT_EQ(received.kind, ws::Kind::close);
  EXPECT_EQ(received.code, ws::CloseCode(4403));
}

TEST_F(BrokerOfGate, HoldsTheGatewayBackForASlowReader) {
  constexpr std::int64_t kSize = 30'000'000;  // more than all buffers on the way hold
  begin();
  host_->gateway.set_faults({{practice::FaultKind::ws_huge_frame, kWs, 1, kSize}});
  auto slow = client();
  ASSERT_EQ(slow.upgrade(kWs, with_token()).status, 101);
  auto other = client();
  ASSERT_EQ(other.upgrade(kWs, with_token()).status, 101);
  EXPECT_THAT(other.receive().bytes, HasSubstr("gateway.ready")) << "nobody else waits for it";
  std::size_t received = 0;
  for (auto event = slow.receive(); received < kSize && !event.ended; event = slow.receive()) {
    received += event.bytes.size();
    if (received >= kSize) break;
  }
  EXPECT_GE(received, static_cast<std::size_t>(kSize));
}

TEST_F(BrokerOfGate, ClosesCleanlyWhenTheGatewayGoesAndServesWhenItIsBack) {
  begin();
  auto one = client();
  ASSERT_EQ(one.upgrade(kWs, with_token()).status, 101);
  EXPECT_THAT(one.receive().bytes, HasSubstr("gateway.ready"));
  host_->gateway.stop();
  const auto closed = one.receive();
  EXPECT_EQ(closed.kind, ws::Kind::close) << "not an end without a word";
  EXPECT_EQ(client().get("/api/sessions", with_token()).status, 502);
  host_->gateway.restart();
  auto again = client();
  ASSERT_EQ(again.upgrade(kWs, with_token()).status, 101);
  EXPECT_THAT(again.receive().bytes, HasSubstr("gateway.ready"));
  EXPECT_EQ(client().get("/api/sessions", with_token()).status, 200);
}

TEST_F(BrokerOfGate, SaysThatTheSessionIsDeadWithoutA401) {
  begin();
  auto one = client();
  EXPECT_EQ(one.get("/api/sessions", with_token()).status, 200);
  // No input of the settings can sign in again.
  connection_.reset();
  broker_.reset();
  connection_.emplace(host_->connect(false));
  serve(*connection_);
  host_->gateway.end_sessions();
  auto dead = client();
  const auto refused = dead.get("/api/sessions", with_token());
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(json_of(refused)->getValue<bool>("sign_in"));
  EXPECT_THAT(refused.body, HasSubstr("Sign in again (pintle sign-in home)"));
  EXPECT_EQ(client().upgrade(kWs, with_token()).status, 503);
  EXPECT_EQ(connection_->counters().dials_failed, 1u);
  EXPECT_EQ(connection_->counters().dials, 0u);
  EXPECT_EQ(dead.get("/api/status").status, 200) << "it is there all the same";
  host_->sign_in();
  EXPECT_EQ(dead.get("/api/sessions", with_token()).status, 200);
}

TEST_F(BrokerOfGate, EndsItsWebSocketsWithACloseFrame) {
  begin();
  auto one = client();
  ASSERT_EQ(one.upgrade(kWs, with_token()).status, 101);
  EXPECT_THAT(one.receive().bytes, HasSubstr("gateway.ready"));
  std::thread stopping([&] { broker_->stop(); });
  const auto closed = one.receive();
  EXPECT_EQ(closed.kind, ws::Kind::close);
  EXPECT_EQ(closed.code, ws::CloseCode::going_away);
  EXPECT_EQ(closed.bytes, "the broker is shutting down");
  one.socket().close();
  stopping.join();
  EXPECT_EQ(broker_->counters().websockets_open, 0u);
}

// A socket that is only not accepted from lets its clients connect, and wait.
TEST_F(BrokerOfGate, RefusesClientsOnceItHasStopped) {
  begin();
  EXPECT_EQ(client().get("/api/sessions", with_token()).status, 200);
  broker_->stop();
  EXPECT_THROW(client(), Poco::Net::ConnectionRefusedException);
}

TEST_F(BrokerOfGate, WorksBelowAPrefixAndOverTls) {
  auto options = over_tls(PracticeHost::usual(practice::Gate::native));
  options.prefix = "/hermes";
  begin(std::move(options));
  EXPECT_EQ(client().get("/api/sessions", with_token()).status, 200);
  auto one = client();
  ASSERT_EQ(one.upgrade(kWs, with_token()).status, 101);
  EXPECT_THAT(one.receive().bytes, HasSubstr("gateway.ready"));
  const std::string large(3'000'000, 'x');
  one.send_text(R"({"jsonrpc":"2.0","id":7,"method":"echo","params":{"a":")" + large + "\"}}");
  EXPECT_THAT(one.receive_json()->getObject("result")->getValue<std::string>("a"), large);
}

TEST_F(BrokerOfGate, CountsForPrometheusBehindTheToken) {
  begin();
  EXPECT_EQ(client().get("/metrics").status, 401);
  EXPECT_EQ(client().get("/api/sessions", with_token()).status, 200);
  const auto metrics = client().get("/metrics", with_token());
  EXPECT_THAT(metrics.headers.get("Content-Type"), StartsWith("text/plain; version=0.0.4"));
  EXPECT_THAT(metrics.body, HasSubstr("\npintle_broker_requests_total 2\n"));
  EXPECT_THAT(metrics.body, HasSubstr("\npintle_broker_requests_refused_total 1\n"));
}

TEST_F(BrokerOfGate, KeepsTheTokenOfAPageInACookie) {
  begin();
  Headers page;
  page.add("Sec-Fetch-Site", "none");
  page.add("Sec-Fetch-Dest", "document");
  const auto opened = client().get("/?token=" + token(), page);
  const std::string cookie(opened.headers.get("Set-Cookie"));
  EXPECT_THAT(cookie, HasSubstr("HttpOnly; SameSite=Strict"));
  Headers later = practice::with("Cookie", cookie.substr(0, cookie.find(';')));
  later.add("Sec-Fetch-Site", "same-origin");
  EXPECT_EQ(client().get("/api/sessions", later).status, 200);
  later.set("Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(client().get("/api/sessions", later).status, 403);
}

TEST_F(BrokerOfGate, GoesOnIfOnePathAloneRefusesTheCredential) {
  begin();
  host_->gateway.set_faults({{practice::FaultKind::detail, "/api/plugin", -1, 401, "not you"}});
  const auto refused = client().get("/api/plugin", with_token());
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.body, HasSubstr("not you"));
  EXPECT_EQ(client().get("/api/sessions", with_token()).status, 200);
}

TEST_F(BrokerOfGate, PutsItsTokenIntoNoPublicAnswer) {
  begin();
  Headers page;
  page.add("Sec-Fetch-Dest", "document");
  for (const char* target : {"/api/status?token=", "/api/health?token=x", "/api/status?a=token=",
                             "/%61pi/status?token=", "/api/status/?token="}) {
    const auto response = client().get(target, page);
    EXPECT_FALSE(response.headers.has("Set-Cookie")) << target;
  }
}

TEST_F(BrokerOfGate, RefusesMoreConnectionsThanItMayHave) {
  begin(PracticeHost::usual(), {.max_connections = 2});
  auto one = client();
  auto two = client();
  EXPECT_EQ(one.get("/api/sessions", with_token()).status, 200);
  EXPECT_EQ(two.get("/api/sessions", with_token()).status, 200);
  auto three = client();
  const auto refused = three.read_response();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.get("Retry-After"), "1");
  EXPECT_EQ(one.get("/api/sessions", with_token()).status, 200);
}

// Each is answered, and none closes: if one held the only thread until it is given up, the last
// would be answered after minutes.
TEST_F(BrokerOfGate, IsNotHeldUpByClientsThatSendGarbage) {
  begin(PracticeHost::usual(), {.max_requests = 1, .grace_ms = 100});
  const auto begun = std::chrono::steady_clock::now();
  std::vector<Client> garbage;
  for (int i = 0; i < 64; ++i) {
    auto& one = garbage.emplace_back(port());
    one.write("\x16\x03\x01 this is a TLS hello");
    EXPECT_EQ(one.read_response().status, 400);
    EXPECT_TRUE(one.at_end());
  }
  EXPECT_EQ(client().get("/api/sessions", with_token()).status, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(40));
}

TEST_F(BrokerOfGate, DropsAClientThatSendsItsHeadTooSlowly) {
  begin(PracticeHost::usual(), {.head_timeout_ms = 100});
  auto slow = client();
  slow.write("GET / HTTP/1.1\r\nHo");
  EXPECT_TRUE(slow.at_end());
}

TEST_F(BrokerOfGate, ServesOnAUnixSocket) {
  TemporaryFolder folder;
  begin(PracticeHost::usual(), {.listen = "unix:" + (folder / "socket").string()});
  EXPECT_EQ(broker_->socket_path(), (folder / "socket").string());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  broker_->socket_path().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const auto request = "GET /api/sessions HTTP/1.1\r\nHost: anything\r\nConnection: close\r\n" +
                       std::string(kTokenHeader) + ": " + token() + "\r\n\r\n";
  ASSERT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string answer;
  char piece[4096];
  for (ssize_t got = 0; (got = ::recv(fd, piece, sizeof piece, 0)) > 0;) {
    answer.append(piece, static_cast<std::size_t>(got));
  }
  ::close(fd);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace pintle::test
