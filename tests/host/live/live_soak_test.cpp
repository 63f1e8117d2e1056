// SPDX-License-Identifier: Apache-2.0
//
// Live connections under random faults, with the practice gateway as the observer: nothing is
// delivered twice, nothing is lost without a report, nothing hangs.
//
//     PINTLE_SOAK_SEED=7 PINTLE_SOAK_ROUNDS=1 live-test --gtest_filter='LiveSoak*'   one round
//     again PINTLE_SOAK_ROUNDS=500 …                                                       a long
//     one

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <pintle/host.h>

#include "support/practice_host.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;

constexpr int kLives = 4;
constexpr int kRequests = 300;
constexpr std::int64_t kAnswerMs = 3'000;

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// The outcome of every request and event of one round.
class Ledger {
 public:
  void asked() {
    const std::lock_guard lock(mutex_);
    ++asked_;
  }
  void answered(int number, const CallResult& result, const std::string& wanted) {
    const std::lock_guard lock(mutex_);
    if (!outcomes_.emplace(number, result.kind).second)
      twice_ += "request " + std::to_string(number);
    if (result.kind == CallResult::Kind::result && result.json != wanted) {
      wrong_ += std::to_string(number) + " got " + std::string(result.json) + "\n";
    }
    ++counts_[static_cast<int>(result.kind)];
    changed_.notify_all();
  }
  void record_event(std::string_view event) {
    const std::lock_guard lock(mutex_);
    if (!events_.emplace(event).second) twice_ += "event " + std::string(event);
  }
  bool wait_for_all(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return outcomes_.size() == asked_; });
  }
  std::uint64_t count(CallResult::Kind kind) {
    const std::lock_guard lock(mutex_);
    return counts_[static_cast<int>(kind)];
  }
  std::string twice() const { return twice_; }
  std::string wrong() const { return wrong_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t asked_ = 0;
  std::map<int, CallResult::Kind> outcomes_;
  std::map<int, std::uint64_t> counts_;
  std::set<std::string, std::less<>> events_;
  std::string twice_;
  std::string wrong_;
};

class Weather {
 public:
  Weather(practice::Gateway& gateway, std::mt19937_64& dice) : gateway_(gateway), dice_(dice) {}

  void change() {
    const auto some = [&](std::uint64_t sides) { return dice_() % sides; };
    switch (some(9)) {
      case 0:
        return gateway_.drop_connections();
      case 1:
        return gateway_.restart();
      case 2:
        return gateway_.set_faults({Fault(FaultKind::ws_half_open, "/api/ws")});
      case 3:
        return gateway_.set_faults({Fault(FaultKind::status, "/api/auth/ws-ticket",
                                          static_cast<std::int64_t>(1 + some(3)), 502)});
      case 4:
        return gateway_.set_faults({Fault(FaultKind::delay, "/api", 3, 20)});
      case 5:
        return gateway_.set_faults({Fault(FaultKind::lose_answer, "/api/auth/ws-ticket")});
      case 6:
        return gateway_.set_faults(
            {Fault(FaultKind::ws_drop, "/api/ws", 2, static_cast<std::int64_t>(some(8)))});
      case 7:
        // Once: a token that is refused before it was ever accepted means an ended session,
        // correctly.
        if (std::exchange(expired_, true)) return;
        return gateway_.expire_access();
      default:
        return gateway_.set_faults({});
    }
  }

 private:
  practice::Gateway& gateway_;
  std::mt19937_64& dice_;
  bool expired_ = false;
};

void run_round(std::uint64_t seed) {
  SCOPED_TRACE("PINTLE_SOAK_SEED=" + std::to_string(seed));
  std::mt19937_64 dice(seed);
  auto options =
      PracticeHost::usual(seed % 2 == 0 ? practice::Gate::cookie : practice::Gate::native);
  // A lost answer to a renewal ends a session that rotates strictly: that is another test's matter.
  options.reuse_grace_ms = 3'600'000;
  PracticeHost host(std::move(options));
  // Pauses after failures go by this clock: it runs, and ten times as fast.
  const std::jthread clock([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      host.now += 10;
    }
  });
  host.sign_in();
  auto connection = host.connect();
  Ledger ledger;
  std::vector<LiveConnection> lives;
  for (int i = 0; i < kLives; ++i) {
    LiveOptions wanted;
    wanted.initial_backoff_ms = 1;
    wanted.max_backoff_ms = 20;
    wanted.ping_after_idle_ms = 40;
    LiveCallbacks callbacks;
    callbacks.on_event = [&](const LiveEvent& event) {
      if (event.kind == LiveEvent::Kind::event) ledger.record_event(event.type);
    };
    lives.push_back(connection.live(wanted, callbacks));
  }
  for (auto& live : lives) live.wait_until_ready(20'000);
  const auto before = host.counters();

  Weather weather(host.gateway, dice);
  for (int n = 0; n < kRequests; ++n) {
    if (n % 10 == 0) weather.change();
    auto& live = lives[dice() % kLives];
    const bool emits = dice() % 4 == 0;
    const auto number = std::to_string(n);
    const auto params =
        emits ? R"({"count":1,"type":"event-)" + number + "\"}" : "{\"n\":" + number + "}";
    ledger.asked();
    live.request(emits ? "emit" : "echo", params, {.timeout_ms = kAnswerMs},
                 [&ledger, n, emits, params](const CallResult& result) {
                   ledger.answered(n, result, emits ? std::string(result.json) : params);
                 });
    if (dice() % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(dice() % 2'000));
  }
  host.gateway.set_faults({});
  EXPECT_TRUE(ledger.wait_for_all(std::chrono::milliseconds(4 * kAnswerMs))) << "something hangs";
  EXPECT_EQ(ledger.twice(), "");
  EXPECT_EQ(ledger.wrong(), "");
  using Kind = CallResult::Kind;
  EXPECT_EQ(ledger.count(Kind::refused), 0u);
  // What the gateway took was answered, or is said to be unknown; nothing was sent twice.
  const auto taken = host.counters().ws_messages - before.ws_messages;
  EXPECT_LE(ledger.count(Kind::result), taken);
  EXPECT_LE(taken, ledger.count(Kind::result) + ledger.count(Kind::unknown));
  for (auto& live : lives) {
    live.wait_until_ready(20'000);
    EXPECT_EQ(live.rpc("echo", R"({"calm":1})", {.timeout_ms = 20'000, .idempotent = true}),
              R"({"calm":1})");
  }
  EXPECT_LE(host.counters().tickets_used, host.counters().tickets_minted);
}

TEST(LiveSoak, LosesNothingWithoutSayingSoAndDeliversNothingTwice) {
  const auto first = number_from("PINTLE_SOAK_SEED", 1);
  const auto rounds = number_from("PINTLE_SOAK_ROUNDS", 6);
  for (auto seed = first; seed < first + rounds; ++seed) {
    run_round(seed);
    if (testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace pintle::test
