// SPDX-License-Identifier: Apache-2.0
//
// Live connections to the practice gateway: states, requests and messages.

#include <cstdint>
#include <limits>
#include <string>
#include <thread>
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
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(Live, TellsItsStatesInTheirOrder) {
  begin();
  auto live = ready();
  std::vector<Kind> kinds;
  while (kinds.empty() || kinds.back() != Kind::ready) {
    const auto event = live.next(kLongMs);
    ASSERT_TRUE(event && event->kind == LiveEvent::Kind::state);
    kinds.push_back(event->state->kind);
    EXPECT_EQ(event->state->generation, 1u);
  }
  EXPECT_THAT(kinds, ElementsAre(Kind::probing, Kind::dialling, Kind::ready));
  EXPECT_TRUE(live.state().reused_connection) << "probe and upgrade on one TCP connection";
  live.close();
  EXPECT_EQ(wait_for(live, Kind::closed)->close_code, 1000);
  EXPECT_FALSE(live.next(-1)) << "nothing after the last";
}

TEST_F(Live, WaitsHoweverLongTheAppSays) {
  begin();
  gateway_.reset();
  LiveOptions options;
  options.initial_backoff_ms = options.max_backoff_ms = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < 8; ++i) {  // each wait is random
    auto live = connection_->live(options);
    ASSERT_TRUE(wait_for(live, Kind::waiting));
    EXPECT_FALSE(live.next(50)) << "it dials again";
  }
}

TEST_F(Live, GivesAnswersToTheirRequestsWhateverTheirOrder) {
  begin();
  auto live = ready();
  const auto slow = live.request("echo", R"({"delay_ms":60,"which":"slow"})");
  EXPECT_EQ(live.rpc("echo", R"({"which":"quick"})"), R"({"which":"quick"})");
  while (const auto event = live.next(kLongMs)) {
    if (event->kind == LiveEvent::Kind::state) continue;
    EXPECT_EQ(event->kind, LiveEvent::Kind::result);
    EXPECT_EQ(event->id, slow);
    EXPECT_THAT(std::string(event->json), HasSubstr("slow"));
    break;
  }
}

TEST_F(Live, HandsOnTheGatewaysErrorAsSuch) {
  begin();
  auto live = ready();
  try {
    live.rpc("nope");
    FAIL();
  } catch (const RpcError& error) {
    EXPECT_EQ(error.code(), -32601);
    EXPECT_THAT(error.what(), HasSubstr("unknown method"));
  }
}

TEST_F(Live, RefusesParamsThatAreNoJsonWithoutSendingThem) {
  begin();
  auto live = ready();
  const auto error = error_if_any([&] { live.request("echo", "{nope"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->layer(), Layer::config);
  EXPECT_EQ(live.rpc("echo", "{}"), "{}") << "and goes on";
}

TEST_F(Live, IsReadyWithoutAGreetingAsOlderGatewaysSendNone) {
  auto options = token_gate();
  options.ready = practice::Ready::silent;
  begin(std::move(options));
  auto wanted = quick();
  wanted.ready_timeout_ms = 10;
  auto live = ready(wanted);
  EXPECT_EQ(live.state().greeting, "");
  EXPECT_EQ(live.rpc("echo", "{}"), "{}");
}

TEST_F(Live, StopsReadingWhileTheAppTakesNothingAndLosesNothing) {
  begin();
  auto options = quick();
  options.max_receive_queue_bytes = 64 * 1024;
  auto live = ready(options);
  constexpr int kEvents = 2'000;
  live.request("emit", R"({"count":2000,"size":10000})");
  // 20 MB do not fit into socket buffers: the gateway cannot send all of it.
  int events = 0;
  while (const auto event = live.next(kLongMs)) {
    if (event->kind == LiveEvent::Kind::event) ++events;
    if (events == 1) std::this_thread::yield();
    if (events == kEvents) break;
  }
  EXPECT_EQ(events, kEvents);
  EXPECT_EQ(live.state().generation, 1u);
}

TEST_F(Live, RefusesToHoldMoreThanMayWait) {
  begin();
  auto options = quick();
  options.max_send_queue_bytes = 10'000;
  gateway_->stop();
  auto live = connection_->live(options);
  const std::string params = R"({"x":")" + std::string(6'000, 'x') + "\"}";
  live.request("echo", params);
  const auto error = error_if_any([&] { live.request("echo", params); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->layer(), Layer::websocket);
  EXPECT_TRUE(error->can_retry());
}

TEST_F(Live, CountsAMessageThatIsNoneAndGoesOn) {
  begin();
  auto live = ready();
  gateway_->set_faults({Fault(FaultKind::ws_malformed, "/api/ws")});
  live.request("echo", R"({"cut":"in half"})");
  while (const auto event = live.next(kLongMs)) {
    if (event->kind == LiveEvent::Kind::malformed) break;
  }
  EXPECT_EQ(live.malformed_count(), 1u);
  EXPECT_EQ(live.rpc("echo", "{}"), "{}");
  EXPECT_EQ(live.state().generation, 1u);
}

TEST_F(Live, DoesNotGoRoundInCirclesOverAMessageThatIsTooLarge) {
  begin();
  auto options = quick();
  options.max_message_bytes = 1'000;
  auto live = ready(options);
  gateway_->set_faults({Fault(FaultKind::ws_huge_frame, "/api/ws", -1, 2'000)});
  live.request("echo", "{}");  // Any message to the gateway triggers the fault, a greeting too.
  const auto failed = wait_for(live, Kind::failed);
  ASSERT_TRUE(failed && failed->why);
  EXPECT_THAT(failed->why->message(), HasSubstr("above the limit"));
  EXPECT_LE(gateway_->request_log().counters().ws_connects, 3u);
  EXPECT_TRUE(error_if_any([&] { live.request("echo"); }));
  gateway_->set_faults({});
  live.retry_now();
  EXPECT_TRUE(wait_for(live, Kind::ready));
}

TEST_F(Live, CarriesMessagesThatAreNoJsonRpcWholeAndInPieces) {
  for (const bool in_pieces : {false, true}) {
    SCOPED_TRACE(in_pieces);
    begin();
    auto options = quick();
    options.path = "/api/console";
    options.content = in_pieces ? LiveOptions::Content::pieces : LiveOptions::Content::messages;
    auto live = ready(options);
    std::string large(3 << 20, 'x');
    for (std::size_t i = 0; i < large.size(); i += 1'000)
      large[i] = static_cast<char>('a' + i % 26);
    live.send(large, false);
    live.send("and a short one");
    std::string got;
    std::string text;
    int pieces = 0;
    while (text.empty()) {
      const auto event = live.next(kLongMs);
      ASSERT_TRUE(event);
      if (event->kind == LiveEvent::Kind::state) continue;
      if (event->part.is_text) {
        text = event->json;
      } else {
        EXPECT_EQ(event->part.first, got.empty());
        got += event->json;
        ++pieces;
      }
    }
    EXPECT_EQ(got, large);
    EXPECT_EQ(text, "and a short one");
    EXPECT_EQ(pieces == 1, !in_pieces);
  }
}

TEST_F(Live, CompressesWhereBothSidesWantTo) {
  auto options = token_gate();
  options.deflate = true;
  begin(std::move(options));
  auto wanted = quick();
  wanted.offer_deflate = true;
  auto live = ready(wanted);
  const std::string params = R"({"text":")" + std::string(100'000, 'z') + "\"}";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(live.rpc("echo", params), params);
}

}  // namespace
}  // namespace pintle::test
