// SPDX-License-Identifier: Apache-2.0
//
// The effect of a user's sign-in on a connection that others use meanwhile.

#include <functional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/registry.h>

#include "moody_store.h"
#include "support/error_of.h"
#include "support/practice_host.h"
#include "support/scripted_user.h"

namespace pintle::test {
namespace {

// Types the right password, and does something else before.
ScriptedUser busy_user(std::function<void()> before) {
  ScriptedUser user;
  user.on_ask = [before = std::move(before)](const Question& question, const std::stop_token&) {
    if (question.secret) before();
    return ScriptedUser::right_answer(question);
  };
  return user;
}

TEST(SessionSignIn, LetsOthersGoOnWithWhatIsHeldWhileTheUserTypes) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    PracticeHost host(PracticeHost::usual(gate));
    host.sign_in();
    auto connection = host.connect();
    bool typed = false;
    auto ui = busy_user([&] {
      EXPECT_EQ(get_sessions(connection), 200);
      EXPECT_FALSE(connection.ws_url().url.empty());
      host.now += kAccessLife + 1'000;
      EXPECT_EQ(get_sessions(connection), 200) << "renewed";
      EXPECT_EQ(host.counters().refreshes, 1u);
      typed = true;
    });
    connection.sign_in(kPasswordMethod, ui);
    EXPECT_TRUE(typed);
    EXPECT_EQ(host.counters().sign_ins, 2u);
    EXPECT_EQ(get_sessions(connection), 200);
  }
}

TEST(SessionSignIn, LeavesWhatIsHeldWhereItFails) {
  PracticeHost host;
  host.sign_in();
  const auto before = host.stored();
  auto connection = host.connect();
  auto ui = busy_user([] { throw Error(Layer::gate, "enough of this"); });
  error_of([&] { connection.sign_in(kPasswordMethod, ui); });
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_EQ(host.stored(), before);
}

TEST(SessionSignIn, TellsWhoHasNoCredentialAtOnceThatASignInIsNeeded) {
  PracticeHost host;
  auto connection = host.connect();
  auto ui = busy_user(
      [&] { EXPECT_TRUE(error_of([&] { return get_sessions(connection); }).needs_sign_in()); });
  connection.sign_in(kPasswordMethod, ui);
  EXPECT_EQ(get_sessions(connection), 200);
}

TEST(SessionSignIn, StandsWhateverAnotherProcessStoredMeanwhile) {
  for (const bool was_signed_in : {false, true}) {
    SCOPED_TRACE(was_signed_in);
    PracticeHost host;
    if (was_signed_in) host.sign_in();
    auto connection = host.connect();
    std::string others;
    auto ui = busy_user([&] {
      host.gateway.end_sessions();
      host.store->erase(host.key());
      host.sign_in();
      others = host.stored();
      EXPECT_EQ(get_sessions(connection), 200) << "it is taken over";
    });
    EXPECT_TRUE(connection.sign_in(kPasswordMethod, ui).signed_in);
    const auto stored = host.stored();
    EXPECT_NE(stored, others);
    host.now += kAccessLife + 1'000;
    EXPECT_EQ(get_sessions(connection), 200);
    EXPECT_NE(host.stored(), stored) << "the connection renews the one that is stored";
    EXPECT_EQ(host.counters().reuse_detections, 0u);
  }
}

TEST(SessionSignIn, StandsWhereItCouldNotBeStored) {
  PracticeHost host;
  const auto moody = std::make_shared<MoodyStore>(host.store);
  host.store = moody;
  auto connection = host.connect();
  std::string others;
  auto ui = busy_user([&] {
    host.sign_in();
    others = host.stored();
    host.gateway.end_sessions();  // so that it shows which one is used
    moody->full = true;
  });
  connection.sign_in(kPasswordMethod, ui);
  EXPECT_TRUE(connection.store_trouble());
  EXPECT_EQ(host.stored(), others);
  moody->full = false;
  host.now += kAccessLife + 1'000;  // looks whether another process was faster
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_FALSE(connection.store_trouble());
  const auto ours = host.stored();
  EXPECT_NE(ours, others);
  host.gateway.expire_access();
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_NE(host.stored(), ours);
}

TEST(SessionSignIn, IsOneOfAUserAtATime) {
  PracticeHost host;
  auto connection = host.connect();
  auto nobody = busy_user([] { FAIL() << "asked at the same time"; });
  auto ui = busy_user([&] {
    auto options = kPasswordMethod;
    options.user_timeout_ms = 1;
    const auto error = error_of([&] { connection.sign_in(options, nobody); });
    EXPECT_THAT(error.message(), testing::HasSubstr("a sign-in is in progress on this connection"));
  });
  connection.sign_in(kPasswordMethod, ui);
}

// A connection of the registry, which another program changes during the sign-in.
struct SavedHost : PracticeHost {
  SavedHost() { registry.put(settings(), false); }
  Host host() {
    auto options = host_options();
    options.paths.connections = registry.file();
    return Host(std::move(options));
  }
  ConnectionSettings renamed() const {
    auto after = settings();
    after.name = "work";
    return after;
  }

  ConnectionRegistry registry{folder / "connections.json"};
};

TEST(SessionSignIn, IsNotStoredForAConnectionThatIsGone) {
  using Change = std::function<void(SavedHost&)>;
  const std::pair<const char*, Change> changes[] = {
      {"renamed", [](auto& of) { replace_connection(of.host(), of.settings(), of.renamed()); }},
      {"removed", [](auto& of) { remove_connection(of.host(), "home"); }},
      {"another gateway's", [](auto& of) {
         auto after = of.settings();
         after.url = GatewayUrl::parse("https://other.example");
         replace_connection(of.host(), of.settings(), after);
       }}};
  for (const auto& [what, change] : changes) {
    SCOPED_TRACE(what);
    SavedHost saved;
    {
      auto connection = saved.host().open(saved.settings());
      auto ui = busy_user([&, &change = change] { change(saved); });
      connection.sign_in(kPasswordMethod, ui);
      const auto trouble = connection.store_trouble();
      ASSERT_TRUE(trouble);
      EXPECT_THAT(trouble->message(), testing::HasSubstr("the connection home was removed or"));
      EXPECT_THAT(trouble->hint(), testing::HasSubstr("pintle list"));
    }
    EXPECT_EQ(saved.stored(), "");
  }
}

TEST(SessionSignIn, ByItselfIsNotStoredForARemovedConnectionEither) {
  SavedHost saved;
  auto connection = saved.host().open(saved.settings(true));
  remove_connection(saved.host(), "home");
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_EQ(saved.stored(), "");
}

TEST(SessionSignIn, IsStoredForANameThatOnlyTheAppKnows) {
  SavedHost saved;
  saved.registry.remove("home");
  auto connection = saved.host().open(saved.settings());
  auto ui = busy_user([] {});
  connection.sign_in(kPasswordMethod, ui);
  EXPECT_FALSE(connection.store_trouble());
  EXPECT_NE(saved.stored(), "");
}

}  // namespace
}  // namespace pintle::test
