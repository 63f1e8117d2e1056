// SPDX-License-Identifier: Apache-2.0
//
// Two machines that share a session: what is decided (docs/decisions/0020) with nothing wrong but a
// machine that dies. Faults of Redis are in redis_session_faults_test.cpp.

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "redis_machine.h"
#include "support/error_of.h"

namespace pintle {
namespace {

using State = SessionLock::State;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::error_of;
using test::fleet_key;
using test::kLeaseMs;
using test::Machine;
using test::RedisProcess;
using test::wait_until;
using testing::HasSubstr;
using testing::Not;

struct RedisSessionStoreTest : testing::Test {
  void SetUp() override {
    PINTLE_NEEDS_REDIS();
    redis.emplace();
    one.emplace(*redis);
    two.emplace(*redis);
  }

  std::string record() const {
    const auto where = one->store->where(fleet_key());
    return where.substr(where.find("record ") + 7) + ":record";
  }
  std::string key_of(const std::string& name) const {
    return record().substr(0, record().size() - 6) + name;
  }
  std::string field(const std::string& name) const {
    return redis->call({"HGET", record(), name}).text;
  }
  // As a holder that is gone has left it.
  void leave_intent(const std::string& fence, const std::string& tries) const {
    redis->call({"HSET", record(), "intent", fence, "tries", tries});
    redis->call({"SET", key_of("counter"), fence});
  }

  std::optional<RedisProcess> redis;
  std::optional<Machine> one;
  std::optional<Machine> two;
};

TEST_F(RedisSessionStoreTest, GivesOneMachineWhatAnotherHasStored) {
  EXPECT_EQ(one->load(), "nothing");
  EXPECT_EQ(two->load(), "nothing");
  for (const auto& session : {std::string("s1"), std::string("\0\xff\n", 3), std::string("s3")}) {
    one->save(session);
    EXPECT_EQ(two->load(), session);
    EXPECT_EQ(one->load(), session);
    EXPECT_EQ(Machine(*redis).load(), session) << "one that has just started";
  }
  EXPECT_GT(one->store->load(fleet_key()).saved_ms, 1'600'000'000'000);
  EXPECT_EQ(one->load(fleet_key("work")), "nothing");
  two->store->erase(fleet_key());
  EXPECT_EQ(one->load(), "nothing");
  EXPECT_EQ(two->load(), "nothing");
}

TEST_F(RedisSessionStoreTest, ShowsNothingToWhoeverReadsRedis) {
  one->save("the-refresh-token");
  const auto fields = redis->call({"HGETALL", record()});
  ASSERT_FALSE(fields.items.empty());
  for (const auto& item : fields.items) {
    EXPECT_THAT(item.text, Not(HasSubstr("refresh")));
    EXPECT_THAT(item.text, Not(HasSubstr("gateway")));
  }
  for (const auto& key : redis->call({"KEYS", "*"}).items) {
    EXPECT_THAT(key.text, testing::StartsWith("pintle:{"));
    EXPECT_THAT(key.text, Not(HasSubstr("home")));
  }
  EXPECT_THAT(one->store->where(fleet_key()), HasSubstr(redis->url() + ", record pintle:{"));
}

TEST_F(RedisSessionStoreTest, LeavesNoRecordOfWhatWasNeverThere) {
  one->store->erase(fleet_key());
  EXPECT_TRUE(redis->call({"KEYS", "*"}).items.empty());
}

TEST_F(RedisSessionStoreTest, ChangesNothingThatSomebodyElseHasChanged) {
  one->save("s1");
  EXPECT_EQ(two->load(), "s1");
  one->save("s2");
  EXPECT_THROW(two->store->save_unless_newer(fleet_key(), Secret("late")), SessionChanged);
  EXPECT_THROW(two->store->erase_unless_newer(fleet_key()), SessionChanged);
  EXPECT_EQ(one->load(), "s2");
  EXPECT_EQ(two->load(), "s2");
  two->store->save_unless_newer(fleet_key(), Secret("s3"));
  EXPECT_EQ(one->load(), "s3") << "now that it has seen it";
  one->store->erase_unless_newer(fleet_key());
  EXPECT_EQ(two->load(), "nothing");
}

TEST_F(RedisSessionStoreTest, LetsOneMachineRefreshAndTellsTheOthers) {
  one->save("s1");
  EXPECT_EQ(two->load(), "s1");
  const auto watch = two->store->watch(fleet_key(), [] {});
  auto held = one->lock();
  EXPECT_EQ(held->state(), State::held);
  auto reservation = one->reserve();
  EXPECT_TRUE(reservation->is_for_one_request());
  EXPECT_TRUE(reservation->outlives_a_failure());
  std::optional<State> state;
  std::jthread waiting([&] { state = two->lock()->state(); });
  EXPECT_EQ(Machine(*redis).lock(0)->state(), State::newer) << "for one that has seen none yet";
  one->save_in(*reservation, "s2");
  waiting.join();
  EXPECT_EQ(state, State::newer);
  EXPECT_EQ(two->load(), "s2");
  held.reset();
  two->refresh("s3");
  one->load();
  one->refresh("s4");
  EXPECT_EQ(two->load(), "s4");
}

TEST_F(RedisSessionStoreTest, SaysWhoeverWaitsTooLongCanRetry) {
  one->save("s1");
  two->load();
  const auto held = one->lock();
  const auto begin = steady_clock::now();
  const auto error = error_of([&] { return two->lock(100); });
  EXPECT_TRUE(error.can_retry());
  EXPECT_EQ(error.layer(), Layer::store);
  EXPECT_GE(steady_clock::now() - begin, milliseconds(100));
}

TEST_F(RedisSessionStoreTest, WakesWhoeverWaits) {
  one->save("s1");
  two->load();
  std::atomic<int> looks{0};
  const auto watch = two->store->watch(fleet_key(), [&] { ++looks; });
  ASSERT_TRUE(wait_until([&] { return looks > 0; }));
  // Without a message it looks each 250 ms: most of ten would take longer.
  int slow = 0;
  for (int i = 0; i < 10; ++i) {
    auto held = one->lock();
    std::atomic<bool> waits{false};
    std::jthread waiting([&] {
      waits = true;
      EXPECT_EQ(two->lock()->state(), State::held);
    });
    ASSERT_TRUE(wait_until([&] { return waits.load(); }));
    std::this_thread::sleep_for(milliseconds(5 * i));
    const auto begin = steady_clock::now();
    held.reset();
    waiting.join();
    if (steady_clock::now() - begin > milliseconds(100)) ++slow;
  }
  EXPECT_LE(slow, 3);
}

TEST_F(RedisSessionStoreTest, TakesOverTheLeaseOfAMachineThatIsGone) {
  one->save("s1");
  two->load();
  redis->call({"SET", key_of("lease"), "gone 2"});
  redis->call({"PEXPIRE", key_of("lease"), "1000"});
  redis->call({"SET", key_of("counter"), "2"});
  const auto begin = steady_clock::now();
  EXPECT_EQ(two->lock()->state(), State::held);
  const auto took = steady_clock::now() - begin;
  EXPECT_GT(took, milliseconds(700));
  EXPECT_LT(took, milliseconds(3'000));
}

TEST_F(RedisSessionStoreTest, KeepsItsLeaseThroughASlowRefresh) {
  one->save("s1");
  two->load();
  const auto held = one->lock();
  const auto reservation = one->reserve();
  EXPECT_TRUE(error_of([&] { return two->lock(3 * kLeaseMs); }).can_retry());
  one->save_in(*reservation, "s2");
  EXPECT_EQ(two->lock()->state(), State::newer);
}

TEST_F(RedisSessionStoreTest, SendsATokenOnceMoreAfterADeathAndThenAsksForASignIn) {
  one->save("s1");
  two->load();
  leave_intent("2", "1");
  {
    const auto held = two->lock();
    ASSERT_EQ(held->state(), State::held);
    const auto reservation = two->reserve();
    EXPECT_EQ(field("tries"), "2");
    EXPECT_FALSE(reservation->settle(RenewalOutcome::unknown)) << "not a third time";
  }
  EXPECT_EQ(two->lock()->state(), State::ended);
  EXPECT_EQ(one->lock()->state(), State::ended) << "once the lease has lapsed";
  EXPECT_EQ(Machine(*redis).load(), "s1") << "what it has may hold for a while";
  one->save("s2");
  two->load();
  two->refresh("s3");
  EXPECT_EQ(one->load(), "s3");
}

TEST_F(RedisSessionStoreTest, SendsATokenOnceMoreItselfAndNotAThirdTime) {
  one->save("s1");
  const auto held = one->lock();
  EXPECT_TRUE(one->reserve()->settle(RenewalOutcome::unknown));
  EXPECT_EQ(field("tries"), "1");
  EXPECT_FALSE(one->reserve()->settle(RenewalOutcome::unknown));
  EXPECT_EQ(field("tries"), "2");
  const auto error = error_of([&] { return one->reserve(); });
  EXPECT_TRUE(error.needs_sign_in());
  EXPECT_EQ(field("tries"), "2");
}

TEST_F(RedisSessionStoreTest, TakesBackATryThatDidNotReachTheGateway) {
  one->save("s1");
  for (int i = 0; i < 5; ++i) {
    const auto held = one->lock();
    ASSERT_EQ(held->state(), State::held) << i;
    EXPECT_FALSE(one->reserve()->settle(RenewalOutcome::not_used));
    EXPECT_EQ(field("tries"), "0");
  }
  {
    const auto held = one->lock();
    EXPECT_TRUE(one->reserve()->settle(RenewalOutcome::unknown));
    EXPECT_FALSE(one->reserve()->settle(RenewalOutcome::not_used));
    EXPECT_EQ(field("tries"), "1") << "the first one counts";
  }
  two->load();
  const auto held = two->lock();
  EXPECT_EQ(held->state(), State::held);
  two->save_in(*two->reserve(), "s2");
  EXPECT_EQ(one->load(), "s2");
}

TEST_F(RedisSessionStoreTest, TellsAllThatTheGatewayHasEndedTheSession) {
  one->save("s1");
  two->load();
  {
    const auto held = one->lock();
    EXPECT_FALSE(one->reserve()->settle(RenewalOutcome::ended));
  }
  EXPECT_EQ(two->lock()->state(), State::ended);
  EXPECT_EQ(two->load(), "nothing");
  EXPECT_THAT(two->store->load(fleet_key()).note, HasSubstr("ended"));
  EXPECT_EQ(Machine(*redis).load(), "nothing");
  two->save("s2");
  EXPECT_EQ(one->load(), "s2");
  one->refresh("s3");
}

TEST_F(RedisSessionStoreTest, EndsNoSessionButTheOneThatWasSent) {
  one->save("s1");
  two->load();
  auto held = one->lock();
  const auto reservation = one->reserve();
  two->save("s2");  // a user signs in
  EXPECT_TRUE(reservation->settle(RenewalOutcome::ended)) << "there is another one to look at";
  EXPECT_THROW(one->reserve(), SessionChanged);
  EXPECT_EQ(one->load(), "s2");
  EXPECT_EQ(two->load(), "s2");
  held.reset();
  EXPECT_EQ(redis->call({"EXISTS", key_of("lease")}).number(), 0) << "nobody must wait for it";
  two->refresh("s3");
  EXPECT_EQ(one->load(), "s3");
}

TEST_F(RedisSessionStoreTest, SendsNothingUnderALeaseForAnotherSession) {
  one->save("s1");
  two->load();
  const auto held = one->lock();
  two->save("s2");
  EXPECT_THROW(one->reserve(), SessionChanged);
  EXPECT_EQ(field("tries"), "");
  EXPECT_EQ(one->load(), "s2");
}

TEST_F(RedisSessionStoreTest, RefusesTheLateAnswerOfAnOlderLease) {
  one->save("s1");
  two->load();
  const auto slow = one->lock();
  const auto late = one->reserve();
  redis->call({"DEL", key_of("lease")});  // it has lapsed
  two->refresh("s2");
  EXPECT_THROW(one->save_in(*late, "s1b"), SessionChanged);
  EXPECT_EQ(one->load(), "s2");
  EXPECT_EQ(two->load(), "s2");
}

TEST_F(RedisSessionStoreTest, TakesTheLateAnswerWhileNobodyHasAnother) {
  one->save("s1");
  two->load();
  const auto slow = one->lock();
  const auto late = one->reserve();
  redis->call({"DEL", key_of("lease")});
  one->save_in(*late, "s2");
  EXPECT_EQ(two->load(), "s2");
}

TEST_F(RedisSessionStoreTest, CallsAWatchSoonAfterAChange) {
  one->save("s1");
  two->load();
  std::atomic<int> calls{0};
  const auto watch = two->store->watch(fleet_key(), [&] { ++calls; });
  ASSERT_TRUE(wait_until([&] { return calls == 1; })) << "to look, once it listens";
  auto fastest = steady_clock::duration::max();
  for (int i = 0; i < 10; ++i) {
    const auto before = calls.load();
    const auto begin = steady_clock::now();
    one->save("s" + std::to_string(i + 2));
    ASSERT_TRUE(wait_until([&] { return calls > before; }));
    fastest = std::min(fastest, steady_clock::now() - begin);
    two->load();
  }
  EXPECT_LT(fastest, milliseconds(50));
  {
    const auto before = calls.load();
    const auto held = one->lock();
    one->reserve()->settle(RenewalOutcome::ended);
    EXPECT_TRUE(wait_until([&] { return calls > before; })) << "of an end too";
  }
}

TEST_F(RedisSessionStoreTest, MakesOneRefreshOfManyAtOnce) {
  one->save("0");
  std::vector<std::unique_ptr<Machine>> machines;
  for (int i = 0; i < 8; ++i) machines.push_back(std::make_unique<Machine>(*redis));
  for (int lapse = 1; lapse <= 5; ++lapse) {
    for (const auto& machine : machines) EXPECT_EQ(machine->load(), std::to_string(lapse - 1));
    std::atomic<int> refreshes{0};
    std::vector<std::jthread> threads;
    for (const auto& machine : machines) {
      threads.emplace_back([&] {
        const auto held = machine->lock(20'000);
        if (held->state() != State::held) return;
        const auto reservation = machine->reserve();
        ++refreshes;
        machine->save_in(*reservation, std::to_string(lapse));
      });
    }
    threads.clear();
    EXPECT_EQ(refreshes, 1);
  }
}

}  // namespace
}  // namespace pintle
