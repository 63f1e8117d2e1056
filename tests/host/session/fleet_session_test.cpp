// SPDX-License-Identifier: Apache-2.0
//
// A connection whose session is shared with other machines: what it does when the store is away,
// when another machine is faster, and when the outcome of a refresh is unknown.

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "fleet_store.h"
#include "support/error_of.h"
#include "support/practice_host.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using testing::HasSubstr;
using State = SessionLock::State;

constexpr std::int64_t kLapse = kAccessLife + 1'000;
// So that a token that is sent once more gives the same session.
constexpr std::int64_t kGrace = 20'000;

practice::Options patient(practice::Gate gate = practice::Gate::cookie) {
  auto options = PracticeHost::usual(gate);
  options.reuse_grace_ms = kGrace;
  return options;
}

// gateway-contract 3 and 4
const char* refresh_path(practice::Gate gate = practice::Gate::cookie) {
  return gate == practice::Gate::cookie ? "/api/auth/me" : "/auth/native/refresh";
}

struct FleetHost : PracticeHost {
  explicit FleetHost(practice::Options options = patient()) : PracticeHost(std::move(options)) {
    store = fleet;
    sign_in();
    fleet->locks = 0;
    fleet->reservations = 0;
  }
  /// Another machine's sign-in of now, as it would be stored.
  std::string session_of_another() {
    auto options = host_options();
    options.sessions = std::make_shared<FileSessionStore>(folder / "another");
    Host(options).open(settings(true)).call({.target = "/api/sessions"});
    return std::string(options.sessions->load(key()).session->reveal());
  }

  std::shared_ptr<FleetStore> fleet = std::make_shared<FleetStore>();
};

TEST(FleetSession, UsesWhatItHasWhileTheStoreIsAwayAndWaitsBetweenTries) {
  FleetHost host;
  auto connection = host.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  host.fleet->away = true;
  host.now += kAccessLife - 15'000;
  EXPECT_EQ(get_sessions(connection), 200) << "it still holds";
  host.now += 16'000;
  const auto tries = host.fleet->locks.load();
  for (int i = 0; i < 3; ++i) {
    const auto error = error_of([&] { return get_sessions(connection); });
    EXPECT_EQ(error.layer(), Layer::store) << error.what();
    EXPECT_TRUE(error.can_retry());
    EXPECT_FALSE(error.needs_sign_in());
  }
  EXPECT_EQ(host.fleet->locks, tries + 1) << "one try, then a pause";
  host.now += 1'000;
  EXPECT_TRUE(error_of([&] { return get_sessions(connection); }).can_retry());
  EXPECT_EQ(host.fleet->locks, tries + 2);
  EXPECT_EQ(host.counters().refreshes, 0u);
  host.fleet->away = false;
  host.now += 1'000;
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_EQ(host.counters().refreshes, 1u);
}

TEST(FleetSession, AsksForNoSignInWhileItIsNotKnownWhetherThereIsASession) {
  FleetHost host;
  host.fleet->away = true;
  auto connection = host.connect();
  for (int i = 0; i < 2; ++i) {
    const auto error = error_of([&] { return get_sessions(connection); });
    EXPECT_EQ(error.layer(), Layer::store) << error.what();
    EXPECT_THAT(error.message(), HasSubstr("cannot reach the fleet"));
    EXPECT_TRUE(error.can_retry());
    EXPECT_FALSE(error.needs_sign_in());
  }
  host.fleet->away = false;
  EXPECT_EQ(get_sessions(connection), 200);
  host.fleet->erase(host.key());
  host.now += kLapse;
  EXPECT_TRUE(error_of([&] { return get_sessions(connection); }).needs_sign_in())
      << "now that it is known";
}

TEST(FleetSession, LooksAgainIfAnotherIsStoredAtTheLastMoment) {
  FleetHost host;
  auto connection = host.connect();
  host.now += kLapse;
  const auto other = host.session_of_another();
  const auto sign_ins = host.counters().sign_ins;
  host.fleet->before_reserve = [&] {
    if (host.fleet->reservations == 1) host.fleet->put(other);
  };
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_EQ(host.counters().refreshes, 0u) << "the older token was not sent";
  EXPECT_EQ(host.counters().sign_ins, sign_ins);
  EXPECT_EQ(host.stored(), other);
}

TEST(FleetSession, GivesUpForAWhileIfOthersChangeItAllTheTime) {
  FleetHost host;
  auto connection = host.connect();
  host.now += kLapse;
  host.fleet->before_reserve = [] {
    throw SessionChanged(Layer::store, "another session is stored");
  };
  const auto error = error_of([&] { return get_sessions(connection); });
  EXPECT_EQ(error.layer(), Layer::store);
  EXPECT_TRUE(error.can_retry());
  EXPECT_EQ(host.fleet->reservations, 4);
  EXPECT_EQ(host.counters().refreshes, 0u);
  error_of([&] { return get_sessions(connection); });
  EXPECT_EQ(host.fleet->reservations, 4) << "a pause";
}

TEST(FleetSession, TakesWhatWasStoredWhileItWaitedForTheLease) {
  FleetHost host;
  auto connection = host.connect();
  host.now += kLapse;
  const auto other = host.session_of_another();
  host.fleet->before_lock = [&] {
    host.fleet->put(other);
    return State::newer;
  };
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_EQ(host.fleet->reservations, 0);
  EXPECT_EQ(host.counters().refreshes, 0u);
}

TEST(FleetSession, AsksForASignInIfAnotherMachineFoundItsEnd) {
  FleetHost host;
  auto connection = host.connect();
  host.now += kLapse;
  host.fleet->before_lock = [] { return State::ended; };
  for (int i = 0; i < 2; ++i) {
    const auto error = error_of([&] { return get_sessions(connection); });
    EXPECT_TRUE(error.needs_sign_in());
    EXPECT_THAT(error.message(), HasSubstr("another machine found out"));
  }
  EXPECT_EQ(host.fleet->reservations, 0);
  host.fleet->before_lock = {};
  host.fleet->put(host.session_of_another());
  EXPECT_EQ(get_sessions(connection), 200) << "until there is another";
}

TEST(FleetSession, SendsATokenOnceMoreAtOnceIfTheOutcomeIsUnknown) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    FleetHost host(patient(gate));
    auto connection = host.connect();
    host.now += kLapse;
    host.gateway.set_faults({Fault(FaultKind::lose_answer, refresh_path(gate), 1)});
    EXPECT_EQ(get_sessions(connection), 200);
    EXPECT_EQ(host.fleet->outcomes(), "u");
    EXPECT_EQ(host.fleet->reservations, 2) << "each with an intent of its own";
    EXPECT_EQ(host.counters().reuse_detections, 0u);
    auto next = host.connect();
    EXPECT_EQ(get_sessions(next), 200) << "and it was stored";
  }
}

TEST(FleetSession, SendsATokenNotAThirdTime) {
  FleetHost host;
  auto connection = host.connect();
  host.now += kLapse;
  host.gateway.set_faults({Fault(FaultKind::lose_answer, refresh_path(), -1)});
  const auto error = error_of([&] { return get_sessions(connection); });
  EXPECT_FALSE(error.needs_sign_in());
  EXPECT_EQ(host.fleet->outcomes(), "uu");
  EXPECT_EQ(host.fleet->reservations, 2);
}

struct Outcome {
  const char* what;
  Fault fault;
  const char* outcomes;
};

TEST(FleetSession, TellsTheStoreWhatBecameOfTheToken) {
  for (const auto& one : std::vector<Outcome>{
           {"not now", Fault(FaultKind::status, refresh_path(), -1, 503), "n"},
           {"too many", Fault(FaultKind::too_many, refresh_path(), -1, 1), "n"},
           {"a proxy that knows nothing", Fault(FaultKind::status, refresh_path(), -1, 502), "uu"},
           {"a gateway that broke", Fault(FaultKind::status, refresh_path(), -1, 500), "uu"},
           {"a proxy's limit", Fault(FaultKind::status, refresh_path(), -1, 504), "uu"},
           {"half an answer", Fault(FaultKind::drop_mid_header, refresh_path(), -1), "uu"},
           {"no answer", Fault(FaultKind::drop, refresh_path(), -1), "uu"}}) {
    SCOPED_TRACE(one.what);
    FleetHost host;
    auto connection = host.connect();
    host.now += kLapse;
    host.gateway.set_faults({one.fault});
    EXPECT_FALSE(error_of([&] { return get_sessions(connection); }).needs_sign_in());
    EXPECT_EQ(host.fleet->outcomes(), one.outcomes);
  }
  FleetHost host;
  auto connection = host.connect();
  host.now += kLapse;
  host.gateway.end_sessions();
  EXPECT_TRUE(error_of([&] { return get_sessions(connection); }).needs_sign_in());
  EXPECT_FALSE(host.fleet->load(host.key()).session) << "the scheme has given it up";
}

TEST(FleetSession, StoresWhatItGotOnceTheStoreIsBack) {
  FleetHost host;
  auto connection = host.connect();
  host.now += kLapse;
  const auto before = host.stored();
  host.fleet->before_reserve = [&] { host.fleet->away = true; };  // when the request has left
  error_if_any([&] { return get_sessions(connection); });
  host.fleet->before_reserve = {};
  host.fleet->away = false;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  do {
    EXPECT_EQ(get_sessions(connection), 200);
  } while (host.stored() == before && std::chrono::steady_clock::now() < until);
  EXPECT_NE(host.stored(), before);
  auto next = host.connect();
  EXPECT_EQ(get_sessions(next), 200);
  EXPECT_EQ(host.counters().reuse_detections, 0u);
}

}  // namespace
}  // namespace pintle::test
