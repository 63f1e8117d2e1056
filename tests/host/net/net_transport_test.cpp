// SPDX-License-Identifier: Apache-2.0
//
// Exchanges with a server: requests, bodies, limits.

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "net_transport_fixture.h"
#include "support/error_of.h"

namespace pintle::net {
namespace {

using test::answer;
using test::error_of;
using test::ScriptedPeer;
using test::ScriptedServer;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST(Transport, SendsTwoGetsAtOnceAndReadsBothAnswers) {
  // Both requests have arrived before the first response is sent, and both responses are sent in
  // one piece.
  ScriptedServer server([](ScriptedPeer& peer) {
    const auto first = peer.read_request();
    const auto second = peer.read_request();
    const auto path = [](const std::string& request) {
      return request.substr(4, request.find(' ', 4) - 4);
    };
    peer.send(answer("200 OK", path(first)) + answer("404 Not Found", path(second)));
    if (!peer.read_request().empty()) peer.send(answer("200 OK", "third"));
  });
  Transport transport(settings_for(server, "/hermes"));
  const auto [first, second] = transport.exchange_both(get("/a"), get("/b"));
  EXPECT_EQ(first.body, "/hermes/a");
  EXPECT_EQ(second.body, "/hermes/b");
  EXPECT_EQ(second.status, 404);
  EXPECT_EQ(transport.exchange(get("/c")).body, "third");
  EXPECT_EQ(server.connections(), 1);
}

TEST(Transport, SendsTheSecondOfTwoGetsAnewWhereTheServerTakesOneAtATime) {
  for (const char* closes : {"", "Connection: close\r\n"}) {
    SCOPED_TRACE(closes);
    ScriptedServer server(once(answer("200 OK", "one", closes)));
    Transport transport(settings_for(server));
    const auto [first, second] = transport.exchange_both(get("/a"), get("/b"));
    EXPECT_EQ(first.body, "one");
    EXPECT_EQ(second.body, "one");
    EXPECT_EQ(server.connections(), 2);
  }
}

TEST(Transport, SendsARequestBelowThePrefixAndReadsItsAnswer) {
  ScriptedServer server(always(answer("200 OK", "{\"ok\":true}", "X-One: 1\r\n")));
  Transport transport(settings_for(server, "/hermes"));
  HttpRequest request = post("{\"a\":1}");
  request.target = "/api/x?y=1";
  request.headers.add("Content-Type", "application/json");
  const auto response = transport.exchange(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.reason, "OK");
  EXPECT_EQ(response.headers.get("x-one"), "1");
  EXPECT_EQ(response.body, "{\"ok\":true}");
  const auto port = std::to_string(server.port());
  EXPECT_EQ(server.requests().at(0),
            "POST /hermes/api/x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:" + port +
                "\r\nUser-Agent: pintle/0.1.0\r\n"
                "Accept: application/json, */*\r\nAccept-Encoding: gzip, deflate\r\n"
                "Content-Type: application/json\r\n"
                "Content-Length: 7\r\n\r\n{\"a\":1}");
}

TEST(Transport, ReadsABodyHoweverItIsDelimited) {
  const struct {
    std::string bytes;
    std::string body;
  } cases[] = {
      {answer("200 OK", ""), ""},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: "
       "1\r\n\r\n",
       "abcde"},
      {"HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end"},
      {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" +
           answer("200 OK", "after"),
       "after"},
      {answer("302 Found", "moved", "Location: https://elsewhere.example/\r\n"), "moved"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.bytes);
    ScriptedServer server(once(one.bytes));
    Transport transport(settings_for(server));
    EXPECT_EQ(transport.exchange(get()).body, one.body);
  }
}

TEST(Transport, ReadsABodyThatIsLargerThanEveryBuffer) {
  std::string body(3'000'001, 'x');
  body += "end";
  ScriptedServer server(always(answer("200 OK", body)));
  Transport transport(settings_for(server));
  EXPECT_EQ(transport.exchange(get()).body, body);
  EXPECT_EQ(transport.exchange(post(body)).body, body);
  EXPECT_THAT(server.requests().at(1), testing::EndsWith(body));
}

TEST(Transport, NoticesAnAnswerThatWasCutOff) {
  const struct {
    std::string bytes;
    std::string expected;
  } cases[] = {
      {"", "without an answer"},
      {"HTTP/1.1 200 OK\r\nSet-Cookie: hermes_session_rt=hal", "within the answer's head"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", "after 5 of the answer's 10 bytes"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "chunked body"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", "chunked body"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.bytes);
    ScriptedServer server(once(one.bytes));
    Transport transport(settings_for(server));
    const auto e = error_of([&] { return transport.exchange(get("/api/status?token=hush")); });
    EXPECT_EQ(e.layer(), Layer::tcp);
    EXPECT_THAT(e.what(), HasSubstr(one.expected));
    EXPECT_THAT(e.what(), HasSubstr("GET /api/status"));
    EXPECT_THAT(e.what(), Not(HasSubstr("hush")));
    EXPECT_TRUE(e.can_retry());
    EXPECT_FALSE(e.needs_sign_in());
    EXPECT_FALSE(e.hint().empty());
    EXPECT_EQ(server.connections(), 1);
  }
}

TEST(Transport, NoticesAReset) {
  ScriptedServer server([](ScriptedPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123");
    peer.reset();
  });
  Transport transport(settings_for(server));
  const auto e = error_of([&] { return transport.exchange(get()); });
  EXPECT_EQ(e.layer(), Layer::tcp);
  EXPECT_TRUE(e.can_retry());
}

TEST(Transport, RefusesAnAnswerAboveALimit) {
  const struct {
    std::string bytes;
    std::string expected;
  } cases[] = {
      {answer("200 OK", std::string(101, 'b')), "limit of 100 bytes"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
       "longer than the limit of 100"},
      {"HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'b'), "limit of 100 bytes"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(3000, 'h') + "\r\n\r\n", "head is longer"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'h'), "head is longer"},
      {"HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", "more than 2 fields"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "chunked body is invalid"},
      {"220 mail.example ESMTP\r\n", "is not HTTP/1.1"},
      {kSwitch, "switched protocols"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.bytes.substr(0, 80));
    ScriptedServer server([&](ScriptedPeer& peer) {
      peer.read_request();
      peer.send(one.bytes);
      if (one.expected != "limit of 100 bytes") peer.wait_until_left();
    });
    Transport transport(settings_for(server));
    ExchangeLimits limits;
    limits.body_bytes = 100;
    limits.head_bytes = 2048;
    limits.head_fields = one.expected == "more than 2 fields" ? 2 : 50;
    const auto e = error_of([&] { return transport.exchange(get(), limits); });
    EXPECT_EQ(e.layer(), Layer::protocol);
    EXPECT_THAT(e.what(), HasSubstr(one.expected));
  }
}

TEST(Transport, PutsTheExtraHeadersOnEveryLeg) {
  ScriptedServer server([](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(answer("200 OK", "x"));
    peer.read_request();
    peer.send(answer("200 OK", "x"));
    peer.read_request();
    peer.send(kSwitch);
  });
  auto settings = settings_for(server);
  settings.extra_headers.add("CF-Access-Client-Id", "abc");
  settings.extra_headers.add("Cookie", "access=1");
  Transport transport(std::move(settings));
  transport.exchange(get("/api/status"));
  auto mint = post("");
  mint.headers.add("cookie", "session=2");
  transport.exchange(mint);
  transport.upgrade(upgrade_request());
  const auto requests = server.requests();
  EXPECT_THAT(requests, SizeIs(3));
  EXPECT_THAT(requests, Each(HasSubstr("CF-Access-Client-Id: abc\r\n")));
  EXPECT_THAT(requests.at(0), HasSubstr("Cookie: access=1\r\n"));
  EXPECT_THAT(requests.at(1), HasSubstr("Cookie: access=1; session=2\r\n"));
  EXPECT_THAT(requests.at(1), Not(HasSubstr("cookie: ")));
}

TEST(Transport, RefusesHeadersThatWouldReframeTheRequest) {
  ScriptedServer server(always(answer("200 OK", "x")));
  for (const std::string name :
       {"Content-Length", "transfer-encoding", "Connection", "Expect", "Upgrade"}) {
    SCOPED_TRACE(name);
    auto settings = settings_for(server);
    settings.extra_headers.add(name, "1");
    EXPECT_EQ(error_of([&] {
                Transport(std::move(settings));
                return 0;
              }).layer(),
              Layer::config);
    Transport transport(settings_for(server));
    auto request = get();
    request.headers.add(name, "1");
    EXPECT_EQ(error_of([&] { return transport.exchange(request); }).layer(), Layer::config);
  }
  Transport transport(settings_for(server));
  auto request = get();
  request.method = "GET /x";
  EXPECT_EQ(error_of([&] { return transport.exchange(request); }).layer(), Layer::config);
  EXPECT_EQ(server.connections(), 0);
}

TEST(Transport, ServesManyThreadsAtOnce) {
  ScriptedServer server(always(answer("200 OK", "x")));
  Transport transport(settings_for(server));
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) good += transport.exchange(get()).status == 200 ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 120);
}

}  // namespace
}  // namespace pintle::net
