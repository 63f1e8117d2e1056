// SPDX-License-Identifier: Apache-2.0
//
// The effect of a user's sign-in on a connection that others use meanwhile.

#include <functional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "moody_store.h"
#include "session_house.h"
#include "support/error_of.h"

namespace pintle::test {
namespace {

// Types the right password, and does something else before.
class BusyUser final : public SignInUi {
 public:
  explicit BusyUser(std::function<void()> before) : before_(std::move(before)) {}
  void tell(std::string_view) override {}
  Secret ask(const Question& question, std::stop_token) override {
    if (question.secret) before_();
    return Secret(question.secret ? practice::kPassword : practice::kUser);
  }
  std::optional<Secret> read_pasted(std::string_view, std::stop_token) override { return {}; }
  void open_browser(std::string_view, std::stop_token) override {}

 private:
  std::function<void()> before_;
};

const SignInOptions kPasswordMethod{.method = "password", .provider = "basic"};

TEST(SessionSignIn, LetsOthersGoOnWithWhatIsHeldWhileTheUserTypes) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    SessionHouse house(SessionHouse::usual(gate));
    house.sign_in();
    auto connection = house.connect();
    bool typed = false;
    BusyUser ui([&] {
      EXPECT_EQ(get_sessions(connection), 200);
      EXPECT_FALSE(connection.ws_url().url.empty());
      house.now += kAccessLife + 1'000;
      EXPECT_EQ(get_sessions(connection), 200) << "renewed";
      EXPECT_EQ(house.counters().refreshes, 1u);
      typed = true;
    });
    connection.sign_in(kPasswordMethod, ui);
    EXPECT_TRUE(typed);
    EXPECT_EQ(house.counters().sign_ins, 2u);
    EXPECT_EQ(get_sessions(connection), 200);
  }
}

TEST(SessionSignIn, LeavesWhatIsHeldWhereItFails) {
  SessionHouse house;
  house.sign_in();
  const auto before = house.stored();
  auto connection = house.connect();
  BusyUser ui([] { throw Error(Layer::gate, "enough of this"); });
  error_of([&] { connection.sign_in(kPasswordMethod, ui); });
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_EQ(house.stored(), before);
}

TEST(SessionSignIn, TellsWhoHasNoCredentialAtOnceThatASignInIsNeeded) {
  SessionHouse house;
  auto connection = house.connect();
  BusyUser ui(
      [&] { EXPECT_TRUE(error_of([&] { return get_sessions(connection); }).needs_sign_in()); });
  connection.sign_in(kPasswordMethod, ui);
  EXPECT_EQ(get_sessions(connection), 200);
}

TEST(SessionSignIn, StandsWhateverAnotherProcessStoredMeanwhile) {
  for (const bool was_signed_in : {false, true}) {
    SCOPED_TRACE(was_signed_in);
    SessionHouse house;
    if (was_signed_in) house.sign_in();
    auto connection = house.connect();
    std::string others;
    BusyUser ui([&] {
      house.gateway.end_sessions();
      house.store->erase(house.key());
      house.sign_in();
      others = house.stored();
      EXPECT_EQ(get_sessions(connection), 200) << "it is taken over";
    });
    EXPECT_TRUE(connection.sign_in(kPasswordMethod, ui).signed_in);
    const auto stored = house.stored();
    EXPECT_NE(stored, others);
    house.now += kAccessLife + 1'000;
    EXPECT_EQ(get_sessions(connection), 200);
    EXPECT_NE(house.stored(), stored) << "the connection renews the one that is stored";
    EXPECT_EQ(house.counters().reuse_detections, 0u);
  }
}

TEST(SessionSignIn, StandsWhereItCouldNotBeStored) {
  SessionHouse house;
  const auto moody = std::make_shared<MoodyStore>(house.store);
  house.store = moody;
  auto connection = house.connect();
  std::string others;
  BusyUser ui([&] {
    house.sign_in();
    others = house.stored();
    house.gateway.end_sessions();  // To show which one is used.
    moody->full = true;
  });
  connection.sign_in(kPasswordMethod, ui);
  EXPECT_TRUE(connection.store_trouble());
  EXPECT_EQ(house.stored(), others);
  moody->full = false;
  house.now += kAccessLife + 1'000;  // Checks whether another process was faster.
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_FALSE(connection.store_trouble());
  const auto ours = house.stored();
  EXPECT_NE(ours, others);
  house.gateway.expire_access();
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_NE(house.stored(), ours);
}

TEST(SessionSignIn, IsOneOfAUserAtATime) {
  SessionHouse house;
  auto connection = house.connect();
  BusyUser nobody([] { FAIL() << "asked at the same time"; });
  BusyUser ui([&] {
    auto options = kPasswordMethod;
    options.user_timeout_ms = 1;
    const auto error = error_of([&] { connection.sign_in(options, nobody); });
    EXPECT_THAT(error.message(), testing::HasSubstr("a sign-in is in progress on this connection"));
  });
  connection.sign_in(kPasswordMethod, ui);
}

}  // namespace
}  // namespace pintle::test
