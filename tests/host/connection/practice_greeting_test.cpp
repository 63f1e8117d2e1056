// SPDX-License-Identifier: Apache-2.0
//
// Greetings with the practice gateway and the traps of real ones.

#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/host.h>

#include "support/error_of.h"
#include "support/in_band_scheme.h"
#include "support/practice_host.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kLong = 20'000;
constexpr const char* kKey = "a-key-of-the-practice-gateway";

class PracticeGreeting : public testing::Test {
 protected:
  PracticeGreeting() : gateway_(greeting_gate()) {}

  static practice::Options greeting_gate() {
    auto options = with_gate(practice::Gate::greeting);
    options.token = Secret(kKey);
    return options;
  }
  ConnectionSettings settings(std::string_view key = kKey) const {
    write_text(folder_ / "key", key);
    auto made = settings_for(gateway_, {{"key", secret_in(folder_ / "key")}});
    made.request_ms = kLong;
    return made;
  }
  static Connection open(ConnectionSettings settings) {
    return Host(host_with({&kInBand})).open(std::move(settings));
  }
  static LiveOptions once() { return {.reconnect = false}; }
  // Dials once; returns the error if that failed.
  std::optional<Error> dial(ConnectionSettings settings) {
    auto connection = open(std::move(settings));
    auto live = connection.live(once());
    return error_if_any([&] { live.wait_until_ready(kLong); });
  }
  std::uint64_t websockets() { return gateway_.request_log().counters().ws_connects; }

  TemporaryFolder folder_;
  practice::Gateway gateway_;
};

TEST_F(PracticeGreeting, SignsInOnTheWebSocketAndServesTheAppAfterIt) {
  auto connection = open(settings());
  EXPECT_EQ(get_sessions(connection), 200);
  auto live = connection.live(once());
  live.wait_until_ready(kLong);
  EXPECT_THAT(live.state().greeting, HasSubstr("skin")) << "gateway.ready comes after the greeting";
  EXPECT_EQ(live.rpc("echo", R"({"a":1})"), R"({"a":1})");
  for (const auto& seen : gateway_.request_log().requests_to("/api/ws")) {
    EXPECT_TRUE(seen.query_names.empty()) << "the key is not in the URL";
  }
}

TEST_F(PracticeGreeting, GreetsAgainAfterADrop) {
  auto connection = open(settings());
  auto live = connection.live({.initial_backoff_ms = 1, .max_backoff_ms = 10});
  live.wait_until_ready(kLong);
  for (std::uint64_t dials = 2; dials < 5; ++dials) {
    const auto before = live.state().generation;
    gateway_.drop_connections();
    while (live.state().generation == before) ASSERT_TRUE(live.next(kLong));
    live.wait_until_ready(kLong);
    EXPECT_EQ(live.rpc("echo", R"({"a":1})"), R"({"a":1})");
    EXPECT_EQ(websockets(), dials);
  }
}

TEST_F(PracticeGreeting, TakesItsTimeAndWhatElseComes) {
  for (const auto& fault :
       {Fault(FaultKind::greet_chatter), Fault(FaultKind::greet_delay, "/", 1, 50),
        Fault(FaultKind::greet_empty_frames, "/", 1, 500)}) {
    SCOPED_TRACE(practice::name_of(fault.kind));
    gateway_.set_faults({fault});
    auto connection = open(settings());
    auto live = connection.live(once());
    EXPECT_FALSE(error_if_any([&] { live.wait_until_ready(kLong); }));
    EXPECT_EQ(live.rpc("echo", R"({"a":1})"), R"({"a":1})");
  }
}

TEST_F(PracticeGreeting, NeedsASignInWithAWrongKeyAndDialsNoMore) {
  auto connection = open(settings("another-key"));
  auto live = connection.live({.initial_backoff_ms = 1});
  const auto error = error_of([&] { live.wait_until_ready(kLong); });
  EXPECT_EQ(error.message(), "the gateway refused the key on the WebSocket");
  EXPECT_TRUE(error.needs_sign_in());
  EXPECT_EQ(live.state().kind, LiveState::Kind::needs_sign_in);
  EXPECT_EQ(websockets(), 1U);
}

TEST_F(PracticeGreeting, IsRefusedOnTheWebSocketAlone) {
  gateway_.set_faults({Fault(FaultKind::greet_refuse, "/", -1)});
  const auto error = dial(settings());
  ASSERT_TRUE(error.has_value());
  EXPECT_TRUE(error->needs_sign_in());
  EXPECT_THAT(error->message(), Not(HasSubstr(kKey)));
}

TEST_F(PracticeGreeting, ThatIsCutOffIsTriedAgain) {
  gateway_.set_faults({Fault(FaultKind::greet_drop)});
  auto connection = open(settings());
  auto live = connection.live({.initial_backoff_ms = 1});
  live.wait_until_ready(kLong);
  EXPECT_EQ(websockets(), 2U);
  EXPECT_EQ(connection.counters().dials_failed, 1U);
}

TEST_F(PracticeGreeting, OfAClientThatSaysSomethingElseFirstIsCutOff) {
  auto talking = settings();
  talking.scheme_settings = {{"talks-first", "yes"}};
  const auto error = dial(talking);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->layer(), Layer::tcp);
  EXPECT_THAT(error->message(), HasSubstr("during the greeting"));
  EXPECT_FALSE(error->needs_sign_in());
}

TEST_F(PracticeGreeting, HasTheTimeOfARequest) {
  gateway_.set_faults({Fault(FaultKind::greet_delay, "/", -1, kLong)});
  auto hurried = settings();
  hurried.request_ms = 300;
  const auto error = dial(hurried);
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message(), HasSubstr("did not finish the greeting within 300 ms"));
  EXPECT_FALSE(error->needs_sign_in());
}

TEST_F(PracticeGreeting, EndsAtFramesWithoutEnd) {
  gateway_.set_faults({Fault(FaultKind::greet_empty_frames, "/", -1, 100'000)});
  const auto error = dial(settings());
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->layer(), Layer::websocket);
  EXPECT_THAT(error->message(), HasSubstr("too many empty frames"));
}

}  // namespace
}  // namespace pintle::test
