// SPDX-License-Identifier: Apache-2.0
//
// The small classes of a live connection, without a loop or a socket.

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "live/calls/send_budget.h"
#include "live/heartbeat.h"
#include "live/published_state.h"
#include "live/session_resume.h"
#include "support/error_of.h"

namespace pintle::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::error_of;

const TimePoint kNow{seconds(1'000)};

TEST(Heartbeat, IsOffUnlessTheGatewayAnnouncesIt) {
  for (const char* greeting :
       {"", "{}", R"({"heartbeat":false})", R"({"heartbeat":)", "heartbeat"}) {
    SCOPED_TRACE(greeting);
    Heartbeat heartbeat(seconds(30));
    heartbeat.begin(greeting);
    EXPECT_FALSE(heartbeat.is_on());
  }
  Heartbeat on(seconds(30));
  on.begin(R"({"heartbeat":true})");
  EXPECT_TRUE(on.is_on());
  on.refused();
  EXPECT_FALSE(on.is_on());
  Heartbeat never(seconds(0));
  never.begin(R"({"heartbeat":true})");
  EXPECT_FALSE(never.is_on());
}

TEST(Heartbeat, AsksAfterOneSilenceAndGivesUpAfterTwo) {
  struct Row {
    seconds since_message;
    seconds since_progress;
    Heartbeat::Step step;
    seconds next_in;
  };
  constexpr Row kTable[] = {
      {seconds(0), seconds(90), Heartbeat::Step::wait, seconds(30)},
      {seconds(29), seconds(90), Heartbeat::Step::wait, seconds(1)},
      {seconds(30), seconds(90), Heartbeat::Step::ping, seconds(30)},
      {seconds(59), seconds(59), Heartbeat::Step::ping, seconds(30)},
      {seconds(60), seconds(90), Heartbeat::Step::lost, seconds(30)},
      {seconds(90), seconds(10), Heartbeat::Step::wait, seconds(20)},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.since_message.count());
    Heartbeat heartbeat(seconds(30));
    heartbeat.received(kNow - row.since_message);
    EXPECT_EQ(heartbeat.step(kNow, kNow - row.since_progress), row.step);
    EXPECT_EQ(heartbeat.next(kNow, kNow - row.since_progress), kNow + row.next_in);
  }
}

TEST(Heartbeat, KnowsItsOwnRequest) {
  Heartbeat heartbeat(seconds(30));
  EXPECT_FALSE(heartbeat.is_own(0)) << "nothing was asked yet";
  heartbeat.ping_sent(7);
  EXPECT_TRUE(heartbeat.is_own(7));
  EXPECT_FALSE(heartbeat.is_own(6));
}

TEST(SendBudget, CountsEachByteOnceOnItsWayToTheLoop) {
  SendBudget budget(100);
  budget.posted(60);
  EXPECT_EQ(budget.unsent_bytes(), 60u);
  EXPECT_THROW(budget.check(41), Error);
  EXPECT_NO_THROW(budget.check(40));
  budget.arrived(60);
  budget.count(60);
  EXPECT_EQ(budget.unsent_bytes(), 60u) << "it waits in the loop now";
  budget.posted(10);
  budget.count(20);
  EXPECT_EQ(budget.unsent_bytes(), 30u) << "40 were sent, 10 are on their way";
  budget.arrived(10);
  budget.count(0);
  EXPECT_EQ(budget.unsent_bytes(), 0u);
}

TEST(SendBudget, RefusesWhatIsLargerThanTheWhole) {
  const SendBudget budget(100);
  EXPECT_THROW(budget.check(101), Error);
  EXPECT_THROW(budget.check(static_cast<std::size_t>(-1)), Error);
}

TEST(SessionResume, TellsTheAppOnceWhatItNeeds) {
  int asked = 0;
  SessionResume resume([&](const Resumption& seen) {
    ++asked;
    EXPECT_EQ(seen.away_ms, 1'500);
    EXPECT_EQ(seen.generation, 4u);
    EXPECT_EQ(seen.greeting, "{}");
    EXPECT_EQ(seen.last_seq->at("a"), 9);
    return std::vector<LiveRequest>{{.method = "session.resume"}};
  });
  const LiveState state{.generation = 4, .greeting = "{}"};
  EXPECT_TRUE(resume.resume(kNow, state).empty()) << "the first connection resumes nothing";
  resume.received("a", 8);
  resume.received("a", 9);
  resume.lost(kNow);
  EXPECT_EQ(resume.resume(kNow + milliseconds(1'500), state).size(), 1u);
  EXPECT_TRUE(resume.resume(kNow, state).empty());
  EXPECT_EQ(asked, 1);
}

TEST(SessionResume, RemembersALimitedNumberOfSessions) {
  std::size_t known = 0;
  SessionResume resume([&](const Resumption& seen) {
    known = seen.last_seq->size();
    return std::vector<LiveRequest>();
  });
  for (int i = 0; i < 1'000; ++i) resume.received("session" + std::to_string(i), i);
  resume.received(std::string(10'000, 'x'), 1);
  resume.lost(kNow);
  resume.resume(kNow, {});
  EXPECT_EQ(known, 256u);
}

TEST(PublishedState, SaysWhyNothingCanBeSent) {
  PublishedState published;
  EXPECT_NO_THROW(published.throw_if_latched()) << "a request may wait for the connection";
  LiveState state{.kind = LiveState::Kind::needs_sign_in,
                  .why = Error(Layer::gate, "nobody is signed in").with_sign_in()};
  published.publish(state);
  const auto error = error_of([&] { published.throw_if_latched(); });
  EXPECT_EQ(error.layer(), Layer::gate);
  published.publish({.kind = LiveState::Kind::ready, .generation = 2});
  EXPECT_TRUE(published.is_ready(2));
  EXPECT_FALSE(published.is_ready(1));
  published.refuse_requests();
  EXPECT_THROW(published.throw_if_latched(), Error);
  EXPECT_FALSE(published.is_ready());
}

}  // namespace
}  // namespace pintle::live
