// SPDX-License-Identifier: Apache-2.0
//
// When a session is renewed: once per call or dial, however short its lifetime is and whatever the
// gateway's Date says.

#include <string>

#include <gtest/gtest.h>

#include "session_house.h"

namespace pintle::test {
namespace {

constexpr std::int64_t kLongMs = 20'000;
constexpr std::int64_t kMinute = 60'000;

struct Case {
  practice::Gate gate;
  std::int64_t life_ms;
  std::int64_t date_offset_ms;

  std::string text() const {
    return std::string(practice::name_of(gate)) + ", life " + std::to_string(life_ms / 1000) +
           " s, Date " + std::to_string(date_offset_ms / kMinute) + " min ahead";
  }
};

practice::Options options_of(const Case& one) {
  auto options = SessionHouse::usual(one.gate);
  options.lifetimes.access_ms = one.life_ms;
  options.lifetimes.shortest_cookie_ms = 1'000;
  options.date_offset_ms = one.date_offset_ms;
  return options;
}

template <class Test>
void for_each_life(Test&& test) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    for (const std::int64_t life_ms : {1'000, 5'000, 20'000, 30'000, 35'000, 60'000}) {
      for (const std::int64_t date_offset_ms : {-10 * kMinute, std::int64_t{0}, 10 * kMinute}) {
        const Case one{gate, life_ms, date_offset_ms};
        SCOPED_TRACE(one.text());
        SessionHouse house(options_of(one));
        house.sign_in();
        test(house, one);
      }
    }
  }
}

TEST(SessionRenewal, ADialWithAFreshSessionRenewsNothing) {
  for_each_life([](SessionHouse& house, const Case&) {
    auto connection = house.connect();
    auto live = connection.live();
    EXPECT_NO_THROW(live.wait_until_ready(kLongMs));
    EXPECT_EQ(house.counters().refreshes, 0u);
  });
}

TEST(SessionRenewal, ADialWithALapsedSessionRenewsItOnce) {
  for_each_life([](SessionHouse& house, const Case& one) {
    auto connection = house.connect();
    house.now += one.life_ms;
    auto live = connection.live();
    EXPECT_NO_THROW(live.wait_until_ready(kLongMs));
    EXPECT_EQ(house.counters().refreshes, 1u);
  });
}

TEST(SessionRenewal, AUrlForADialCostsOneRenewalAtMost) {
  for_each_life([](SessionHouse& house, const Case& one) {
    auto connection = house.connect();
    for (std::uint64_t dial = 1; dial <= 3; ++dial) {
      house.now += one.life_ms;
      EXPECT_FALSE(connection.ws_url().url.empty());
      EXPECT_EQ(house.counters().refreshes, dial);
    }
  });
}

TEST(SessionRenewal, ARequestCostsOneRenewalAtMost) {
  for_each_life([](SessionHouse& house, const Case& one) {
    auto connection = house.connect();
    for (std::uint64_t call = 1; call <= 3; ++call) {
      house.now += one.life_ms;
      EXPECT_EQ(get_sessions(connection), 200);
      EXPECT_EQ(house.counters().refreshes, call);
    }
  });
}

}  // namespace
}  // namespace pintle::test
