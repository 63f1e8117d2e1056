// SPDX-License-Identifier: Apache-2.0
#include "redis/redis_server.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>

#include "scripted_redis.h"
#include "support/error_of.h"

namespace pintle::redis {
namespace {

using std::chrono::milliseconds;
using test::bulk;
using test::bulk_array;
using test::error_of;
using test::ScriptedRedis;
using test::Words;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kPassword = "hunter2-is-the-password";
const std::string kOk = "+OK\r\n";

std::function<Secret()> password() {
  return [] { return Secret(kPassword); };
}

std::string all_of(const Error& error) { return error.what() + (" " + error.hint()); }

TEST(RedisServer, SignsInAndChoosesItsDatabaseFirst) {
  const auto ok = [](const Words&, int) { return kOk; };
  {
    const ScriptedRedis fake(ok);
    RedisServer server(fake.settings());
    server.call({"PING"}, "k");
    EXPECT_THAT(fake.commands(), ElementsAre("PING"));
  }
  {
    const ScriptedRedis fake(ok);
    auto settings = fake.settings("/7");
    settings.password = password();
    RedisServer server(std::move(settings));
    server.call({"PING"}, "k");
    server.call({"PING"}, "k");
    EXPECT_THAT(fake.commands(),
                ElementsAre(std::string("AUTH ") + kPassword, "SELECT 7", "PING", "PING"));
    EXPECT_EQ(fake.connections(), 1);
  }
  {
    const ScriptedRedis fake(ok);
    auto settings = fake.settings();
    settings.address = RedisAddress::parse("redis://ada@" + fake.place());
    settings.password = password();
    RedisServer server(std::move(settings));
    server.call({"PING"}, "k");
    EXPECT_THAT(fake.commands(), ElementsAre(std::string("AUTH ada ") + kPassword, "PING"));
  }
}

struct Refused {
  std::string at;  // the command
  std::string answer;
  std::string code;
  bool needs_user;
  bool can_retry;
};

TEST(RedisServer, SaysWhatWasRefusedAndNeverThePassword) {
  const std::string echo = std::string(" '") + kPassword + "' is wrong\r\n";
  for (const auto& one :
       std::vector<Refused>{{"AUTH", "-WRONGPASS" + echo, "WRONGPASS", true, false},
                            {"AUTH", "-ERR" + echo, "ERR", true, true},
                            {"AUTH", "-" + std::string(kPassword) + "\r\n", "ERR", true, true},
                            {"SELECT", "-ERR DB index is out of range\r\n", "ERR", false, true},
                            {"SELECT", "-NOPERM" + echo, "NOPERM", true, false},
                            {"EVAL", "-NOAUTH" + echo, "NOAUTH", true, false},
                            {"EVAL", "-NOPERM" + echo, "NOPERM", true, false},
                            {"EVAL", "-ERR" + echo, "ERR", false, true},
                            {"EVAL", "-ERR can't run this command" + echo, "ERR", true, false},
                            {"EVAL", "-OOM" + echo, "OOM", true, true}}) {
    SCOPED_TRACE(one.at + " " + one.answer);
    const ScriptedRedis fake(
        [&](const Words& command, int) { return command[0] == one.at ? one.answer : kOk; });
    auto settings = fake.settings("/7");
    settings.password = password();
    RedisServer server(std::move(settings));
    const auto error = error_of([&] { return server.run("return 1", {"k"}, {}); });
    EXPECT_EQ(error.layer(), Layer::store);
    EXPECT_THAT(error.message(), HasSubstr("(" + one.code + ")"));
    EXPECT_THAT(error.message(), HasSubstr(fake.place()));
    EXPECT_THAT(all_of(error), Not(HasSubstr("hunter2")));
    EXPECT_EQ(error.needs_user_action(), one.needs_user);
    EXPECT_EQ(error.can_retry(), one.can_retry);
  }
}

TEST(RedisServer, RepeatsOnceWhatAnIdleConnectionLost) {
  std::atomic<int> lost{0};
  const ScriptedRedis fake([&](const Words& command, int) {
    if (command[0] == "EVAL" && lost.exchange(0) == 1) return std::string(ScriptedRedis::kHangUp);
    return kOk;
  });
  RedisServer server(fake.settings());
  server.call({"PING"}, "k");
  lost = 1;
  EXPECT_EQ(server.run("s", {"k"}, {"a"}).text, "OK");
  EXPECT_EQ(fake.count("EVAL s 1 k a"), 2);
  EXPECT_EQ(fake.connections(), 2);
  EXPECT_FALSE(server.trouble());
}

TEST(RedisServer, RepeatsNothingASecondTime) {
  const ScriptedRedis fake([&](const Words& command, int) {
    return command[0] == "EVAL" ? std::string(ScriptedRedis::kHangUp) : kOk;
  });
  RedisServer server(fake.settings());
  server.call({"PING"}, "k");
  const auto error = error_of([&] { return server.run("s", {"k"}, {}); });
  EXPECT_TRUE(error.can_retry());
  EXPECT_THAT(error.message(), HasSubstr("cannot reach Redis at " + fake.place()));
  EXPECT_EQ(fake.count("EVAL s 1 k"), 2);
}

TEST(RedisServer, WaitsNoLongerThanItsLimit) {
  const ScriptedRedis fake([](const Words&, int) { return std::string(ScriptedRedis::kSilence); });
  auto settings = fake.settings();
  settings.timeout = milliseconds(150);
  RedisServer server(std::move(settings));
  const auto begin = std::chrono::steady_clock::now();
  const auto error = error_of([&] { return server.call({"PING"}, "k"); });
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(1'500));
  EXPECT_TRUE(error.is_timeout());
  EXPECT_TRUE(error.can_retry());
  EXPECT_THAT(error.message(), HasSubstr("did not answer within 150 ms"));
}

TEST(RedisServer, IsNotMistakenForAnotherServer) {
  const ScriptedRedis fake(
      [](const Words&, int) { return std::string("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  RedisServer server(fake.settings());
  EXPECT_THAT(error_of([&] { return server.call({"PING"}, "k"); }).message(),
              HasSubstr("is not Redis"));
}

TEST(RedisServer, FailsAtOnceWhileItIsDownAndComesBack) {
  std::atomic<bool> down{true};
  const ScriptedRedis fake(
      [&](const Words&, int) { return down ? std::string(ScriptedRedis::kHangUp) : kOk; });
  RedisServer server(fake.settings());
  EXPECT_FALSE(server.trouble());
  EXPECT_TRUE(error_of([&] { return server.call({"PING"}, "k"); }).can_retry());
  const auto connections = fake.connections();
  int at_once = 0;
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(error_of([&] { return server.call({"PING"}, "k"); }).can_retry());
    at_once = i;
  }
  EXPECT_LE(fake.connections() - connections, 3) << "of " << at_once << " calls";
  EXPECT_TRUE(server.trouble());
  down = false;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (test::error_if_any([&] { return server.call({"PING"}, "k"); }) &&
         std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  EXPECT_EQ(server.call({"PING"}, "k").text, "OK");
  EXPECT_FALSE(server.trouble());
}

TEST(RedisServer, CanRetryWhatIsNotReady) {
  for (const char* code : {"READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN",
                           "NOREPLICAS", "BUSY", "UNKILLABLE"}) {
    SCOPED_TRACE(code);
    std::atomic<bool> ready{false};
    const ScriptedRedis fake(
        [&](const Words&, int) { return ready ? kOk : "-" + std::string(code) + " not now\r\n"; });
    RedisServer server(fake.settings());
    const auto error = error_of([&] { return server.run("s", {"k"}, {}); });
    EXPECT_TRUE(error.can_retry());
    EXPECT_FALSE(error.needs_user_action());
    EXPECT_THAT(error.message(), HasSubstr(code));
    EXPECT_TRUE(server.trouble());
  }
}

TEST(RedisServer, LooksForTheMasterAgainIfItsNodeIsNoneAnyMore) {
  std::atomic<bool> moved{false};
  const ScriptedRedis fake([&](const Words&, int connection) {
    return moved && connection == 0 ? std::string("-READONLY You can't write\r\n") : kOk;
  });
  RedisServer server(fake.settings());
  server.call({"PING"}, "k");
  moved = true;
  EXPECT_EQ(server.run("s", {"k"}, {}).text, "OK") << "on another connection";
}

RedisSettings cluster_at(const ScriptedRedis& fake) {
  auto settings = fake.settings();
  settings.address = RedisAddress::parse("redis-cluster://" + fake.place());
  return settings;
}

TEST(RedisCluster, FollowsAKeyToItsNodeAndRemembersIt) {
  const ScriptedRedis home([](const Words&, int) { return kOk; });
  const ScriptedRedis first(
      [&](const Words&, int) { return "-MOVED 3999 " + home.place() + "\r\n"; });
  RedisServer server(cluster_at(first));
  EXPECT_EQ(server.call({"GET", "p:{a}:record"}, "p:{a}:record").text, "OK");
  EXPECT_EQ(server.call({"GET", "p:{a}:lease"}, "p:{a}:lease").text, "OK");
  EXPECT_EQ(first.commands().size(), 1u);
  EXPECT_THAT(home.commands(), ElementsAre("GET p:{a}:record", "GET p:{a}:lease"));
}

TEST(RedisCluster, AsksWhereASlotIsOnItsWay) {
  const ScriptedRedis next([](const Words&, int) { return kOk; });
  const ScriptedRedis first(
      [&](const Words&, int) { return "-ASK 3999 " + next.place() + "\r\n"; });
  RedisServer server(cluster_at(first));
  EXPECT_EQ(server.call({"GET", "k"}, "k").text, "OK");
  EXPECT_THAT(next.commands(), ElementsAre("ASKING", "GET k"));
}

TEST(RedisCluster, TakesAnAnswerWithoutAHostForTheSameHost) {
  const ScriptedRedis home([](const Words&, int) { return kOk; });
  const ScriptedRedis first(
      [&](const Words&, int) { return "-MOVED 1 :" + std::to_string(home.port()) + "\r\n"; });
  RedisServer server(cluster_at(first));
  EXPECT_EQ(server.call({"GET", "k"}, "k").text, "OK");
}

TEST(RedisCluster, BlamesNobodysUrlForAnAnswerThatLeadsNowhere) {
  for (const char* place : {"?:6379", "", "x", "h:", "h:0", "h:99999", "[::1:5"}) {
    SCOPED_TRACE(place);
    const ScriptedRedis first(
        [&](const Words&, int) { return "-MOVED 1 " + std::string(place) + "\r\n"; });
    RedisServer server(cluster_at(first));
    const auto error = error_of([&] { return server.run("s", {"k"}, {}); });
    EXPECT_EQ(error.layer(), Layer::store);
    EXPECT_TRUE(error.can_retry());
  }
}

TEST(RedisCluster, GivesThePasswordToNoOtherMachineWithoutTls) {
  const ScriptedRedis first([](const Words& command, int) {
    return command[0] == "AUTH" ? kOk : std::string("-MOVED 1 203.0.113.7:6379\r\n");
  });
  auto settings = cluster_at(first);
  settings.password = password();
  RedisServer server(std::move(settings));
  const auto error = error_of([&] { return server.run("s", {"k"}, {}); });
  EXPECT_THAT(error.message(), HasSubstr("203.0.113.7:6379, which is on another machine"));
  EXPECT_TRUE(error.needs_user_action());
}

TEST(RedisServer, FollowsNobodyElsewhereIfItIsNoCluster) {
  const ScriptedRedis other([](const Words&, int) { return kOk; });
  const ScriptedRedis first(
      [&](const Words&, int) { return "-MOVED 1 " + other.place() + "\r\n"; });
  RedisServer server(first.settings());
  const auto error = error_of([&] { return server.run("s", {"k"}, {}); });
  EXPECT_THAT(error.hint(), HasSubstr("redis-cluster://"));
  EXPECT_THAT(other.commands(), IsEmpty());
}

TEST(RedisCluster, IsNotSentInCircles) {
  std::unique_ptr<ScriptedRedis> one;
  one = std::make_unique<ScriptedRedis>(
      [&](const Words&, int) { return "-MOVED 1 " + one->place() + "\r\n"; });
  RedisServer server(cluster_at(*one));
  EXPECT_TRUE(error_of([&] { return server.run("s", {"k"}, {}); }).can_retry());
  EXPECT_LE(one->commands().size(), 12u);
}

TEST(RedisCluster, KnowsWhatDecidesASlot) {
  EXPECT_EQ(hash_tag_of("p:{a}:record"), "a");
  EXPECT_EQ(hash_tag_of("{a}{b}"), "a");
  EXPECT_EQ(hash_tag_of("x{}y"), "x{}y");
  EXPECT_EQ(hash_tag_of("x{y"), "x{y");
  EXPECT_EQ(hash_tag_of("x}y{z}"), "z");
  EXPECT_EQ(hash_tag_of(""), "");
}

struct Sentinels {
  explicit Sentinels(ScriptedRedis::Answer answer) : one(std::move(answer)) {}
  ScriptedRedis one;
  RedisSettings settings(const std::string& more = {}) const {
    auto made = one.settings();
    made.address = RedisAddress::parse("redis-sentinel://" + one.place() + more + "/main/2");
    return made;
  }
};

std::string master_at(const ScriptedRedis& fake) {
  return bulk_array({"127.0.0.1", std::to_string(fake.port())});
}

TEST(RedisSentinels, NameTheMasterWhichSaysSoItself) {
  const ScriptedRedis master([](const Words& command, int) {
    return command[0] == "ROLE" ? "*3\r\n" + bulk("master") + ":0\r\n*0\r\n" : kOk;
  });
  const Sentinels sentinels([&](const Words&, int) { return master_at(master); });
  auto settings = sentinels.settings();
  settings.password = password();
  RedisServer server(std::move(settings));
  EXPECT_EQ(server.call({"PING"}, "k").text, "OK");
  EXPECT_THAT(sentinels.one.commands(), ElementsAre("SENTINEL get-master-addr-by-name main"))
      << "without the password of Redis";
  EXPECT_THAT(master.commands(),
              ElementsAre(std::string("AUTH ") + kPassword, "SELECT 2", "ROLE", "PING"));
}

TEST(RedisSentinels, HaveAPasswordOfTheirOwn) {
  const ScriptedRedis master([](const Words&, int) { return bulk_array({"master"}); });
  const Sentinels sentinels(
      [&](const Words& command, int) { return command[0] == "AUTH" ? kOk : master_at(master); });
  auto settings = sentinels.settings();
  settings.sentinel_password = password();
  RedisServer server(std::move(settings));
  server.call({"PING"}, "k");
  EXPECT_EQ(sentinels.one.commands().front(), std::string("AUTH ") + kPassword);
  for (const auto& command : master.commands()) EXPECT_THAT(command, Not(HasSubstr("AUTH")));
}

TEST(RedisSentinels, AreNotBelievedIfTheyNameNoMaster) {
  const ScriptedRedis slave(
      [](const Words& command, int) { return command[0] == "ROLE" ? bulk_array({"slave"}) : kOk; });
  const ScriptedRedis master([](const Words& command, int) {
    return command[0] == "ROLE" ? bulk_array({"master"}) : kOk;
  });
  const Sentinels good([&](const Words&, int) { return master_at(master); });
  for (const auto& answer :
       std::vector<std::string>{"*-1\r\n", "$-1\r\n", "*0\r\n", bulk_array({"127.0.0.1"}),
                                bulk_array({"127.0.0.1", "0"}), bulk_array({"127.0.0.1", "65536"}),
                                bulk_array({"127.0.0.1", "x"}), bulk_array({"", "6379"}),
                                "-NOAUTH no\r\n", "-IDONTKNOW no\r\n", ":1\r\n", "nonsense\r\n",
                                ScriptedRedis::kHangUp, master_at(slave)}) {
    SCOPED_TRACE(answer);
    const Sentinels bad([&](const Words&, int) { return answer; });
    {
      RedisServer server(bad.settings());
      const auto error = error_of([&] { return server.call({"GET", "k"}, "k"); });
      EXPECT_EQ(error.layer(), Layer::store);
    }
    RedisServer server(bad.settings("," + good.one.place()));
    EXPECT_EQ(server.call({"GET", "k"}, "k").text, "OK") << "the next sentinel is asked";
  }
  EXPECT_THAT(slave.commands(), Not(testing::Contains(HasSubstr("GET"))));
}

TEST(RedisServer, WaitsForAReplicaIfThereIsOne) {
  std::string replicas = "*0\r\n";
  std::string confirmed = ":1\r\n";
  const ScriptedRedis fake([&](const Words& command, int) {
    return command[0] == "ROLE" ? "*3\r\n" + bulk("master") + ":0\r\n" + replicas : confirmed;
  });
  RedisServer server(fake.settings());
  EXPECT_TRUE(server.wait_for_replica("k"));
  EXPECT_EQ(fake.count("WAIT 1 250"), 0);
  replicas = "*1\r\n" + bulk_array({"10.0.0.1", "6379", "0"});
  EXPECT_TRUE(server.wait_for_replica("k"));
  EXPECT_EQ(fake.count("WAIT 1 250"), 1);
  confirmed = ":0\r\n";
  EXPECT_FALSE(server.wait_for_replica("k"));
}

}  // namespace
}  // namespace pintle::redis
