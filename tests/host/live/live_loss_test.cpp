// SPDX-License-Identifier: Apache-2.0
//
// A live connection that is lost: it comes back, and tells the outcome of each request.

#include <future>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live_fixture.h"
#include "support/error_of.h"

namespace pintle::test {
namespace {

using Kind = LiveState::Kind;
using practice::Fault;
using practice::FaultKind;
using testing::HasSubstr;

TEST_F(Live, ComesBackAfterADropAndAfterARestart) {
  begin();
  auto live = ready();
  gateway_->drop_connections();
  const auto waiting = wait_for(live, Kind::waiting);
  ASSERT_TRUE(waiting && waiting->why);
  EXPECT_EQ(waiting->why->layer(), Layer::tcp);
  EXPECT_EQ(waiting->close_code, 1006);
  EXPECT_EQ(wait_for(live, Kind::ready)->generation, 2u);
  gateway_->restart();
  EXPECT_TRUE(wait_for(live, Kind::waiting));
  EXPECT_TRUE(wait_for(live, Kind::ready));
  EXPECT_EQ(live.rpc("echo", R"({"a":1})"), R"({"a":1})");
}

TEST_F(Live, SaysThatAnOutcomeIsUnknownAndSendsOnlyWhatDoesNoHarmAgain) {
  begin();
  auto live = ready();
  // The gateway drops the connection instead of the first response.
  gateway_->set_faults({Fault(FaultKind::ws_drop, "/api/ws", 1, 1)});
  auto once = ask(live, "echo", R"({"once":1})");
  auto again = ask(live, "echo", R"({"again":1})", {.idempotent = true});
  const auto first = once.get();
  EXPECT_EQ(first.kind, CallResult::Kind::unknown);
  EXPECT_THAT(first.why, HasSubstr("outcome is unknown"));
  const auto second = again.get();
  EXPECT_EQ(second.kind, CallResult::Kind::result) << second.why;
  EXPECT_EQ(second.json, R"({"again":1})");
}

TEST_F(Live, KeepsRequestsThatAreMadeWhileItIsAway) {
  begin();
  auto live = connection_->live(quick());
  auto early = ask(live, "echo", R"({"early":1})");
  EXPECT_EQ(early.get().json, R"({"early":1})") << "it was made before the first dial was over";
  gateway_->stop();
  ASSERT_TRUE(wait_for(live, Kind::waiting));
  auto away = ask(live, "echo", R"({"away":1})");
  gateway_->restart();
  EXPECT_EQ(away.get().json, R"({"away":1})");
}

TEST_F(Live, EndsARequestAtItsTimeLimitAndAtItsCancel) {
  begin();
  auto live = ready();
  auto late = ask(live, "echo", R"({"delay_ms":5000})", {.timeout_ms = 20}).get();
  EXPECT_EQ(late.kind, CallResult::Kind::unknown);
  EXPECT_THAT(late.why, HasSubstr("20 ms"));
  std::stop_source stop;
  auto cancelled = ask(live, "echo", R"({"delay_ms":5000})", {.cancel = stop.get_token()});
  stop.request_stop();
  EXPECT_THAT(cancelled.get().why, HasSubstr("cancelled"));
  gateway_->stop();
  ASSERT_TRUE(wait_for(live, Kind::waiting));
  EXPECT_EQ(ask(live, "echo", "{}", {.timeout_ms = 20}).get().kind, CallResult::Kind::unsent);
}

TEST_F(Live, FindsAHalfOpenConnectionByAPing) {
  begin();
  auto options = quick();
  options.ping_after_idle_ms = 50;
  auto live = ready(options);
  gateway_->set_faults({Fault(FaultKind::ws_half_open, "/api/ws")});
  live.request("echo", "{}");  // Triggers the fault.
  const auto waiting = wait_for(live, Kind::waiting);
  ASSERT_TRUE(waiting && waiting->why);
  EXPECT_THAT(waiting->why->message(), HasSubstr("not a byte"));
  EXPECT_THAT(waiting->why->hint(), HasSubstr("keeps the session for 20 seconds"));
  gateway_->set_faults({});
  EXPECT_TRUE(wait_for(live, Kind::ready));
}

TEST_F(Live, FindsAGatewayThatHangsByItsOwnPingWhereItHasOne) {
  auto options = token_gate();
  options.ready = practice::Ready::heartbeat;
  begin(std::move(options));
  auto wanted = quick();
  wanted.heartbeat_ms = 50;
  auto live = ready(wanted);
  EXPECT_THAT(live.state().greeting, HasSubstr("heartbeat"));
  gateway_->set_faults({Fault(FaultKind::ws_half_open, "/api/ws")});
  const auto waiting = wait_for(live, Kind::waiting);
  ASSERT_TRUE(waiting && waiting->why);
  EXPECT_THAT(waiting->why->message(), HasSubstr("gateway.ping"));
  gateway_->set_faults({});
  EXPECT_TRUE(wait_for(live, Kind::ready));
}

TEST_F(Live, ResumesASessionBeforeAnythingElseIsSent) {
  begin();
  std::string session;
  std::promise<std::string> resumed;
  std::optional<std::int64_t> last_seq;
  auto options = quick();
  options.on_resume = [&](const Resumption& back) -> std::vector<LiveRequest> {
    EXPECT_EQ(back.generation, 2u);
    EXPECT_THAT(std::string(back.greeting), HasSubstr("skin"));
    if (const auto seen = back.last_seq->find(session); seen != back.last_seq->end()) {
      last_seq = seen->second;
    }
    return {{"session.resume", R"({"session_id":")" + session + "\"}",
             [&](const CallResult& result) { resumed.set_value(std::string(result.json)); }}};
  };
  auto live = ready(options);
  const auto made = live.rpc("session.create", "{}");
  session = made.substr(made.find(":\"") + 2);
  session.erase(session.find('"'));
  live.rpc("emit", R"({"count":3,"session_id":")" + session + "\"}");
  while (const auto event = live.next(kLongMs)) {
    if (event->kind == LiveEvent::Kind::event && event->seq == 3) break;
  }
  gateway_->drop_connections();
  EXPECT_THAT(resumed.get_future().get(), HasSubstr(session));
  EXPECT_EQ(last_seq, 3);
}

}  // namespace
}  // namespace pintle::test
