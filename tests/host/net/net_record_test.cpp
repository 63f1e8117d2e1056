// SPDX-License-Identifier: Apache-2.0
//
// What the transport logs and counts of an exchange, and how long each phase took.

#include <future>
#include <string>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "net/transport.h"
#include "support/error_of.h"
#include "support/recorded_log.h"
#include "support/scripted_server.h"

namespace pintle::net {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::error_of;
using test::RecordedLog;
using test::ScriptedPeer;
using test::ScriptedServer;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

ScriptedServer::Script always(std::string bytes) {
  return [bytes = std::move(bytes)](ScriptedPeer& peer) {
    while (!peer.read_request().empty()) peer.send(bytes);
  };
}

class Recorded : public testing::Test {
 protected:
  TransportSettings settings(const std::string& url) {
    TransportSettings made{.gateway = GatewayUrl::parse(url)};
    made.instruments.log = Log(
        log_.options(), [] { return std::int64_t{0}; }, "home");
    made.instruments.meter = meter_;
    return made;
  }
  TransportSettings settings(const ScriptedServer& server) { return settings(server.url()); }
  ConnectionCounters counters() const { return meter_->counters(); }

  RecordedLog log_;
  std::shared_ptr<ConnectionMeter> meter_ = std::make_shared<ConnectionMeter>();
};

TEST_F(Recorded, TellsTheBytesThatWereMovedAndWhetherTheConnectionIsReused) {
  const auto response = answer("200 OK", "twelve bytes");
  ScriptedServer server(always(response));
  Transport transport(settings(server));
  transport.exchange({.method = "POST", .target = "/a?token=hunter22", .body = "{}"});
  transport.exchange({.target = "/b"});
  const auto seen = log_.records_of("exchange_finished");
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].level, LogLevel::debug);
  EXPECT_EQ(seen[0].area, "http");
  EXPECT_EQ(seen[0]["method"], "POST");
  EXPECT_EQ(seen[0]["path"], "/a");
  EXPECT_EQ(seen[0]["status"], "200");
  EXPECT_EQ(seen[0]["reused"], "false");
  EXPECT_EQ(seen[1]["reused"], "true");
  EXPECT_EQ(seen[0]["bytes_sent"], std::to_string(server.requests()[0].size()));
  EXPECT_EQ(seen[0]["bytes_received"], std::to_string(response.size()));
  EXPECT_THAT(log_.text(), Not(HasSubstr("hunter22")));
  EXPECT_THAT(log_.text(), Not(HasSubstr("twice")));

  const auto all = server.requests()[0].size() + server.requests()[1].size();
  EXPECT_EQ(counters().bytes_sent, all);
  EXPECT_EQ(counters().bytes_received, 2 * response.size());
  EXPECT_EQ(counters().connects, 1u);
  EXPECT_EQ(counters()[StatusClass::success_2xx], 2u);
}

TEST_F(Recorded, TellsThePhasesOfADialOnlyWhereThereWasOne) {
  ScriptedServer server(always(answer("200 OK", "")));
  auto with_name = settings("http://gateway.test:" + std::to_string(server.port()));
  with_name.lookup = [](const std::string&) {
    std::this_thread::sleep_for(30ms);
    return std::vector{Poco::Net::IPAddress("127.0.0.1")};
  };
  Transport transport(std::move(with_name));
  transport.exchange({.target = "/"});
  transport.exchange({.target = "/"});
  const auto seen = log_.records_of("exchange_finished");
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_GE(seen[0].number("dns_ms"), 30);
  EXPECT_TRUE(seen[0].has("connect_ms"));
  EXPECT_FALSE(seen[0].has("tls_ms"));
  EXPECT_FALSE(seen[0].has("proxy_ms"));
  EXPECT_GE(seen[0].number("total_ms"), seen[0].number("dns_ms") + seen[0].number("connect_ms") +
                                            seen[0].number("first_byte_ms"));
  EXPECT_FALSE(seen[1].has("dns_ms"));
  EXPECT_FALSE(seen[1].has("connect_ms"));
  EXPECT_TRUE(seen[1].has("first_byte_ms"));
  const auto opened = log_.records_of("connection_opened");
  ASSERT_THAT(opened, SizeIs(1));
  EXPECT_EQ(opened[0]["dns_ms"], seen[0]["dns_ms"]);
}

TEST_F(Recorded, TellsThePhasesOfADialThatWasMadeAheadWithTheFirstExchange) {
  ScriptedServer server(always(answer("200 OK", "")));
  Transport transport(settings(server));
  transport.connect_ahead();
  transport.exchange({.target = "/"});
  transport.exchange({.target = "/"});
  const auto seen = log_.records_of("exchange_finished");
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0]["reused"], "false");
  EXPECT_TRUE(seen[0].has("dns_ms"));
  EXPECT_TRUE(seen[0].has("connect_ms"));
  EXPECT_EQ(seen[1]["reused"], "true");
  EXPECT_FALSE(seen[1].has("dns_ms"));
  EXPECT_THAT(log_.records_of("connection_opened"), SizeIs(1));
}

TEST_F(Recorded, TellsHowLongTheServerTookToTheFirstByteAndToTheLast) {
  // The second half waits for the first to be received, however busy this machine is.
  struct Sink : BodySink {
    std::promise<void> has_first;
    bool has_begun = false;
    void write(std::string_view) override {
      if (!std::exchange(has_begun, true)) has_first.set_value();
    }
  } sink;
  ScriptedServer server([received = sink.has_first.get_future().share()](ScriptedPeer& peer) {
    peer.read_request();
    std::this_thread::sleep_for(30ms);
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na");
    received.wait_for(10s);
    std::this_thread::sleep_for(30ms);
    peer.send("b");
  });
  Transport transport(settings(server));
  transport.exchange({.target = "/"}, {}, {.sink = &sink});
  const auto seen = log_.records_of("exchange_finished").at(0);
  EXPECT_GE(seen.number("first_byte_ms"), 30);
  EXPECT_GE(seen.number("total_ms"), seen.number("first_byte_ms") + 30);
}

TEST_F(Recorded, TellsTheTimeOfTheProxyAndOfTls) {
  const auto authority = test::make_authority();
  const test::TemporaryFile ca_file(test::pem_of(authority));
  test::CertificateWish wish;
  wish.names = "DNS:gateway.test";
  const auto identity = test::make_server_tls(test::make_certificate(wish, &authority));
  ScriptedServer proxy([&](ScriptedPeer& peer) {
    peer.read_request();
    std::this_thread::sleep_for(30ms);
    peer.send("HTTP/1.1 200 Connection established\r\n\r\n");
    if (!peer.start_tls(identity)) return;
    while (!peer.read_request().empty()) peer.send(answer("200 OK", ""));
  });
  auto through = settings("https://gateway.test");
  through.proxies.use(ProxySettings::parse(proxy.url()));
  through.ca_file = ca_file.path();
  Transport transport(std::move(through));
  transport.exchange({.target = "/"});
  const auto seen = log_.records_of("exchange_finished").at(0);
  EXPECT_GE(seen.number("proxy_ms"), 30);
  EXPECT_TRUE(seen.has("tls_ms"));
  EXPECT_EQ(seen["host"], "gateway.test");
  EXPECT_THAT(log_.records_of("opening_tunnel"), SizeIs(1));
  EXPECT_THAT(log_.records_of("shaking_hands"), SizeIs(1));
}

TEST_F(Recorded, TellsAFailureAndThePhasesUpToIt) {
  auto nowhere = settings("http://gateway.test");
  nowhere.lookup = [](const std::string&) -> std::vector<Poco::Net::IPAddress> {
    throw Error(Layer::dns, "no such name");
  };
  Transport transport(std::move(nowhere));
  EXPECT_EQ(error_of([&] { transport.exchange({.target = "/"}); }).layer(), Layer::dns);
  const auto seen = log_.records_of("exchange_failed");
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0].level, LogLevel::warn);
  EXPECT_EQ(seen[0]["layer"], "dns");
  EXPECT_EQ(seen[0]["message"], "no such name");
  EXPECT_TRUE(seen[0].has("dns_ms"));
  EXPECT_FALSE(seen[0].has("connect_ms"));
  EXPECT_FALSE(seen[0].has("status"));
  EXPECT_FALSE(seen[0].has("first_byte_ms"));
  EXPECT_EQ(counters()[Layer::dns], 1u);
  EXPECT_EQ(counters().connects, 0u);
}

TEST_F(Recorded, WarnsOfNothingThatTheCallerCancelled) {
  ScriptedServer server([](ScriptedPeer& peer) {
    peer.read_request();
    peer.wait_until_left();
  });
  Transport transport(settings(server));
  CancelSource source;
  std::jthread canceller([&] {
    while (server.requests().empty()) std::this_thread::yield();
    source.request_stop();
  });
  EXPECT_EQ(error_of([&] {
              transport.exchange({.target = "/"}, {.cancel = source.get_token()});
            }).layer(),
            Layer::tcp);
  EXPECT_EQ(log_.records_of("exchange_failed").at(0).level, LogLevel::debug);
}

TEST_F(Recorded, CountsBothAttemptsIfAKeptConnectionHadEnded) {
  ScriptedServer server([](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(answer("200 OK", ""));
    if (peer.index() == 0) peer.read_request();  // and closes without an answer
  });
  Transport transport(settings(server));
  transport.exchange({.target = "/"});
  transport.exchange({.target = "/"});
  const auto seen = log_.records_of("exchange_finished");
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[1]["reused"], "false");
  EXPECT_TRUE(seen[1].has("connect_ms"));
  EXPECT_EQ(seen[1].number("bytes_sent"), 2 * seen[0].number("bytes_sent"));
  EXPECT_EQ(counters().connects, 2u);
  EXPECT_EQ(counters()[Layer::tcp], 0u);
}

TEST_F(Recorded, TellsBothOfAPairOfRequests) {
  ScriptedServer server(always(answer("404 Not Found", "")));
  Transport transport(settings(server));
  transport.exchange_both({.target = "/a"}, {.target = "/b"});
  const auto seen = log_.records_of("exchange_finished");
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0]["path"], "/a");
  EXPECT_EQ(seen[1]["path"], "/b");
  EXPECT_EQ(seen[1]["reused"], "true");
  EXPECT_EQ(counters()[StatusClass::client_error_4xx], 2u);
}

TEST_F(Recorded, NamesTheTraceOfARequest) {
  ScriptedServer server(always(answer("200 OK", "")));
  Transport transport(settings(server));
  const std::string id = "4bf92f3577b34da6a3ce929d0e0e4736";
  HttpRequest request{.target = "/"};
  request.headers.add("Traceparent", "00-" + id + "-00f067aa0ba902b7-01");
  transport.exchange(request);
  EXPECT_EQ(log_.records_of("exchange_finished").at(0)["trace_id"], id);
  EXPECT_THAT(server.requests()[0],
              HasSubstr("Traceparent: 00-" + id + "-00f067aa0ba902b7-01\r\n"));
  // What is no traceparent is sent, but may be anything, and is not shown.
  request.headers.set("Traceparent", "hunter22");
  transport.exchange(request);
  EXPECT_FALSE(log_.records_of("exchange_finished").at(1).has("trace_id"));
  EXPECT_THAT(log_.text(), Not(HasSubstr("hunter22")));
}

}  // namespace
}  // namespace pintle::net
