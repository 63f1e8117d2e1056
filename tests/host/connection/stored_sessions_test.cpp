// SPDX-License-Identifier: Apache-2.0
//
// The stored sessions of a connection are looked at, moved by name, and forgotten.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/registry.h>
#include <pintle/stored_sessions.h>

#include "connection/saved_name.h"
#include "host/session/moody_store.h"
#include "session/session_file.h"
#include "support/error_of.h"
#include "support/practice_host.h"

namespace pintle {
namespace {

using State = SessionFacts::State;
using test::error_of;
using testing::HasSubstr;

class StoredSessions : public testing::Test {
 protected:
  StoredSessions() {
    auto options = test::host_with({&pintle_token});
    options.paths.connections = folder_ / "connections.json";
    options.sessions = store_;
    host_.emplace(std::move(options));
    home_.name = "home";
  }

  static SessionKey front_key(const ConnectionSettings& settings) {
    return session_key_of(settings, std::string(session_file::kFrontPrefix) + settings.front);
  }
  SessionFacts facts() { return session_facts(*host_, home_).front(); }
  void save() { store_->save(session_key_of(home_, "token"), Secret("the session")); }
  bool is_stored() { return store_->load(session_key_of(home_, "token")).session.has_value(); }

  test::TemporaryFolder folder_;
  std::shared_ptr<FileSessionStore> files_ =
      std::make_shared<FileSessionStore>(folder_ / "sessions");
  std::shared_ptr<test::MoodyStore> store_ = std::make_shared<test::MoodyStore>(files_);
  ConnectionRegistry registry_{folder_ / "connections.json"};
  std::optional<Host> host_;
  ConnectionSettings home_{.url = GatewayUrl::parse("https://gateway.example")};
};

TEST_F(StoredSessions, AreShownWithWhatTheyAreAndWhere) {
  EXPECT_EQ(facts().state, State::none);
  EXPECT_EQ(facts().scheme, "");
  home_.last_scheme = "token";
  EXPECT_EQ(facts().scheme, "token");
  save();
  const auto shown = facts();
  EXPECT_EQ(shown.state, State::stored);
  EXPECT_EQ(shown.scheme, "token");
  EXPECT_EQ(shown.bytes, std::string("the session").size());
  EXPECT_THAT(shown.where, HasSubstr((folder_ / "sessions/home").string()));
}

TEST_F(StoredSessions, SayWhenAFileWasWritten) {
  auto options = host_->options();
  options.sessions = files_;
  const Host host(options);
  save();
  EXPECT_TRUE(session_facts(host, home_).front().stored_ms);
}

TEST_F(StoredSessions, OfFrontsAreShownBesideThoseOfTheGateway) {
  EXPECT_EQ(session_facts(*host_, home_).size(), 1U);
  home_.front = "basic";
  store_->save(front_key(home_), Secret("front"));
  const auto all = session_facts(*host_, home_);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[1].of_front);
  EXPECT_EQ(all[1].scheme, "basic");
  EXPECT_EQ(all[1].state, State::stored);
  EXPECT_EQ(all[1].bytes, 5U);
}

TEST_F(StoredSessions, ThatAreDamagedSayWhatWasDoneWithThem) {
  home_.last_scheme = "token";
  save();
  test::write_text(folder_ / "sessions/home", "damaged");
  const auto shown = facts();
  EXPECT_EQ(shown.state, State::damaged);
  EXPECT_THAT(shown.note, HasSubstr("was renamed"));
}

TEST_F(StoredSessions, ThatCannotBeReadAreAStateAndNoError) {
  store_->unreadable = true;
  const auto shown = facts();
  EXPECT_EQ(shown.state, State::unreadable);
  ASSERT_TRUE(shown.trouble);
  EXPECT_THAT(shown.trouble->message(), HasSubstr("cannot be read"));
  store_->unreadable = false;
  home_.session_store = "no such store";
  const auto unknown = facts();
  EXPECT_EQ(unknown.state, State::unreadable);
  EXPECT_EQ(unknown.trouble->layer(), Layer::config);
}

TEST_F(StoredSessions, AreForgottenWithThatOfTheFront) {
  home_.front = "basic";
  save();
  store_->save(front_key(home_), Secret("front"));
  const auto forgotten = forget_sessions(*host_, home_);
  EXPECT_EQ(forgotten.size(), 2U);
  EXPECT_EQ(forgotten.front().state, State::stored);
  EXPECT_FALSE(is_stored());
  EXPECT_FALSE(store_->load(front_key(home_)).session);
  EXPECT_EQ(forget_sessions(*host_, home_).front().state, State::none);
}

TEST_F(StoredSessions, ThatCannotBeReadAreForgottenAllTheSame) {
  save();
  store_->unreadable = true;
  EXPECT_EQ(forget_sessions(*host_, home_).front().state, State::unreadable);
  store_->unreadable = false;
  EXPECT_FALSE(is_stored());
}

TEST_F(StoredSessions, AreMovedByNameOnlyIfThatChangesSomething) {
  registry_.put(home_, false);
  save();
  auto same = home_;
  same.session_store = "file";
  EXPECT_THAT(error_of([&] { move_sessions(*host_, home_, same); }).message(),
              HasSubstr("stored there already"));
  auto unknown = home_;
  unknown.session_store = "no such store";
  EXPECT_EQ(error_of([&] { move_sessions(*host_, home_, unknown); }).layer(), Layer::config);
  auto shared = home_;
  shared.shares_url_session = true;
  EXPECT_THAT(error_of([&] { move_sessions(*host_, shared, unknown); }).message(),
              HasSubstr("signed in to its URL"));
  EXPECT_EQ(registry_.find("home"), home_);
  EXPECT_TRUE(is_stored());
}

TEST_F(StoredSessions, OfAHostThatStoresNoneAreOnlyAnotherSetting) {
  registry_.put(home_, false);
  auto options = host_->options();
  options.sessions = nullptr;
  auto after = home_;
  after.session_store = "secret-service";
  EXPECT_EQ(move_sessions(Host(options), home_, after).moved, 0);
  EXPECT_EQ(registry_.find("home"), after);
}

// There would be one in two stores.
TEST_F(StoredSessions, AreNotStoredByAConnectionThatWasOpenedBeforeAMove) {
  registry_.put(home_, false);
  const SavedName opened(host_->options(), home_);
  opened.check();
  auto after = home_;
  after.session_store = "file";  // the same by its other name
  registry_.replace(home_, after);
  opened.check();
  auto moved = after;
  moved.session_store = "secret-service";
  registry_.replace(after, moved);
  EXPECT_THAT(error_of([&] { opened.check(); }).message(), HasSubstr("changed in the meantime"));
}

}  // namespace
}  // namespace pintle
