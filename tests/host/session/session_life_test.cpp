// SPDX-License-Identifier: Apache-2.0
//
// The session of a connection: renewed once for all threads, taken over, never lost.

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "moody_store.h"
#include "session_house.h"
#include "support/error_of.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using testing::HasSubstr;

constexpr std::int64_t kLapse = kAccessLife + 1'000;

TEST(SessionLife, IsThereAgainForTheNextRun) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    SessionHouse house(SessionHouse::usual(gate));
    house.sign_in();
    auto again = house.connect();
    EXPECT_EQ(get_sessions(again), 200);
    EXPECT_EQ(house.counters().sign_ins, 1u);
    EXPECT_EQ(house.counters().refreshes, 0u);
  }
}

TEST(SessionLife, StoresEveryRotationBeforeTheCallReturns) {
  SessionHouse house;
  house.sign_in();
  auto connection = house.connect();
  for (int lapse = 1; lapse <= 5; ++lapse) {
    SCOPED_TRACE(lapse);
    const auto before = house.stored();
    house.now += kLapse;
    EXPECT_EQ(get_sessions(connection), 200);
    EXPECT_NE(house.stored(), before);
    auto other = house.connect();
    EXPECT_EQ(get_sessions(other), 200) << "what is stored is what holds";
    EXPECT_EQ(house.counters().refreshes, static_cast<std::uint64_t>(lapse));
  }
  EXPECT_EQ(house.counters().reuse_detections, 0u);
}

TEST(SessionLife, StoresARotationThatNobodyAskedFor) {
  SessionHouse house;
  house.sign_in();
  auto connection = house.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  const auto before = house.stored();
  house.gateway.expire_access();  // Earlier than its cookie announced.
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_EQ(house.counters().refreshes, 1u);
  EXPECT_NE(house.stored(), before);
  auto other = house.connect();
  EXPECT_EQ(get_sessions(other), 200);
  EXPECT_EQ(house.counters().reuse_detections, 0u);
}

TEST(SessionLife, SendsNothingWithASessionThatIsNotStoredYet) {
  SessionHouse house;
  house.sign_in();
  const auto moody = std::make_shared<MoodyStore>(house.store);
  house.store = moody;
  auto connection = house.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  house.gateway.expire_access();
  const auto minted = [](const practice::Counters& seen) { return seen.tickets_minted > 0; };
  std::jthread other;
  bool was_sent = true;
  moody->before_save = [&] {
    // The fresh pair is in memory by now, and being written to disk.
    moody->before_save = nullptr;
    other = std::jthread([&] { connection.ws_url(); });
    was_sent = house.gateway.request_log().wait(minted, 200);
  };
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_FALSE(was_sent);
  EXPECT_TRUE(house.gateway.request_log().wait(minted)) << "and then it is";
}

TEST(SessionLife, RenewsOncePerLapseForAllThreads) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    SessionHouse house(SessionHouse::usual(gate));
    house.sign_in();
    auto connection = house.connect();
    for (std::uint64_t lapse = 1; lapse <= 5; ++lapse) {
      house.now += kLapse;
      std::vector<std::jthread> threads;
      std::atomic<int> good{0};
      for (int i = 0; i < 16; ++i) {
        threads.emplace_back([&] {
          for (int call = 0; call < 4; ++call) good += get_sessions(connection) == 200;
        });
      }
      threads.clear();
      EXPECT_EQ(good, 64);
      EXPECT_EQ(house.counters().refreshes, lapse);
    }
    EXPECT_EQ(house.counters().reuse_detections, 0u);
  }
}

TEST(SessionLife, TakesOverWhatAnotherProcessRenewed) {
  SessionHouse house;
  house.sign_in();
  auto one = house.connect();
  auto two = house.connect();
  EXPECT_EQ(get_sessions(one), 200);
  EXPECT_EQ(get_sessions(two), 200);
  house.now += kLapse;
  EXPECT_EQ(get_sessions(one), 200);
  EXPECT_EQ(get_sessions(two), 200);
  EXPECT_EQ(house.counters().refreshes, 1u);
  EXPECT_EQ(house.counters().reuse_detections, 0u);
}

TEST(SessionLife, TakesOverASessionThatSomebodySignedInToMeanwhile) {
  SessionHouse house;
  house.sign_in();
  auto connection = house.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  house.gateway.end_sessions();
  house.store->erase(house.key());
  house.sign_in();
  EXPECT_EQ(get_sessions(connection), 200) << "its own is dead, and the one in the store is not";
}

TEST(SessionLife, LatchesADeadSessionUntilAnotherIsThere) {
  SessionHouse house;
  house.sign_in();
  auto connection = house.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  house.gateway.end_sessions();
  const auto error = error_of([&] { return get_sessions(connection); });
  EXPECT_TRUE(error.needs_sign_in());
  const auto seen = house.gateway.request_log().requests().size();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(error_of([&] { return get_sessions(connection); }).needs_sign_in());
  }
  EXPECT_EQ(house.gateway.request_log().requests().size(), seen) << "nothing more was sent";
  house.sign_in();
  EXPECT_EQ(get_sessions(connection), 200);
}

TEST(SessionLife, BeginsAgainByThePasswordOfTheSettingsIfItEndedAtARenewal) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    SessionHouse house(SessionHouse::usual(gate));
    house.sign_in();
    house.gateway.end_sessions();
    house.now += 2 * kAccessLife;  // A renewal is due, and the gateway refuses it.
    auto connection = house.connect(true);
    EXPECT_EQ(get_sessions(connection), 200);
    EXPECT_EQ(house.counters().sign_ins, 2u);
    auto without_password = house.connect();
    house.gateway.end_sessions();
    house.now += 2 * kAccessLife;
    EXPECT_THROW(get_sessions(without_password), Error);
  }
}

TEST(SessionLife, IsSignedOutWhereAnotherProcessSignedOut) {
  SessionHouse house;
  house.sign_in();
  auto connection = house.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  house.store->erase(house.key());
  house.now += kLapse;
  EXPECT_TRUE(error_of([&] { return get_sessions(connection); }).needs_sign_in());
  EXPECT_EQ(house.counters().refreshes, 0u);
  EXPECT_EQ(house.stored(), "") << "nothing brought it back";
}

TEST(SessionLife, KeepsTheSessionThroughAnOutageOfTheProvider) {
  SessionHouse house;
  house.sign_in();
  auto connection = house.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  const auto stored = house.stored();
  house.gateway.set_faults({{FaultKind::provider_down, "/", -1, 0, ""}});
  house.now += kLapse;
  for (int i = 0; i < 3; ++i) {
    house.now += 1'000;
    const auto error = error_of([&] { return get_sessions(connection); });
    EXPECT_FALSE(error.needs_sign_in()) << error.what();
  }
  EXPECT_EQ(house.stored(), stored);
  house.gateway.set_faults({});
  house.now += 60'000;
  EXPECT_EQ(get_sessions(connection), 200);
}

TEST(SessionLife, GoesOnWithWhatStillHoldsWhileARenewalFails) {
  SessionHouse house;
  house.sign_in();
  auto connection = house.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  house.gateway.set_faults({{FaultKind::status, "/api/auth/me", -1, 503, ""}});
  house.now += kAccessLife - 15'000;  // Due, and will not expire in transit.
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_EQ(get_sessions(connection), 200);
}

TEST(SessionLife, LosesNothingWhereTheStoreFailsAndSaysSo) {
  SessionHouse house;
  house.sign_in();
  const auto moody = std::make_shared<MoodyStore>(house.store);
  house.store = moody;
  {
    auto connection = house.connect();
    EXPECT_EQ(get_sessions(connection), 200);
    const auto before = house.stored();
    moody->full = true;
    for (int lapse = 0; lapse < 3; ++lapse) {
      house.now += kLapse;
      EXPECT_EQ(get_sessions(connection), 200) << "with what is in memory";
      ASSERT_TRUE(connection.store_trouble());
      EXPECT_THAT(connection.store_trouble()->what(), HasSubstr("the disk is full"));
      EXPECT_TRUE(connection.store_trouble()->needs_user_action());
    }
    EXPECT_EQ(house.stored(), before) << "the old one, whole";
    EXPECT_EQ(house.counters().refreshes, 3u);
    moody->full = false;
  }  // The last chance to store it.
  auto next = house.connect();
  EXPECT_EQ(get_sessions(next), 200);
  EXPECT_EQ(house.counters().reuse_detections, 0u);
  EXPECT_EQ(house.counters().sign_ins, 1u);
}

TEST(SessionLife, StoresWhatItCouldNotStoreAtTheNextRotation) {
  SessionHouse house;
  house.sign_in();
  const auto moody = std::make_shared<MoodyStore>(house.store);
  house.store = moody;
  auto connection = house.connect();
  moody->full = true;
  house.now += kLapse;
  EXPECT_EQ(get_sessions(connection), 200);
  moody->full = false;
  house.now += kLapse;
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_FALSE(connection.store_trouble());
  auto next = house.connect();
  EXPECT_EQ(get_sessions(next), 200);
  EXPECT_EQ(house.counters().reuse_detections, 0u);
}

TEST(SessionLife, GoesOnWhereTheStoreCannotBeRead) {
  SessionHouse house;
  house.sign_in();
  const auto moody = std::make_shared<MoodyStore>(house.store);
  house.store = moody;
  auto connection = house.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  moody->unreadable = true;
  house.now += kLapse;
  EXPECT_EQ(get_sessions(connection), 200);
  ASSERT_TRUE(connection.store_trouble());
  moody->unreadable = false;
  house.now += kLapse;
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_FALSE(connection.store_trouble());
}

TEST(SessionLife, WritesADamagedFileAnewFromMemory) {
  SessionHouse house;
  house.sign_in();
  auto connection = house.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  write_text(house.folder / "sessions/home", "nonsense");
  house.now += kLapse;
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_THAT(connection.store_note(), HasSubstr("corrupt-1"));
  auto next = house.connect();
  EXPECT_EQ(get_sessions(next), 200);
  EXPECT_EQ(house.counters().sign_ins, 1u);
}

TEST(SessionLife, StatusRenewsNothingAndSendsNoCredential) {
  SessionHouse house;
  house.sign_in();
  auto signed_in = house.connect();
  auto nobody = house.connect(true);
  house.gateway.request_log().clear();
  house.now += kLapse;
  const auto facts = signed_in.sign_in_facts();
  EXPECT_TRUE(facts.signed_in);
  EXPECT_EQ(facts.facts.at("user"), practice::kUser);
  EXPECT_EQ(facts.facts.at("provider"), "basic");
  EXPECT_EQ(facts.kept_in, "file " + (house.folder / "sessions/home").string());
  house.store->erase(house.key());
  EXPECT_FALSE(nobody.sign_in_facts().signed_in) << "not even with a password at hand";
  EXPECT_EQ(house.counters().refreshes, 0u);
  for (const auto& seen : house.gateway.request_log().requests()) {
    EXPECT_TRUE(seen.credentials.none()) << seen.path;
    EXPECT_EQ(seen.method, "GET") << seen.path;
  }
}

TEST(SessionLife, SurvivesFaultsAroundRotation) {
  std::random_device seeds;
  const auto seed = std::getenv("PINTLE_SEED") ? std::stoul(std::getenv("PINTLE_SEED")) : seeds();
  std::cout << "PINTLE_SEED=" << seed << "\n";
  std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
  const auto one_of = [&](auto most) {
    return static_cast<std::int64_t>(random() % static_cast<std::mt19937::result_type>(most));
  };
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    auto options = SessionHouse::usual(gate);
    options.reuse_grace_ms =
        20'000;  // Otherwise a lost response is a lost session, whatever a client does.
    SessionHouse house(std::move(options));
    house.sign_in();
    auto connection = house.connect();
    int good = 0;
    for (int round = 0; round < 300; ++round) {
      constexpr FaultKind kKinds[] = {FaultKind::drop,        FaultKind::lose_answer,
                                      FaultKind::status,      FaultKind::drop_mid_header,
                                      FaultKind::close_after, FaultKind::truncated_length,
                                      FaultKind::html,        FaultKind::provider_down};
      std::vector<Fault> faults;
      for (auto left = one_of(3); left > 0; --left) {
        const auto kind = kKinds[one_of(std::size(kKinds))];
        faults.emplace_back(kind, one_of(2) == 0 ? "/" : "/api/auth", 1 + one_of(2),
                            kind == FaultKind::status ? 500 + one_of(5) : 0);
      }
      house.gateway.set_faults(faults);
      house.now += 500 + one_of(kLapse);
      try {
        good += get_sessions(connection) == 200;
      } catch (const Error& error) {
        ASSERT_FALSE(error.needs_sign_in()) << "round " << round << ": " << error.what();
      }
      // Within the provider's grace period, a client that retries has its session.
      house.gateway.set_faults({});
      house.now += 16'000;  // The pause after a failure.
      ASSERT_EQ(get_sessions(connection), 200) << "round " << round;
      auto other = house.connect();
      ASSERT_EQ(get_sessions(other), 200) << "round " << round << ": from the store";
    }
    EXPECT_EQ(house.counters().sign_ins, 1u);
    EXPECT_EQ(house.counters().reuse_detections, 0u);
    EXPECT_GT(good, 50);
  }
}

}  // namespace
}  // namespace pintle::test
