// SPDX-License-Identifier: Apache-2.0
//
// What can be seen of a connection: its log, its counters, and the trace context of its requests.

#include <atomic>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "practice/state/random.h"
#include "support/error_of.h"
#include "support/practice_host.h"
#include "support/recorded_log.h"

namespace pintle::test {
namespace {

using Kind = LiveState::Kind;
using practice::Fault;
using practice::FaultKind;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr std::int64_t kLongMs = 20'000;

std::vector<std::string> states_in(const RecordedLog& log) {
  std::vector<std::string> states;
  for (const auto& record : log.records_of("state_changed")) states.push_back(record["state"]);
  return states;
}

// A gateway without a gate, and a connection whose log is kept.
class Watched : public testing::Test {
 protected:
  Connection open(practice::Options options = token_gate(), LogLevel level = LogLevel::trace,
                  TraceContext trace_context = TraceContext::none) {
    gateway_.emplace(std::move(options));
    auto host = host_with({&pintle_token});
    host.log = log_.options(level);
    host.trace_context = trace_context;
    auto settings = settings_for(*gateway_, token_input(folder_));
    settings.name = "home";
    return Host(std::move(host)).open(std::move(settings));
  }

  static LiveConnection ready(Connection& connection, LiveOptions options = {}) {
    options.initial_backoff_ms = 1;
    options.max_backoff_ms = 10;
    auto live = connection.live(std::move(options));
    live.wait_until_ready(kLongMs);
    return live;
  }
  // Waits until it was lost and is ready again.
  static void wait_for_reconnect(LiveConnection& live, std::uint64_t generation) {
    while (live.state().kind != Kind::ready || live.state().generation <= generation) {
      if (!live.next(kLongMs)) return;
    }
  }

  std::vector<std::string> traceparents(const std::string& path) {
    std::vector<std::string> seen;
    for (const auto& request : gateway_->request_log().requests_to(path)) {
      const auto count = std::count(request.header_names.begin(), request.header_names.end(),
                                    std::string("traceparent"));
      EXPECT_LE(count, 1) << "sent twice";
      seen.push_back(count == 0 ? "none" : request.traceparent);
    }
    return seen;
  }

  TemporaryFolder folder_;
  RecordedLog log_;
  std::optional<practice::Gateway> gateway_;
};

TEST_F(Watched, TellsTheProbeTheChoiceAndEveryExchange) {
  auto connection = open(over_tls(token_gate()));
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_EQ(get_sessions(connection), 200);
  const auto probes = log_.records_of("probe_finished");
  ASSERT_THAT(probes, SizeIs(1));
  EXPECT_EQ(probes[0]["url"], gateway_->url());
  EXPECT_EQ(probes[0]["auth_required"], "false");
  EXPECT_EQ(log_.records_of("scheme_chosen").at(0)["scheme"], "token");
  const auto exchanges = log_.records_of("exchange_finished");
  const auto seen = gateway_->request_log().requests();
  ASSERT_EQ(exchanges.size(), seen.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(exchanges[i].connection, "home");
    EXPECT_EQ(exchanges[i]["path"], seen[i].path);
    EXPECT_EQ(exchanges[i]["status"], std::to_string(seen[i].status));
    EXPECT_EQ(exchanges[i].has("tls_ms"), i == 0);
  }
  const auto counters = connection.counters();
  EXPECT_EQ(counters.connects, gateway_->request_log().counters().connections);
  std::uint64_t responses = 0;
  for (const auto count : counters.responses) responses += count;
  EXPECT_EQ(responses, seen.size());
  EXPECT_GT(counters.bytes_sent, 0u);
  EXPECT_GT(counters.bytes_received, counters.bytes_sent);
}

TEST_F(Watched, TellsNothingAboveTheLevelThatIsAskedFor) {
  auto connection = open(token_gate(), LogLevel::info);
  get_sessions(connection);
  EXPECT_THAT(log_.records(), Not(testing::IsEmpty()));
  for (const auto& record : log_.records()) EXPECT_LE(record.level, LogLevel::info) << record.event;
}

TEST_F(Watched, CountsAFailedRequestByItsLayer) {
  auto connection = open();
  get_sessions(connection);
  gateway_->stop();
  EXPECT_EQ(error_of([&] { get_sessions(connection); }).layer(), Layer::tcp);
  EXPECT_EQ(connection.counters()[Layer::tcp], 1u);
  EXPECT_EQ(log_.records_of("exchange_failed").at(0)["layer"], "tcp");
}

TEST_F(Watched, TellsTheStatesAndTheDialsOfALiveConnection) {
  auto connection = open();
  {
    auto live = ready(connection);
    live.rpc("echo", R"({"a":1})");
    live.close();
    while (live.next(kLongMs)) {
    }
  }
  EXPECT_THAT(states_in(log_), ElementsAre("probing", "dialling", "ready", "closed"));
  const auto dials = log_.records_of("dial_finished");
  ASSERT_THAT(dials, SizeIs(1));
  EXPECT_EQ(dials[0]["path"], "/api/ws");
  EXPECT_TRUE(dials[0].has("total_ms"));
  const auto counters = connection.counters();
  EXPECT_EQ(counters.dials, 1u);
  EXPECT_EQ(counters.dials_failed, 0u);
  EXPECT_EQ(counters.losses, ConnectionCounters().losses);
  EXPECT_GT(counters.send_queue_peak_bytes, 0u);
  EXPECT_GT(counters.receive_queue_peak_bytes, 0u);
}

TEST_F(Watched, CountsTheBytesOfWebSocketsToo) {
  auto connection = open();
  auto live = ready(connection);
  const auto before = connection.counters();
  const std::string large(100'000, 'x');
  live.rpc("echo", "{\"a\":\"" + large + "\"}");
  const auto after = connection.counters();
  EXPECT_GE(after.bytes_sent - before.bytes_sent, large.size());
  EXPECT_GE(after.bytes_received - before.bytes_received, large.size());
  EXPECT_GE(after.send_queue_peak_bytes, large.size());
}

TEST_F(Watched, CountsALossByItsCause) {
  auto connection = open();
  auto live = ready(connection);
  gateway_->drop_connections();
  wait_for_reconnect(live, 1);
  EXPECT_EQ(connection.counters()[LossCause::broken], 1u);

  gateway_->set_faults({Fault(FaultKind::ws_close, "/api/ws", 1, 1001)});
  live.request("echo");
  wait_for_reconnect(live, 2);
  EXPECT_EQ(connection.counters()[LossCause::closed], 1u);

  gateway_->set_faults({Fault(FaultKind::ws_bad_frame, "/api/ws", 1)});
  live.request("echo");
  wait_for_reconnect(live, 3);
  EXPECT_EQ(connection.counters()[LossCause::protocol], 1u);
  EXPECT_EQ(connection.counters().dials, 4u);
  const auto waits = log_.records_of("state_changed");
  EXPECT_TRUE(std::any_of(waits.begin(), waits.end(), [](const SeenRecord& record) {
    return record["state"] == "waiting" && record["layer"] == "tcp" && record.has("wait_ms") &&
           record.level == LogLevel::warn;
  })) << log_.text();
}

TEST_F(Watched, CountsAPeerThatAnswersNoPingAsSilent) {
  auto options = token_gate();
  options.ping_every_ms = 3'600'000;
  auto connection = open(std::move(options));
  LiveOptions impatient;
  impatient.ping_after_idle_ms = 20;
  impatient.heartbeat_ms = 0;
  auto live = ready(connection, impatient);
  gateway_->set_faults({Fault(FaultKind::ws_half_open, "/api/ws", 1)});
  while (connection.counters()[LossCause::silent] == 0) {
    ASSERT_TRUE(live.next(kLongMs));
  }
}

TEST_F(Watched, CountsAFailedDial) {
  auto connection = open();
  get_sessions(connection);
  gateway_->set_faults({Fault(FaultKind::status, "/api/ws", -1, 503)});
  auto live = connection.live({.reconnect = false});
  EXPECT_THROW(live.wait_until_ready(kLongMs), Error);
  EXPECT_EQ(connection.counters().dials_failed, 1u);
  EXPECT_EQ(connection.counters().dials, 0u);
  EXPECT_EQ(log_.records_of("dial_failed").at(0).level, LogLevel::warn);
}

TEST_F(Watched, GoesOnIfTheHookThrows) {
  gateway_.emplace(token_gate());
  std::atomic<int> calls = 0;
  auto options = host_with({&pintle_token});
  options.log = {.level = LogLevel::trace, .function = [&](const LogRecord&) {
                   ++calls;
                   throw std::runtime_error("the log is full");
                 }};
  auto connection = Host(options).open(settings_for(*gateway_, token_input(folder_)));
  EXPECT_EQ(get_sessions(connection), 200);
  auto live = ready(connection);
  EXPECT_EQ(live.rpc("echo", "{}"), "{}");
  EXPECT_GT(calls, 0);
}

// A traceparent of the app.
constexpr const char* kTraceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr const char* kTraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

TEST_F(Watched, PassesOnTheTraceparentOfARequestAndOfALiveConnection) {
  for (const auto context : {TraceContext::none, TraceContext::generate}) {
    log_.clear();
    auto connection = open(token_gate(), LogLevel::debug, context);
    HttpRequest request{.target = "/api/sessions"};
    request.headers.add("TraceParent", kTraceparent);
    request.headers.add("tracestate", "a=b");
    connection.call(request);
    EXPECT_THAT(traceparents("/api/sessions"), ElementsAre(kTraceparent));
    EXPECT_TRUE(gateway_->request_log().requests_to("/api/sessions")[0].has_header("tracestate"));
    EXPECT_EQ(log_.records_of("exchange_finished").back()["trace_id"], kTraceId);
    LiveOptions options;
    options.traceparent = kTraceparent;
    auto live = ready(connection, options);
    gateway_->drop_connections();
    wait_for_reconnect(live, 1);
    EXPECT_THAT(traceparents("/api/ws"), ElementsAre(kTraceparent, kTraceparent));
    EXPECT_EQ(log_.records_of("dial_finished").at(0)["trace_id"], kTraceId);
  }
}

TEST_F(Watched, MakesNoTraceparentUnlessItIsAskedTo) {
  auto connection = open();
  get_sessions(connection);
  const auto live = ready(connection);
  EXPECT_THAT(traceparents("/api/sessions"), ElementsAre("none"));
  EXPECT_THAT(traceparents("/api/ws"), ElementsAre("none"));
  EXPECT_THAT(traceparents("/api/status"), Not(Contains(HasSubstr("00-"))));
}

TEST_F(Watched, MakesATraceparentForEachCallAndDialIfItIsAskedTo) {
  auto connection = open(token_gate(), LogLevel::debug, TraceContext::generate);
  get_sessions(connection);
  get_sessions(connection);
  auto live = ready(connection);
  gateway_->drop_connections();
  wait_for_reconnect(live, 1);
  std::vector<std::string> all = traceparents("/api/sessions");
  for (const auto& one : traceparents("/api/ws")) all.push_back(one);
  ASSERT_THAT(all, SizeIs(4));
  std::vector<std::string> ids;
  for (const auto& one : all) {
    const auto id = trace_id_of(one);
    ASSERT_TRUE(id) << one;
    EXPECT_THAT(ids, Not(Contains(*id)));
    ids.push_back(*id);
    EXPECT_THAT(log_.text(), HasSubstr("trace_id=" + *id));
  }
}

TEST_F(Watched, RefusesALiveConnectionWithAnInvalidTraceparent) {
  auto connection = open();
  LiveOptions options;
  options.traceparent = "00-hunter22";
  const auto error = error_of([&] { connection.live(options); });
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_THAT(error.what(), Not(HasSubstr("hunter22")));
}

// A host whose sessions are cookies, with a kept log.
struct WatchedSession {
  explicit WatchedSession(practice::Gate gate) : host(PracticeHost::usual(gate)) {}
  Connection connect() {
    auto options = host.host_options();
    options.log = log.options();
    return Host(std::move(options)).open(host.settings());
  }

  PracticeHost host;
  RecordedLog log;
};

TEST(WatchedSessions, TellAndCountRenewalsAndTickets) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    WatchedSession watched(gate);
    auto& host = watched.host;
    host.sign_in();
    auto connection = watched.connect();
    host.now += kAccessLife;
    EXPECT_EQ(get_sessions(connection), 200);
    connection.live().wait_until_ready(kLongMs);
    EXPECT_EQ(connection.counters().refreshes, 1u);
    EXPECT_EQ(connection.counters().refreshes, host.counters().refreshes);
    EXPECT_EQ(connection.counters().tickets_minted, host.counters().tickets_minted);
    EXPECT_EQ(connection.counters().tickets_minted, 1u);
    EXPECT_THAT(watched.log.records_of("ticket_minted"), SizeIs(1));
    EXPECT_TRUE(watched.log.records_of("renewal_finished").at(0).has("total_ms"));
    EXPECT_THAT(watched.log.records_of("session_stored"), SizeIs(1));

    host.gateway.end_sessions();
    host.now += kAccessLife;
    EXPECT_THROW(get_sessions(connection), Error);
    EXPECT_EQ(connection.counters().refreshes_failed, 1u);
    EXPECT_EQ(watched.log.records_of("renewal_failed").at(0).level, LogLevel::warn);
  }
}

TEST(WatchedSessions, TellASessionOfAnotherProcess) {
  WatchedSession watched(practice::Gate::cookie);
  watched.host.sign_in();
  auto connection = watched.connect();
  get_sessions(connection);
  watched.host.gateway.end_sessions();
  watched.host.sign_in();
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_THAT(watched.log.records_of("session_taken_over"), SizeIs(1)) << watched.log.text();
}

TEST(WatchedSessions, ShowNoSecretAtAnyLevel) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    WatchedSession watched(gate);
    auto& host = watched.host;
    auto options = host.host_options();
    options.log = watched.log.options();
    auto connection = Host(std::move(options)).open(host.settings(true));
    EXPECT_EQ(get_sessions(connection), 200);
    host.now += kAccessLife;
    connection.live().wait_until_ready(kLongMs);
    connection.sign_out();
    const auto text = watched.log.text();
    const auto secrets = practice::recent_secrets();
    EXPECT_GE(secrets.size(), 5u);
    for (const auto& secret : secrets) EXPECT_THAT(text, Not(HasSubstr(secret)));
  }
}

// The hook calls every const function while Pintle does what it logs: none of them may wait for it.
TEST(WatchedSessions, LetTheHookCallConstFunctions) {
  WatchedSession watched(practice::Gate::cookie);
  auto& host = watched.host;
  std::atomic<const Host*> its_host{nullptr};
  std::atomic<const Connection*> its_connection{nullptr};
  std::atomic<const LiveConnection*> its_live{nullptr};
  std::atomic<int> calls = 0;
  auto options = host.host_options();
  options.log = {.level = LogLevel::trace, .function = [&](const LogRecord&) {
                   ++calls;
                   if (const auto* one = its_host.load()) {
                     (void)one->catalogue();
                     (void)one->stored_scheme(host.settings());
                     (void)one->options();
                   }
                   if (const auto* one = its_connection.load()) {
                     (void)one->counters();
                     (void)one->settings();
                     (void)one->store_trouble();
                     (void)one->store_note();
                   }
                   if (const auto* one = its_live.load()) {
                     (void)one->state();
                     (void)one->unsent_bytes();
                     (void)one->malformed_count();
                     (void)one->fd();
                   }
                 }};
  const Host opened(options);
  its_host = &opened;
  auto connection = opened.open(host.settings(true));
  its_connection = &connection;
  EXPECT_EQ(get_sessions(connection), 200);
  host.now += kAccessLife;
  EXPECT_EQ(get_sessions(connection), 200);
  {
    auto live = connection.live({.initial_backoff_ms = 1});
    its_live = &live;
    live.wait_until_ready(kLongMs);
    host.gateway.drop_connections();
    while (live.state().generation < 2 || live.state().kind != Kind::ready) {
      ASSERT_TRUE(live.next(kLongMs));
    }
    live.rpc("echo", "{}");
    live.close();
    while (live.next(kLongMs)) {
    }
    its_live = nullptr;
  }
  connection.sign_out();
  EXPECT_GT(calls, 10);
}

}  // namespace
}  // namespace pintle::test
