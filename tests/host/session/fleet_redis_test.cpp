// SPDX-License-Identifier: Apache-2.0
//
// Connections of several machines that share a session in a real Redis, with a gateway that ends
// the session when it sees a refresh token twice.

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "redis_machine.h"
#include "support/error_of.h"
#include "support/practice_host.h"

namespace pintle::test {
namespace {

constexpr std::int64_t kAfterLapse = kAccessLife + 1'000;

struct Fleet {
  explicit Fleet(int count) {
    for (int i = 0; i < count; ++i)
      machines.push_back(std::make_unique<Machine>(redis, key_line('a'), 5'000));
    host.store = machines.front()->store;
    host.sign_in();
  }
  Connection connect(int machine) {
    host.store = machines.at(static_cast<std::size_t>(machine))->store;
    return host.connect();
  }

  RedisProcess redis;
  std::vector<std::unique_ptr<Machine>> machines;
  PracticeHost host;
};

TEST(FleetOnRedis, MakesOneRefreshPerLapse) {
  PINTLE_NEEDS_REDIS();
  Fleet fleet(4);
  std::vector<Connection> connections;
  for (int i = 0; i < 4; ++i) connections.push_back(fleet.connect(i));
  for (std::uint64_t lapse = 1; lapse <= 3; ++lapse) {
    fleet.host.now += kAfterLapse;
    std::atomic<int> good{0};
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 16; ++i) {
        threads.emplace_back([&, i] {
          try {
            good += get_sessions(connections[static_cast<std::size_t>(i % 4)]) == 200;
          } catch (const Error& error) {
            ADD_FAILURE() << error.what();
          }
        });
      }
    }
    EXPECT_EQ(good, 16);
    EXPECT_EQ(fleet.host.counters().refreshes, lapse);
  }
  EXPECT_EQ(fleet.host.counters().reuse_detections, 0u);
  EXPECT_EQ(fleet.host.counters().sign_ins, 1u);
}

TEST(FleetOnRedis, GoesOnWhileRedisIsAwayAndAfterIt) {
  PINTLE_NEEDS_REDIS();
  Fleet fleet(2);
  auto one = fleet.connect(0);
  auto two = fleet.connect(1);
  EXPECT_EQ(get_sessions(one), 200);
  EXPECT_EQ(get_sessions(two), 200);
  fleet.redis.kill();
  EXPECT_EQ(get_sessions(one), 200) << "the access token holds";
  fleet.host.now += kAfterLapse;
  const auto error = error_of([&] { return get_sessions(one); });
  EXPECT_EQ(error.layer(), Layer::store) << error.what();
  EXPECT_TRUE(error.can_retry());
  EXPECT_FALSE(error.needs_sign_in());
  EXPECT_EQ(fleet.host.counters().refreshes, 0u);
  fleet.redis.start();  // and has forgotten everything
  EXPECT_TRUE(wait_until([&] {
    fleet.host.now += 1'000;
    return !error_if_any([&] { return get_sessions(one); });
  }));
  // It may have found Redis away just now.
  EXPECT_TRUE(wait_until([&] { return !error_if_any([&] { return get_sessions(two); }); }));
  EXPECT_EQ(fleet.host.counters().sign_ins, 1u);
  EXPECT_EQ(fleet.host.counters().reuse_detections, 0u);
}

TEST(FleetOnRedis, TakesOverASignInOnAnotherMachineAtOnce) {
  PINTLE_NEEDS_REDIS();
  Fleet fleet(2);
  auto one = fleet.connect(0);
  EXPECT_EQ(get_sessions(one), 200);
  fleet.host.gateway.end_sessions();
  EXPECT_TRUE(error_of([&] { return get_sessions(one); }).needs_sign_in());
  fleet.host.store = fleet.machines[1]->store;
  fleet.host.store->erase(fleet.host.key());
  fleet.host.sign_in();
  EXPECT_TRUE(wait_until([&] { return !error_if_any([&] { return get_sessions(one); }); }));
  EXPECT_EQ(fleet.host.counters().sign_ins, 2u);
}

}  // namespace
}  // namespace pintle::test
