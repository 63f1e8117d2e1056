// SPDX-License-Identifier: Apache-2.0
//
// The state after a crash, and concurrent processes.

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session_process.h"
#include "support/practice_host.h"

namespace pintle::test {
namespace {

constexpr std::int64_t kStep = 55'000;  // After it the access token is due.

std::vector<std::string> child(const PracticeHost& host, std::int64_t now, std::int64_t step,
                               int calls) {
  return {host.gateway.url(), (host.folder / "sessions").string(), std::to_string(now),
          std::to_string(step), std::to_string(calls)};
}

struct Fates {
  int live = 0;
  int lost = 0;
};

// Kills a child that rotates its session as fast as it can, `rounds` times, each at another moment,
// and looks whether the session that it left is live.
Fates kill_in_a_loop(PracticeHost& host, int rounds) {
  std::random_device seeds;
  const auto seed = std::getenv("PINTLE_SEED") ? std::stoul(std::getenv("PINTLE_SEED")) : seeds();
  std::cout << "PINTLE_SEED=" << seed << "\n";
  std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
  std::uniform_int_distribution<int> moment_us(0, 40'000);
  Fates fates;
  host.sign_in();
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const auto before = host.counters().refreshes;
    // What the round before left was made at kStart, so it is due.
    SessionProcess process(child(host, kStart + kStep, kStep, 0));
    EXPECT_TRUE(process.has_begun());
    std::this_thread::sleep_for(std::chrono::microseconds(moment_us(random)));  // The random kill.
    process.kill();
    const auto printed = process.finish();
    EXPECT_THAT(printed, testing::Not(testing::HasSubstr("!"))) << "only a kill ends it";
    host.gateway.drop_connections();
    auto connection = host.connect();
    host.gateway.expire_access();
    bool live = false;
    try {
      live = get_sessions(connection) == 200;
    } catch (const Error& error) {
      EXPECT_TRUE(error.needs_sign_in()) << error.what();
    }
    EXPECT_FALSE(connection.store_trouble());
    EXPECT_EQ(connection.store_note(), "") << "the file was whole";
    fates.live += live;
    fates.lost += !live;
    if (live) continue;
    // The gateway gave out a pair that the child had no time to store, and nothing else.
    const auto after = host.counters().refreshes;
    EXPECT_GT(after - before,
              static_cast<std::uint64_t>(std::count(printed.begin(), printed.end(), '.')));
    host.sign_in();
  }
  return fates;
}

TEST(SessionCrash, KeepsALiveSessionWhereverAProcessIsKilledDuringRotation) {
  auto options = PracticeHost::usual();
  options.reuse_grace_ms = 1'000'000;
  PracticeHost host(std::move(options));
  const auto fates = kill_in_a_loop(host, 60);
  EXPECT_EQ(fates.live, 60);
  EXPECT_GT(host.counters().refreshes, 120u) << "they did rotate";
  EXPECT_EQ(host.counters().sign_ins, 1u);
}

// A provider that accepts no token twice leaves a client that was killed between the response and
// its first write no recourse, but any other client has one.
TEST(SessionCrash, LosesASessionOnlyBetweenTheGatewaysAnswerAndTheFirstMomentToStoreIt) {
  PracticeHost host;
  const auto fates = kill_in_a_loop(host, 30);
  std::cout << fates.lost << " of 30 kills fell between the two\n";
  EXPECT_GT(fates.live, 0);
}

TEST(SessionProcesses, MakeOneRefreshOfAnExpiredSession) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    PracticeHost host(PracticeHost::usual(gate));
    host.sign_in();
    host.now += kStep;
    std::vector<std::unique_ptr<SessionProcess>> processes;
    for (int i = 0; i < 10; ++i) {
      processes.push_back(std::make_unique<SessionProcess>(child(host, host.now, 0, 5)));
    }
    for (auto& process : processes) EXPECT_EQ(process->finish(), ".....");
    EXPECT_EQ(host.counters().refreshes, 1u);
    EXPECT_EQ(host.counters().reuse_detections, 0u);
  }
}

// Requests and dials of 4 processes, and of 2 connections with 8 threads each in this one, all at
// once. A provider that takes no refresh token twice ends the session where two are sent.
void meet_at_once(PracticeHost& host) {
  auto one = host.connect();
  auto two = host.connect();
  std::vector<std::unique_ptr<SessionProcess>> processes;
  for (int i = 0; i < 4; ++i) {
    processes.push_back(std::make_unique<SessionProcess>(child(host, host.now, 0, 5)));
  }
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&, i] {
        auto& connection = i % 2 == 0 ? one : two;
        try {
          if (i % 4 < 2) {
            good += get_sessions(connection) == 200;
          } else {
            good += !connection.ws_url().url.empty();
          }
        } catch (const Error& error) {
          ADD_FAILURE() << error.what();
        }
      });
    }
  }
  EXPECT_EQ(good, 16);
  for (auto& process : processes) EXPECT_EQ(process->finish(), ".....");
}

TEST(SessionProcesses, MakeOneRefreshWhereTheGatewayEndsTheAccessTokenEarly) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    for (const bool known : {false, true}) {
      SCOPED_TRACE(std::string(practice::name_of(gate)) +
                   (known ? ", known here" : ", by surprise"));
      PracticeHost host(PracticeHost::usual(gate));
      host.sign_in();
      for (std::uint64_t time = 1; time <= 3; ++time) {
        if (known) {
          host.now += kAccessLife + 1'000;
        } else {
          host.gateway.expire_access();
        }
        meet_at_once(host);
        EXPECT_EQ(host.counters().refreshes, time);
        EXPECT_EQ(host.counters().reuse_detections, 0u);
        auto next = host.connect();
        EXPECT_EQ(get_sessions(next), 200) << "what is stored is live";
      }
      EXPECT_EQ(host.counters().sign_ins, 1u);
    }
  }
}

}  // namespace
}  // namespace pintle::test
