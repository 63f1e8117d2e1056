// SPDX-License-Identifier: Apache-2.0
//
// When a session is renewed: once per call or dial, however short its lifetime is and whatever the
// gateway's Date says.

#include <string>

#include <gtest/gtest.h>

#include "support/practice_host.h"

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
  auto options = PracticeHost::usual(one.gate);
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
        PracticeHost host(options_of(one));
        host.sign_in();
        test(host, one);
      }
    }
  }
}

TEST(SessionRenewal, ADialWithAFreshSessionRenewsNothing) {
  for_each_life([](PracticeHost& host, const Case&) {
    auto connection = host.connect();
    auto live = connection.live();
    EXPECT_NO_THROW(live.wait_until_ready(kLongMs));
    EXPECT_EQ(host.counters().refreshes, 0u);
  });
}

TEST(SessionRenewal, ADialWithALapsedSessionRenewsItOnce) {
  for_each_life([](PracticeHost& host, const Case& one) {
    auto connection = host.connect();
    host.now += one.life_ms;
    auto live = connection.live();
    EXPECT_NO_THROW(live.wait_until_ready(kLongMs));
    EXPECT_EQ(host.counters().refreshes, 1u);
  });
}

TEST(SessionRenewal, AUrlForADialCostsOneRenewalAtMost) {
  for_each_life([](PracticeHost& host, const Case& one) {
    auto connection = host.connect();
    for (std::uint64_t dial = 1; dial <= 3; ++dial) {
      host.now += one.life_ms;
      EXPECT_FALSE(connection.ws_url().url.empty());
      EXPECT_EQ(host.counters().refreshes, dial);
    }
  });
}

TEST(SessionRenewal, ARequestCostsOneRenewalAtMost) {
  for_each_life([](PracticeHost& host, const Case& one) {
    auto connection = host.connect();
    for (std::uint64_t call = 1; call <= 3; ++call) {
      host.now += one.life_ms;
      EXPECT_EQ(get_sessions(connection), 200);
      EXPECT_EQ(host.counters().refreshes, call);
    }
  });
}

}  // namespace
}  // namespace pintle::test
