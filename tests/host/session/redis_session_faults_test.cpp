// SPDX-License-Identifier: Apache-2.0
//
// Machines that share a session in a Redis that is away, has lost a write, or was tampered with.

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "redis_machine.h"
#include "support/error_of.h"

namespace pintle {
namespace {

using State = SessionLock::State;
using std::chrono::seconds;
using std::chrono::steady_clock;
using test::error_if_any;
using test::error_of;
using test::fleet_key;
using test::key_line;
using test::Machine;
using test::RedisProcess;
using test::wait_until;
using testing::HasSubstr;
using testing::Not;

struct RedisSessionFaults : testing::Test {
  void SetUp() override {
    PINTLE_NEEDS_REDIS();
    redis.emplace();
    one.emplace(*redis);
    two.emplace(*redis);
  }

  std::string key_of(const std::string& name, const SessionKey& key = fleet_key()) const {
    const auto where = one->store->where(key);
    return where.substr(where.find("record ") + 7) + ":" + name;
  }
  std::string field(const std::string& name) const {
    return redis->call({"HGET", key_of("record"), name}).text;
  }
  std::string dump() const { return redis->call({"DUMP", key_of("record")}).text; }
  // As a failover does that loses the last write.
  void restore(const std::string& record) const {
    redis->call({"RESTORE", key_of("record"), "0", record, "REPLACE"});
  }

  std::optional<RedisProcess> redis;
  std::optional<Machine> one;
  std::optional<Machine> two;
};

TEST_F(RedisSessionFaults, PutBackAWriteThatWasLost) {
  one->save("s1");
  const auto old = dump();
  one->refresh("s2");
  restore(old);
  EXPECT_EQ(one->load(), "s2");
  EXPECT_THAT(one->store->load(fleet_key()).note, HasSubstr("put back"));
  EXPECT_EQ(two->load(), "s2");
  EXPECT_EQ(two->store->load(fleet_key()).note, "") << "it has lost nothing";
}

TEST_F(RedisSessionFaults, PutItBackBeforeARefresh) {
  one->save("s1");
  const auto old = dump();
  one->refresh("s2");
  restore(old);
  {
    const auto held = one->lock();
    EXPECT_EQ(held->state(), State::held);
    EXPECT_EQ(two->load(), "s2");
    one->save_in(*one->reserve(), "s3");
  }
  EXPECT_EQ(two->load(), "s3");
}

TEST_F(RedisSessionFaults, PutBackEverythingAfterARestart) {
  one->save("s1");
  one->refresh("s2");
  redis->kill();
  redis->start();
  EXPECT_TRUE(wait_until([&] { return !error_if_any([&] { return one->load(); }); }));
  EXPECT_EQ(one->load(), "s2");
  EXPECT_EQ(two->load(), "s2");
}

TEST_F(RedisSessionFaults, PutBackNoSessionThatWasSignedOut) {
  one->save("s1");
  const auto old = dump();
  two->load();
  two->store->erase(fleet_key());
  restore(old);
  EXPECT_EQ(two->load(), "nothing");
  EXPECT_EQ(one->load(), "nothing");
}

TEST_F(RedisSessionFaults, TakeTheRecordIfItCannotBePutBack) {
  one->save("s1");
  const auto old = dump();
  two->load();
  one->refresh("s2");
  restore(old);
  // Meanwhile another one has sent the token of s1 under a newer lease, and is gone.
  redis->call({"HSET", key_of("record"), "intent", "9", "tries", "1"});
  redis->call({"SET", key_of("counter"), "9"});
  const auto begin = steady_clock::now();
  EXPECT_EQ(one->lock(2'000)->state(), State::held);
  EXPECT_LT(steady_clock::now() - begin, seconds(5));
  EXPECT_EQ(one->load(), "s1");
  EXPECT_THAT(one->store->load(fleet_key()).note, HasSubstr("has another one now"));
}

TEST_F(RedisSessionFaults, CanBeRetriedWhileRedisDoesNotAnswer) {
  one->save("s1");
  two->load();
  redis->stop();
  for (int i = 0; i < 3; ++i) {
    const auto error = error_of([&] { return two->load(); });
    EXPECT_EQ(error.layer(), Layer::store);
    EXPECT_TRUE(error.can_retry());
    EXPECT_FALSE(error.needs_sign_in());
  }
  EXPECT_TRUE(error_of([&] { return two->lock(); }).can_retry());
  redis->go_on();
  EXPECT_TRUE(wait_until([&] { return !error_if_any([&] { return two->load(); }); }));
  EXPECT_EQ(two->load(), "s1");
  two->refresh("s2");
}

TEST_F(RedisSessionFaults, CanBeRetriedWhileRedisIsGone) {
  one->save("s1");
  redis->kill();
  for (const auto& error :
       {error_of([&] { return one->load(); }), error_of([&] { return one->lock(); }), error_of([&] {
          one->save("s2");
          return 0;
        }),
        error_of([&] { return one->reserve(); }), error_of([&] {
          one->store->erase(fleet_key());
          return 0;
        })}) {
    EXPECT_EQ(error.layer(), Layer::store);
    EXPECT_TRUE(error.can_retry()) << error.what();
  }
}

TEST_F(RedisSessionFaults, StoreASignInOnceIfItsReplyIsLost) {
  one->save("s1");
  redis->stop();
  EXPECT_TRUE(error_of([&] {
                one->save("s2");
                return 0;
              }).can_retry());
  redis->go_on();  // which now does what it was told
  EXPECT_TRUE(wait_until([&] { return field("version") == "2"; }));
  EXPECT_TRUE(wait_until([&] {
    return !error_if_any([&] {
      one->save("s2");
      return 0;
    });
  }));
  EXPECT_EQ(field("version"), "2") << "the same one";
  EXPECT_EQ(two->load(), "s2");
}

TEST_F(RedisSessionFaults, CountNoTryWhoseIntentGotNoReply) {
  one.emplace(*redis, key_line('a'), 60'000);  // it must not lapse meanwhile
  one->save("s1");
  for (int i = 0; i < 3; ++i) {
    SCOPED_TRACE(i);
    {
      const auto held = one->lock();
      ASSERT_EQ(held->state(), State::held);
      redis->stop();
      EXPECT_TRUE(error_of([&] { return one->reserve(); }).can_retry());
      redis->go_on();
      EXPECT_TRUE(wait_until([&] { return field("tries") == "1"; })) << "though nothing was sent";
      EXPECT_TRUE(wait_until([&] { return !error_if_any([&] { return one->load(); }); }));
    }
    EXPECT_EQ(field("tries"), "0");
  }
  one->refresh("s2");
  EXPECT_EQ(two->load(), "s2");
}

TEST_F(RedisSessionFaults, TellLaterWhatCouldNotBeTold) {
  one->save("s1");
  {
    const auto held = one->lock();
    const auto reservation = one->reserve();
    redis->stop();
    EXPECT_FALSE(reservation->settle(RenewalOutcome::not_used));
    redis->go_on();
  }
  std::unique_ptr<SessionLock> held;
  EXPECT_TRUE(wait_until([&] {
    return !error_if_any([&] {
      held = one->lock();
      return 0;
    });
  }));
  EXPECT_EQ(field("tries"), "0");
  {
    const auto reservation = one->reserve();
    redis->stop();
    EXPECT_FALSE(reservation->settle(RenewalOutcome::ended));
    redis->go_on();
  }
  held.reset();
  EXPECT_TRUE(wait_until([&] {
    return !error_if_any([&] {
      held = one->lock();
      return 0;
    });
  }));
  EXPECT_EQ(held->state(), State::ended);
  EXPECT_EQ(two->load(), "nothing");
}

TEST_F(RedisSessionFaults, SaveAnAnswerOnceRedisIsBack) {
  one->save("s1");
  const auto held = one->lock();
  const auto reservation = one->reserve();
  redis->stop();
  EXPECT_TRUE(error_of([&] {
                one->save_in(*reservation, "s2");
                return 0;
              }).can_retry());
  redis->go_on();
  EXPECT_TRUE(wait_until([&] {
    return !error_if_any([&] {
      one->save_in(*reservation, "s2");
      return 0;
    });
  }));
  EXPECT_EQ(two->load(), "s2");
  EXPECT_EQ(field("tries"), "");
}

TEST_F(RedisSessionFaults, NameAKeyThatIsMissingAndFindItOnceItIsThere) {
  std::atomic<bool> has_new_key{false};
  const Machine old_one(
      *redis, [&] { return (has_new_key ? key_line('b') : std::string()) + key_line('a'); });
  const Machine new_one(*redis, key_line('b') + key_line('a'));
  new_one.save("s1");
  const auto error = error_of([&] { return old_one.load(); });
  EXPECT_TRUE(error.needs_user_action());
  EXPECT_THAT(error.message(), HasSubstr("encrypted with another key"));
  EXPECT_THAT(error.hint(), HasSubstr("docs/fleet.md"));
  has_new_key = true;
  EXPECT_TRUE(wait_until([&] { return !error_if_any([&] { return old_one.load(); }); }));
  EXPECT_EQ(old_one.load(), "s1");
  EXPECT_EQ(Machine(*redis, key_line('x')).load(), "nothing") << "another key, another record";
}

TEST_F(RedisSessionFaults, TakeNothingThatWasChangedInRedis) {
  one->save("s1");
  const auto good = redis->call({"HGET", key_of("record"), "session"}).text;
  for (const std::size_t at : {std::size_t{10}, std::size_t{23}, good.size() - 1}) {
    SCOPED_TRACE(at);
    auto changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    redis->call({"HSET", key_of("record"), "session", changed});
    const auto error = error_of([&] { return Machine(*redis).load(); });
    EXPECT_THAT(error.message(), HasSubstr("was changed, or is another one's"));
    EXPECT_TRUE(error.needs_user_action());
    EXPECT_THAT(error.what() + error.hint(), Not(HasSubstr("s1")));
  }
  // The session of another connection, encrypted with the right key.
  one->save("w1", fleet_key("work"));
  const auto other = redis->call({"HGET", key_of("record", fleet_key("work")), "session"}).text;
  redis->call({"HSET", key_of("record"), "session", other});
  EXPECT_THAT(error_of([&] { return Machine(*redis).load(); }).message(),
              HasSubstr("another one's"));
}

TEST_F(RedisSessionFaults, SurviveNonsenseInRedis) {
  for (const char* fence : {"", "x", "-1", "1e400", "99999999999999999999", "nan"}) {
    for (const char* name : {"fence", "tries", "intent"}) {
      SCOPED_TRACE(std::string(name) + "=" + fence);
      one->save("s1");
      two->load();
      redis->call({"HSET", key_of("record"), "tries", "1"});
      redis->call({"HSET", key_of("record"), name, fence});
      // Whatever it says: it is an error of the store, or a session that was stored.
      for (const auto& error :
           {error_if_any([&] { return two->load(); }), error_if_any([&] { return two->lock(50); }),
            error_if_any([&] { return two->reserve(); })}) {
        if (!error) continue;
        EXPECT_EQ(error->layer(), Layer::store) << error->what();
      }
      redis->call({"FLUSHALL"});
      one.emplace(*redis);
      two.emplace(*redis);
    }
  }
  redis->call({"SET", key_of("record"), "no hash"});
  EXPECT_EQ(error_of([&] { return one->load(); }).layer(), Layer::store);
}

}  // namespace
}  // namespace pintle
