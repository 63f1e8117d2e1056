// SPDX-License-Identifier: Apache-2.0
#include "redis/message_watch.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis_process.h"
#include "scripted_redis.h"

namespace pintle::redis {
namespace {

using test::bulk;
using test::bulk_array;
using test::RedisProcess;
using test::ScriptedRedis;
using test::wait_until;
using test::Words;
using testing::ElementsAre;

// What a listener heard; an empty message is "look".
class Heard {
 public:
  MessageWatch::Heard hook() {
    return [kept = kept_](std::string_view message) {
      const std::lock_guard lock(kept->mutex);
      kept->messages.emplace_back(message.empty() ? "look" : message);
    };
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(kept_->mutex);
    return kept_->messages;
  }
  bool has(std::size_t count) const {
    return wait_until([&] { return all().size() >= count; });
  }

 private:
  struct Kept {
    std::mutex mutex;
    std::vector<std::string> messages;
  };
  std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

std::string subscribed(const std::string& channel) {
  return "*3\r\n" + bulk("subscribe") + bulk(channel) + ":1\r\n";
}
std::string message(const std::string& channel, const std::string& text) {
  return bulk_array({"message", channel, text});
}

// Confirms, and tells "hello" of each connection to the channel "c".
std::string answer(const Words& command, int connection) {
  if (command[0] != "SUBSCRIBE") return bulk_array({"pong", ""});
  auto bytes = subscribed(command[1]);
  if (command[1] == "c") bytes += message("c", "hello " + std::to_string(connection));
  return bytes;
}

TEST(MessageWatch, TellsToLookAndThenWhatIsPublished) {
  const ScriptedRedis fake(answer);
  MessageWatch watch(std::make_shared<RedisServer>(fake.settings()));
  Heard heard;
  Heard other;
  watch.listen("other", other.hook());
  const auto id = watch.listen("c", heard.hook());
  ASSERT_TRUE(heard.has(2));
  EXPECT_THAT(heard.all(), ElementsAre("look", "hello 0"));
  ASSERT_TRUE(other.has(1));
  EXPECT_THAT(other.all(), ElementsAre("look")) << "nothing of another channel";
  watch.stop_listening(id);
  EXPECT_TRUE(wait_until([&] { return fake.count("UNSUBSCRIBE c") == 1; }));
  EXPECT_EQ(fake.connections(), 1) << "one for all channels";
}

TEST(MessageWatch, ConnectsAgainAndTellsToLook) {
  const ScriptedRedis fake([](const Words& command, int connection) {
    if (command[0] == "SUBSCRIBE" && command[1] == "c" && connection == 0) {
      return std::string(ScriptedRedis::kHangUp);
    }
    return answer(command, connection);
  });
  MessageWatch watch(std::make_shared<RedisServer>(fake.settings()));
  Heard heard;
  watch.listen("c", heard.hook());
  ASSERT_TRUE(heard.has(2));
  EXPECT_THAT(heard.all(), ElementsAre("look", "hello 1"));
}

TEST(MessageWatch, TellsAListenerInAnothersPlaceToLookToo) {
  const ScriptedRedis fake(answer);
  MessageWatch watch(std::make_shared<RedisServer>(fake.settings()));
  for (int i = 0; i < 20; ++i) {
    Heard heard;
    const auto id = watch.listen("quiet", heard.hook());
    ASSERT_TRUE(heard.has(1)) << i;
    EXPECT_EQ(heard.all().front(), "look");
    watch.stop_listening(id);  // and the next one comes before the watch has seen it
  }
}

TEST(MessageWatch, CallsNobodyWhoHasStopped) {
  const ScriptedRedis fake(answer);
  MessageWatch watch(std::make_shared<RedisServer>(fake.settings()));
  for (int i = 0; i < 50; ++i) {
    std::atomic<bool> is_over{false};
    std::atomic<bool> was_late{false};
    const auto id = watch.listen("c", [&](std::string_view) {
      if (is_over) was_late = true;
    });
    watch.stop_listening(id);
    is_over = true;
    EXPECT_FALSE(was_late);
  }
}

TEST(MessageWatch, CanBeEndedByItsOwnCallback) {
  const ScriptedRedis fake(answer);
  std::atomic<bool> ended{false};
  auto watch = std::make_shared<MessageWatch>(std::make_shared<RedisServer>(fake.settings()));
  auto holder = std::make_shared<std::shared_ptr<MessageWatch>>(watch);
  const std::weak_ptr<MessageWatch> weak = watch;
  watch->listen("c", [holder, &ended](std::string_view) {
    holder->reset();
    ended = true;
  });
  watch.reset();
  EXPECT_TRUE(wait_until([&] { return ended && weak.expired(); }));
}

TEST(MessageWatch, StopsItselfInItsCallback) {
  const ScriptedRedis fake(answer);
  MessageWatch watch(std::make_shared<RedisServer>(fake.settings()));
  std::atomic<std::uint64_t> id{0};
  std::atomic<int> calls{0};
  Heard other;
  id = watch.listen("c", [&](std::string_view) {
    if (!wait_until([&] { return id != 0; })) return;
    ++calls;
    watch.stop_listening(id);
  });
  ASSERT_TRUE(wait_until([&] { return calls == 1; }));
  watch.listen("c", other.hook());
  ASSERT_TRUE(other.has(1));
  EXPECT_EQ(calls, 1);
}

TEST(MessageWatch, HearsARealRedisAndSurvivesItsRestart) {
  PINTLE_NEEDS_REDIS();
  RedisProcess real;
  MessageWatch watch(std::make_shared<RedisServer>(real.settings()));
  Heard heard;
  watch.listen("c", heard.hook());
  ASSERT_TRUE(heard.has(1));
  real.call({"PUBLISH", "c", "17"});
  ASSERT_TRUE(heard.has(2));
  EXPECT_THAT(heard.all(), ElementsAre("look", "17"));
  real.kill();
  real.start();
  ASSERT_TRUE(heard.has(3));
  EXPECT_EQ(heard.all()[2], "look");
}

// As it is by default: 5 s until it asks. An idle connection must not be taken for a dead one.
TEST(MessageWatch, AsksAQuietRedisWhetherItIsThere) {
  const ScriptedRedis fake(answer);
  MessageWatch watch(std::make_shared<RedisServer>(fake.settings()));
  Heard heard;
  watch.listen("c", heard.hook());
  ASSERT_TRUE(heard.has(1));
  EXPECT_TRUE(wait_until([&] { return fake.count("PING") == 1; }));
  EXPECT_EQ(fake.connections(), 1);
}

}  // namespace
}  // namespace pintle::redis
