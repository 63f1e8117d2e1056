// SPDX-License-Identifier: Apache-2.0
//
// A saved connection gets another name: its session goes along, and is never there twice.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/registry.h>

#include "host/session/moody_store.h"
#include "support/error_of.h"
#include "support/practice_host.h"

namespace pintle {
namespace {

using testing::HasSubstr;

class SavedConnection : public testing::Test {
 protected:
  SavedConnection() {
    auto options = test::host_with({&pintle_token});
    options.paths.connections = folder_ / "connections.json";
    options.sessions = store_;
    host_.emplace(std::move(options));
  }

  static ConnectionSettings named(const std::string& name,
                                  const std::string& url = "https://gateway.example") {
    ConnectionSettings settings{.url = GatewayUrl::parse(url)};
    settings.name = name;
    settings.last_scheme = "token";
    return settings;
  }
  ConnectionSettings add(const ConnectionSettings& settings) {
    registry_.put(settings, false);
    return settings;
  }
  static SessionKey key_of(const ConnectionSettings& settings) {
    return session_key_of(settings, "token");
  }
  std::string session_of(const ConnectionSettings& settings) {
    const auto stored = store_->load(key_of(settings)).session;
    return stored ? std::string(stored->reveal()) : std::string();
  }

  test::TemporaryFolder folder_;
  std::shared_ptr<test::MoodyStore> store_ =
      std::make_shared<test::MoodyStore>(std::make_shared<FileSessionStore>(folder_ / "sessions"));
  ConnectionRegistry registry_{folder_ / "connections.json"};
  std::optional<Host> host_;
};

TEST_F(SavedConnection, TakesItsSessionAlongToANewName) {
  const auto home = add(named("home"));
  store_->save(key_of(home), Secret("the session"));
  const auto work = named("work");
  EXPECT_EQ(replace_connection(*host_, home, work), "");
  EXPECT_FALSE(registry_.find("home"));
  EXPECT_EQ(registry_.find("work"), work);
  EXPECT_EQ(session_of(home), "");
  EXPECT_EQ(session_of(work), "the session");
}

TEST_F(SavedConnection, LeavesTheSessionOfItsUrlWhereItIs) {
  auto home = named("home");
  home.shares_url_session = true;
  add(home);
  store_->save(key_of(home), Secret("the session of the URL"));
  auto work = home;
  work.name = "work";
  replace_connection(*host_, home, work);
  EXPECT_EQ(store_->saves, 1);
  EXPECT_EQ(session_of(work), "the session of the URL");
}

TEST_F(SavedConnection, TakesOverNothingThatAnEarlierOneOfTheNewNameLeft) {
  store_->save(key_of(named("work")), Secret("an earlier session"));
  const auto home = add(named("home"));
  replace_connection(*host_, home, named("work"));
  EXPECT_EQ(session_of(named("work")), "");
}

TEST_F(SavedConnection, TakesNoSessionToAnotherUrl) {
  const auto home = add(named("home"));
  store_->save(key_of(home), Secret("the session"));
  const auto work = named("work", "https://other.example");
  replace_connection(*host_, home, work);
  EXPECT_EQ(session_of(work), "");
  EXPECT_EQ(session_of(named("work")), "");
  EXPECT_EQ(session_of(home), "");
}

TEST_F(SavedConnection, KeepsItsNameIfTheSessionCannotBeMoved) {
  const auto home = add(named("home"));
  store_->save(key_of(home), Secret("the session"));
  store_->full = true;
  EXPECT_THROW(replace_connection(*host_, home, named("work")), Error);
  EXPECT_EQ(registry_.find("home"), home);
  EXPECT_FALSE(registry_.find("work"));
  EXPECT_EQ(session_of(home), "the session");
  store_->full = false;
  store_->unreadable = true;
  EXPECT_THROW(replace_connection(*host_, home, named("work")), Error);
  EXPECT_EQ(registry_.find("home"), home);
}

TEST_F(SavedConnection, TakesNoNameOfAnother) {
  const auto home = add(named("home"));
  const auto work = add(named("work"));
  store_->save(key_of(home), Secret("the session of home"));
  store_->save(key_of(work), Secret("the session of work"));
  const auto error = test::error_of([&] { replace_connection(*host_, home, named("work")); });
  EXPECT_THAT(error.message(), HasSubstr("already exists"));
  EXPECT_EQ(session_of(home), "the session of home");
  EXPECT_EQ(session_of(work), "the session of work");
}

// A renewal holds the lock: afterwards there is another session, which must be the one that moves.
TEST_F(SavedConnection, WaitsForARenewal) {
  const auto home = add(named("home"));
  store_->save(key_of(home), Secret("the old session"));
  auto renewal = store_->lock(key_of(home), 1'000);
  std::jthread renaming([&] { replace_connection(*host_, home, named("work")); });
  // It cannot have the name yet, however long it has been waiting.
  EXPECT_TRUE(registry_.find("home"));
  store_->save(key_of(home), Secret("the new session"));
  renewal.reset();
  renaming.join();
  EXPECT_EQ(session_of(named("work")), "the new session");
  EXPECT_EQ(session_of(home), "");
}

// Who is about to store a session has the lock.
TEST_F(SavedConnection, IsRemovedAfterASessionThatIsBeingStored) {
  const auto home = add(named("home"));
  auto storing = store_->lock(key_of(home), 1'000);
  std::jthread removing([&] { remove_connection(*host_, "home"); });
  EXPECT_TRUE(registry_.find("home"));
  store_->save(key_of(home), Secret("a new session"));
  storing.reset();
  removing.join();
  EXPECT_FALSE(registry_.find("home"));
  EXPECT_EQ(session_of(home), "");
}

TEST_F(SavedConnection, IsNotReplacedIfItWasChangedInTheMeantime) {
  const auto shown = add(named("home"));
  auto theirs = shown;
  theirs.proxy = "http://theirs:1";
  registry_.replace(shown, theirs);
  auto mine = shown;
  mine.proxy = "http://mine:1";
  const auto never = [] { FAIL() << "it is prepared"; };
  EXPECT_THAT(test::error_of([&] { registry_.replace(shown, mine, never); }).message(),
              HasSubstr("changed in the meantime"));
  EXPECT_EQ(registry_.find("home"), theirs);
  registry_.remove("home");
  EXPECT_THAT(test::error_of([&] { registry_.replace(theirs, mine); }).message(),
              HasSubstr("removed"));
  EXPECT_FALSE(registry_.find("home"));
}

TEST_F(SavedConnection, StaysAsItIsIfTheNewOneCannotBePrepared) {
  const auto home = add(named("home"));
  EXPECT_THAT(test::error_of([&] {
                registry_.replace(home, named("work"), [] { throw Error(Layer::store, "full"); });
              }).message(),
              HasSubstr("full"));
  EXPECT_TRUE(registry_.find("home"));
}

TEST_F(SavedConnection, TakesTheSecretsThatWereTypedForItAlong) {
  const auto typed = host_->options().paths.typed_secrets() / "home";
  const auto own = folder_ / "own";
  test::write_text(own, "a token in a file of the user\n");
  std::filesystem::create_directories(typed.parent_path());
  test::write_text(typed, "a token\n");
  auto home = named("home");
  home.inputs.emplace("token", SecretSource::of(SecretSource::Kind::file, typed.string()));
  home.inputs.emplace("other", SecretSource::of(SecretSource::Kind::file, own.string()));
  add(home);
  remove_connection(*host_, "home");
  EXPECT_FALSE(std::filesystem::exists(typed));
  EXPECT_TRUE(std::filesystem::exists(own));
}

TEST_F(SavedConnection, StaysInOrderUnderItsNewName) {
  add(named("a"));
  const auto b = add(named("b"));
  add(named("c"));
  registry_.replace(b, named("d"));
  std::string names;
  for (const auto& connection : registry_.connections()) names += connection.name;
  EXPECT_EQ(names, "acd");
}

}  // namespace
}  // namespace pintle
