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
#include "support/error_of.h"
#include "support/practice_host.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using testing::HasSubstr;

constexpr std::int64_t kLapse = kAccessLife + 1'000;

TEST(SessionLife, IsThereAgainForTheNextRun) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    PracticeHost host(PracticeHost::usual(gate));
    host.sign_in();
    auto again = host.connect();
    EXPECT_EQ(get_sessions(again), 200);
    EXPECT_EQ(host.counters().sign_ins, 1u);
    EXPECT_EQ(host.counters().refreshes, 0u);
  }
}

TEST(SessionLife, StoresEveryRotationBeforeTheCallReturns) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  for (int lapse = 1; lapse <= 5; ++lapse) {
    SCOPED_TRACE(lapse);
    const auto before = host.stored();
    host.now += kLapse;
    EXPECT_EQ(get_sessions(connection), 200);
    EXPECT_NE(host.stored(), before);
    auto other = host.connect();
    EXPECT_EQ(get_sessions(other), 200) << "what is stored is what holds";
    EXPECT_EQ(host.counters().refreshes, static_cast<std::uint64_t>(lapse));
  }
  EXPECT_EQ(host.counters().reuse_detections, 0u);
}

TEST(SessionLife, StoresARotationThatNobodyAskedFor) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  const auto before = host.stored();
  host.gateway.expire_access();  // earlier than its cookie said
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_EQ(host.counters().refreshes, 1u);
  EXPECT_NE(host.stored(), before);
  auto other = host.connect();
  EXPECT_EQ(get_sessions(other), 200);
  EXPECT_EQ(host.counters().reuse_detections, 0u);
}

TEST(SessionLife, SendsNothingWithASessionThatIsNotStoredYet) {
  PracticeHost host;
  host.sign_in();
  const auto moody = std::make_shared<MoodyStore>(host.store);
  host.store = moody;
  auto connection = host.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  host.gateway.expire_access();
  const auto minted = [](const practice::Counters& seen) { return seen.tickets_minted > 0; };
  std::jthread other;
  bool was_sent = true;
  moody->before_save = [&] {
    // The fresh pair is in memory by now, and being written to disk.
    moody->before_save = nullptr;
    other = std::jthread([&] { connection.ws_url(); });
    was_sent = host.gateway.request_log().wait(minted, 200);
  };
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_FALSE(was_sent);
  EXPECT_TRUE(host.gateway.request_log().wait(minted)) << "and then it is";
}

TEST(SessionLife, RenewsOncePerLapseForAllThreads) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    PracticeHost host(PracticeHost::usual(gate));
    host.sign_in();
    auto connection = host.connect();
    for (std::uint64_t lapse = 1; lapse <= 5; ++lapse) {
      host.now += kLapse;
      std::vector<std::jthread> threads;
      std::atomic<int> good{0};
      for (int i = 0; i < 16; ++i) {
        threads.emplace_back([&] {
          for (int call = 0; call < 4; ++call) good += get_sessions(connection) == 200;
        });
      }
      threads.clear();
      EXPECT_EQ(good, 64);
      EXPECT_EQ(host.counters().refreshes, lapse);
    }
    EXPECT_EQ(host.counters().reuse_detections, 0u);
  }
}

TEST(SessionLife, TakesOverWhatAnotherProcessRenewed) {
  PracticeHost host;
  host.sign_in();
  auto one = host.connect();
  auto two = host.connect();
  EXPECT_EQ(get_sessions(one), 200);
  EXPECT_EQ(get_sessions(two), 200);
  host.now += kLapse;
  EXPECT_EQ(get_sessions(one), 200);
  EXPECT_EQ(get_sessions(two), 200);
  EXPECT_EQ(host.counters().refreshes, 1u);
  EXPECT_EQ(host.counters().reuse_detections, 0u);
}

TEST(SessionLife, TakesOverASessionThatSomebodySignedInToMeanwhile) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  host.gateway.end_sessions();
  host.store->erase(host.key());
  host.sign_in();
  EXPECT_EQ(get_sessions(connection), 200) << "its own is dead, and the one in the store is not";
}

TEST(SessionLife, LatchesADeadSessionUntilAnotherIsThere) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  host.gateway.end_sessions();
  const auto error = error_of([&] { return get_sessions(connection); });
  EXPECT_TRUE(error.needs_sign_in());
  const auto seen = host.gateway.request_log().requests().size();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(error_of([&] { return get_sessions(connection); }).needs_sign_in());
  }
  EXPECT_EQ(host.gateway.request_log().requests().size(), seen) << "nothing more was sent";
  host.sign_in();
  EXPECT_EQ(get_sessions(connection), 200);
}

TEST(SessionLife, BeginsAgainByThePasswordOfTheSettingsIfItEndedAtARenewal) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    PracticeHost host(PracticeHost::usual(gate));
    host.sign_in();
    host.gateway.end_sessions();
    host.now += 2 * kAccessLife;  // a renewal is due, and the gateway refuses it
    auto connection = host.connect(true);
    EXPECT_EQ(get_sessions(connection), 200);
    EXPECT_EQ(host.counters().sign_ins, 2u);
    auto without_password = host.connect();
    host.gateway.end_sessions();
    host.now += 2 * kAccessLife;
    EXPECT_THROW(get_sessions(without_password), Error);
  }
}

TEST(SessionLife, IsSignedOutWhereAnotherProcessSignedOut) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  host.store->erase(host.key());
  host.now += kLapse;
  EXPECT_TRUE(error_of([&] { return get_sessions(connection); }).needs_sign_in());
  EXPECT_EQ(host.counters().refreshes, 0u);
  EXPECT_EQ(host.stored(), "") << "nothing brought it back";
}

TEST(SessionLife, KeepsTheSessionThroughAnOutageOfTheProvider) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  const auto stored = host.stored();
  host.gateway.set_faults({{FaultKind::provider_down, "/", -1, 0, ""}});
  host.now += kLapse;
  for (int i = 0; i < 3; ++i) {
    host.now += 1'000;
    const auto error = error_of([&] { return get_sessions(connection); });
    EXPECT_FALSE(error.needs_sign_in()) << error.what();
  }
  EXPECT_EQ(host.stored(), stored);
  host.gateway.set_faults({});
  host.now += 60'000;
  EXPECT_EQ(get_sessions(connection), 200);
}

TEST(SessionLife, GoesOnWithWhatStillHoldsWhileARenewalFails) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  host.gateway.set_faults({{FaultKind::status, "/api/auth/me", -1, 503, ""}});
  host.now += kAccessLife - 15'000;  // due, and not about to lapse on its way
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_EQ(get_sessions(connection), 200);
}

TEST(SessionLife, LosesNothingWhereTheStoreFailsAndSaysSo) {
  PracticeHost host;
  host.sign_in();
  const auto moody = std::make_shared<MoodyStore>(host.store);
  host.store = moody;
  {
    auto connection = host.connect();
    EXPECT_EQ(get_sessions(connection), 200);
    const auto before = host.stored();
    moody->full = true;
    for (int lapse = 0; lapse < 3; ++lapse) {
      host.now += kLapse;
      EXPECT_EQ(get_sessions(connection), 200) << "with what is in memory";
      ASSERT_TRUE(connection.store_trouble());
      EXPECT_THAT(connection.store_trouble()->what(), HasSubstr("the disk is full"));
      EXPECT_TRUE(connection.store_trouble()->needs_user_action());
    }
    EXPECT_EQ(host.stored(), before) << "the old one, whole";
    EXPECT_EQ(host.counters().refreshes, 3u);
    moody->full = false;
  }  // the last chance to store it
  auto next = host.connect();
  EXPECT_EQ(get_sessions(next), 200);
  EXPECT_EQ(host.counters().reuse_detections, 0u);
  EXPECT_EQ(host.counters().sign_ins, 1u);
}

TEST(SessionLife, StoresWhatItCouldNotStoreAtTheNextRotation) {
  PracticeHost host;
  host.sign_in();
  const auto moody = std::make_shared<MoodyStore>(host.store);
  host.store = moody;
  auto connection = host.connect();
  moody->full = true;
  host.now += kLapse;
  EXPECT_EQ(get_sessions(connection), 200);
  moody->full = false;
  host.now += kLapse;
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_FALSE(connection.store_trouble());
  auto next = host.connect();
  EXPECT_EQ(get_sessions(next), 200);
  EXPECT_EQ(host.counters().reuse_detections, 0u);
}

TEST(SessionLife, GoesOnWhereTheStoreCannotBeRead) {
  PracticeHost host;
  host.sign_in();
  const auto moody = std::make_shared<MoodyStore>(host.store);
  host.store = moody;
  auto connection = host.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  moody->unreadable = true;
  host.now += kLapse;
  EXPECT_EQ(get_sessions(connection), 200);
  ASSERT_TRUE(connection.store_trouble());
  moody->unreadable = false;
  host.now += kLapse;
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_FALSE(connection.store_trouble());
}

TEST(SessionLife, WritesADamagedFileAnewFromMemory) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  write_text(host.folder / "sessions/home", "nonsense");
  host.now += kLapse;
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_THAT(connection.store_note(), HasSubstr("corrupt-1"));
  auto next = host.connect();
  EXPECT_EQ(get_sessions(next), 200);
  EXPECT_EQ(host.counters().sign_ins, 1u);
}

TEST(SessionLife, StatusRenewsNothingAndSendsNoCredential) {
  PracticeHost host;
  host.sign_in();
  auto signed_in = host.connect();
  auto nobody = host.connect(true);
  host.gateway.request_log().clear();
  host.now += kLapse;
  const auto facts = signed_in.sign_in_facts();
  EXPECT_TRUE(facts.signed_in);
  EXPECT_EQ(facts.facts.at("user"), practice::kUser);
  EXPECT_EQ(facts.facts.at("provider"), "basic");
  EXPECT_EQ(facts.kept_in, "file " + (host.folder / "sessions/home").string());
  host.store->erase(host.key());
  EXPECT_FALSE(nobody.sign_in_facts().signed_in) << "not even with a password at hand";
  EXPECT_EQ(host.counters().refreshes, 0u);
  for (const auto& seen : host.gateway.request_log().requests()) {
    EXPECT_TRUE(seen.credentials.none()) << seen.path;
    EXPECT_EQ(seen.method, "GET") << seen.path;
  }
}

TEST(SessionLife, SurvivesFaultsAroundRotation) {
  std::random_device seeds;
  const auto seed = std::getenv("PINTLE_SEED") ? std::stoul(std::getenv("PINTLE_SEED")) : seeds();
  std::cout << "PINTLE_SEED=" << seed << "\n";
  std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
  const auto one_of = [&](auto bound) {
    return static_cast<std::int64_t>(random() % static_cast<std::mt19937::result_type>(bound));
  };
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    auto options = PracticeHost::usual(gate);
    options.reuse_grace_ms =
        20'000;  // else a lost answer is a lost session, whatever a client does
    PracticeHost host(std::move(options));
    host.sign_in();
    auto connection = host.connect();
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
      host.gateway.set_faults(faults);
      host.now += 500 + one_of(kLapse);
      try {
        good += get_sessions(connection) == 200;
      } catch (const Error& error) {
        ASSERT_FALSE(error.needs_sign_in()) << "round " << round << ": " << error.what();
      }
      // Within the provider's grace, a client that tries again has its session.
      host.gateway.set_faults({});
      host.now += 16'000;  // the pause after a failure
      ASSERT_EQ(get_sessions(connection), 200) << "round " << round;
      auto other = host.connect();
      ASSERT_EQ(get_sessions(other), 200) << "round " << round << ": from the store";
    }
    EXPECT_EQ(host.counters().sign_ins, 1u);
    EXPECT_EQ(host.counters().reuse_detections, 0u);
    EXPECT_GT(good, 50);
  }
}

}  // namespace
}  // namespace pintle::test
