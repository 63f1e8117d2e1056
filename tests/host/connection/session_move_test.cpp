// SPDX-License-Identifier: Apache-2.0
//
// A session is moved to another store: it is lost at no step, and never used from both.

#include "connection/session_move.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "host/session/memory_store.h"
#include "session/secret_service_store.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace pintle {
namespace {

using test::error_of;
using test::MemoryStore;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

SessionKey key_of(const std::string& scheme) {
  return {"home", GatewayUrl::parse("https://gateway.example"), scheme};
}

std::vector<std::vector<SessionKey>> places() {
  return {{key_of("oauth"), key_of("token")}, {key_of("front/basic")}};
}

class SessionMoves : public testing::Test {
 protected:
  MovedSessions move(ExistingSession existing = ExistingSession::refuse) {
    return move_between(
        {.from = old_, .to = new_, .places = places(), .existing = existing, .switch_over = [this] {
           switch_over();
         }});
  }

  void switch_over() {
    if (cannot_switch_) throw Error(Layer::config, "the connection was changed in the meantime");
    journal_->push_back("switches over");
    locked_at_switch_ = {old_.locked, new_.locked};
  }

  std::shared_ptr<MemoryStore::Journal> journal_ = std::make_shared<MemoryStore::Journal>();
  MemoryStore old_{"old", journal_};
  MemoryStore new_{"new", journal_};
  bool cannot_switch_ = false;
  std::pair<std::map<std::string, int>, std::map<std::string, int>> locked_at_switch_;
};

TEST_F(SessionMoves, StoreInTheNewPlaceFirstAndEraseInTheOldOneLast) {
  old_.sessions() = {{"oauth", "session"}, {"front/basic", "front"}};
  EXPECT_EQ(move().moved, 2);
  EXPECT_THAT(*journal_, ElementsAre("new saves oauth", "new saves front/basic", "switches over",
                                     "old erases oauth", "old erases front/basic"));
  EXPECT_THAT(old_.sessions(), IsEmpty());
  EXPECT_THAT(new_.sessions(),
              UnorderedElementsAre(Pair("oauth", "session"), Pair("front/basic", "front")));
}

TEST_F(SessionMoves, HoldEveryLockOfBothStores) {
  old_.sessions() = {{"oauth", "session"}};
  move();
  const auto all = UnorderedElementsAre(Pair("oauth", 1), Pair("token", 1), Pair("front/basic", 1));
  EXPECT_THAT(locked_at_switch_.first, all);
  EXPECT_THAT(locked_at_switch_.second, all);
  for (const auto& [scheme, count] : old_.locked) EXPECT_EQ(count, 0) << scheme;
}

// Another machine has renewed it between the look and the lock.
TEST_F(SessionMoves, LookAgainIfThereIsANewerSession) {
  old_.sessions() = {{"oauth", "session"}};
  old_.shares = true;
  old_.newer = 2;
  EXPECT_THAT(move().note, HasSubstr("signed out"));
  EXPECT_THAT(new_.sessions(), UnorderedElementsAre(Pair("oauth", "newer")));
  EXPECT_THAT(locked_at_switch_.first, UnorderedElementsAre(Pair("oauth", 1)));
}

TEST_F(SessionMoves, EndIfTheSessionChangesAllTheTime) {
  old_.sessions() = {{"oauth", "session"}};
  old_.newer = 1'000;
  EXPECT_TRUE(error_of([&] { move(); }).can_retry());
  EXPECT_THAT(*journal_, IsEmpty());
}

TEST_F(SessionMoves, AreUndoneIfAnotherMachineSignsInMeanwhile) {
  old_.sessions() = {{"oauth", "session"}};
  new_.shares = true;
  new_.changes_meanwhile = true;
  new_.is_read_only = true;  // to erase it would erase the other one
  const auto message = error_of([&] { move(); }).message();
  EXPECT_THAT(message, AllOf(HasSubstr("stored meanwhile in new"), HasSubstr("stays where it was"),
                             testing::Not(HasSubstr("may also be"))));
  EXPECT_THAT(old_.sessions(), UnorderedElementsAre(Pair("oauth", "session")));
  EXPECT_THAT(*journal_, IsEmpty());
}

TEST_F(SessionMoves, ChangeNothingWhileARenewalIsInProgress) {
  old_.sessions() = {{"oauth", "session"}};
  for (auto* store : {&old_, &new_}) {
    store->cannot_lock = true;
    EXPECT_TRUE(error_of([&] { move(); }).can_retry());
    store->cannot_lock = false;
  }
  EXPECT_THAT(*journal_, IsEmpty());
}

TEST_F(SessionMoves, OnlySwitchOverIfNothingIsStored) {
  EXPECT_EQ(move().moved, 0);
  EXPECT_THAT(*journal_, ElementsAre("switches over"));
}

TEST_F(SessionMoves, ChangeNothingIfOneOfTheStoresCannotBeRead) {
  old_.sessions() = {{"oauth", "session"}};
  for (auto* store : {&old_, &new_}) {
    store->is_unreadable = true;
    EXPECT_THAT(error_of([&] { move(); }).message(), HasSubstr("cannot be read"));
    store->is_unreadable = false;
  }
  EXPECT_THAT(*journal_, IsEmpty());
}

TEST_F(SessionMoves, RefuseToReplaceAnotherSession) {
  old_.sessions() = {{"oauth", "ours"}};
  new_.sessions() = {{"oauth", "theirs"}};
  const auto error = error_of([&] { move(); });
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_THAT(error.message(), HasSubstr("stored already in new oauth"));
  EXPECT_THAT(error.hint(), AllOf(HasSubstr("--existing use"), HasSubstr("--existing replace")));
  EXPECT_THAT(*journal_, IsEmpty());
}

// With one scheme's session there and another's here, one of the two would be used, by chance.
TEST_F(SessionMoves, RefuseASessionOfAnotherSchemeToo) {
  old_.sessions() = {{"oauth", "ours"}};
  new_.sessions() = {{"token", "theirs"}};
  error_of([&] { move(); });
  EXPECT_THAT(*journal_, IsEmpty());
  EXPECT_EQ(move(ExistingSession::replace).moved, 1);
  EXPECT_THAT(new_.sessions(), UnorderedElementsAre(Pair("oauth", "ours")));
}

// Otherwise the connection would be somebody without having signed in.
TEST_F(SessionMoves, TakeOverNoSessionWithoutBeingAsked) {
  new_.sessions() = {{"oauth", "theirs"}};
  error_of([&] { move(); });
  EXPECT_THAT(error_of([&] { move(ExistingSession::replace); }).message(),
              HasSubstr("no session to replace"));
  EXPECT_THAT(*journal_, IsEmpty());
  const auto moved = move(ExistingSession::use);
  EXPECT_TRUE(moved.used_existing);
  EXPECT_FALSE(moved.erased_own);
  EXPECT_THAT(new_.sessions(), UnorderedElementsAre(Pair("oauth", "theirs")));
}

TEST_F(SessionMoves, UseTheOneThatIsThere) {
  old_.sessions() = {{"oauth", "ours"}, {"front/basic", "our front"}};
  new_.sessions() = {{"oauth", "theirs"}};
  const auto moved = move(ExistingSession::use);
  EXPECT_TRUE(moved.used_existing);
  EXPECT_TRUE(moved.erased_own);
  EXPECT_THAT(old_.sessions(), IsEmpty());
  EXPECT_THAT(new_.sessions(),
              UnorderedElementsAre(Pair("oauth", "theirs"), Pair("front/basic", "our front")));
}

TEST_F(SessionMoves, ReplaceTheOneThatIsThere) {
  old_.sessions() = {{"oauth", "ours"}};
  new_.sessions() = {{"oauth", "theirs"}, {"front/basic", "their front"}};
  EXPECT_EQ(move(ExistingSession::replace).moved, 1);
  EXPECT_THAT(old_.sessions(), IsEmpty());
  EXPECT_THAT(new_.sessions(), UnorderedElementsAre(Pair("oauth", "ours")));
}

TEST_F(SessionMoves, AreFinishedIfTheyWereInterrupted) {
  old_.sessions() = {{"oauth", "session"}};
  new_.sessions() = {{"oauth", "session"}};
  EXPECT_EQ(move().moved, 1);
  EXPECT_THAT(old_.sessions(), IsEmpty());
  EXPECT_THAT(new_.sessions(), UnorderedElementsAre(Pair("oauth", "session")));
}

TEST_F(SessionMoves, AreUndoneIfTheNewStoreIsFull) {
  const MemoryStore::Sessions before = {{"oauth", "session"}, {"front/basic", "front"}};
  for (const int room : {0, 1}) {
    SCOPED_TRACE(room);
    old_.sessions() = before;
    new_.saves_left = room;
    const auto error = error_of([&] { move(); });
    EXPECT_THAT(error.message(), AllOf(HasSubstr("new is full"), HasSubstr("stays where it was")));
    EXPECT_TRUE(error.needs_user_action());
    EXPECT_EQ(old_.sessions(), before);
    EXPECT_THAT(new_.sessions(), IsEmpty());
    EXPECT_THAT(*journal_, testing::Not(testing::Contains("switches over")));
  }
}

TEST_F(SessionMoves, AreUndoneIfTheConnectionCannotBeChanged) {
  cannot_switch_ = true;
  old_.sessions() = {{"oauth", "ours"}};
  new_.sessions() = {{"oauth", "theirs"}};
  EXPECT_THAT(error_of([&] { move(ExistingSession::replace); }).message(),
              HasSubstr("changed in the meantime"));
  EXPECT_THAT(old_.sessions(), UnorderedElementsAre(Pair("oauth", "ours")));
  EXPECT_THAT(new_.sessions(), UnorderedElementsAre(Pair("oauth", "theirs")));
}

TEST_F(SessionMoves, SayWhatCouldNotBeUndone) {
  cannot_switch_ = true;
  new_.is_read_only = true;
  old_.sessions() = {{"oauth", "session"}};
  EXPECT_THAT(error_of([&] { move(); }).message(),
              AllOf(HasSubstr("changed in the meantime"), HasSubstr("may also be in new oauth")));
  EXPECT_THAT(old_.sessions(), UnorderedElementsAre(Pair("oauth", "session")));
}

TEST_F(SessionMoves, SayThatTheOldStoreStillHasIt) {
  old_.sessions() = {{"oauth", "session"}};
  old_.is_read_only = true;
  const auto error = error_of([&] { move(); });
  EXPECT_THAT(error.message(), AllOf(HasSubstr("home uses the new store now"),
                                     HasSubstr("may still be in old oauth")));
  EXPECT_THAT(error.hint(), HasSubstr("pintle sessions forget home --store"));
  EXPECT_THAT(new_.sessions(), UnorderedElementsAre(Pair("oauth", "session")));
  EXPECT_THAT(*journal_, testing::Contains("switches over"));
}

TEST_F(SessionMoves, LoseNothingIfBothStoresAreOnePlace) {
  const auto one = std::make_shared<MemoryStore::Sessions>();
  MemoryStore first("first", journal_, one);
  MemoryStore second("second", journal_, one);
  (*one)["oauth"] = "session";
  move_between({.from = first, .to = second, .places = places(), .switch_over = [] {}});
  EXPECT_THAT(*one, UnorderedElementsAre(Pair("oauth", "session")));
}

// The desktop's keyring, whose store has the files as its own.
class Keyring final : public SecretService {
 public:
  std::optional<Secret> look_up(const SessionKey& key) override {
    check();
    const auto found = kept.find(key.scheme);
    return found == kept.end() ? std::nullopt : std::optional<Secret>(Secret(found->second));
  }
  void keep(const SessionKey& key, const Secret& session) override {
    check();
    kept[key.scheme] = session.reveal();
  }
  void remove(const SessionKey& key) override {
    check();
    kept.erase(key.scheme);
  }

  std::map<std::string, std::string> kept;
  int calls_left = 1'000;  // then it is locked

 private:
  void check() {
    if (calls_left == 0) throw Error(Layer::store, "the keyring is locked");
    --calls_left;
  }
};

class SessionMovesOfKeyrings : public testing::Test {
 protected:
  MovedSessions move(SessionStore& from, SessionStore& to) {
    return move_between({.from = from, .to = to, .places = {{key_}}, .switch_over = [this] {
                           if (cannot_switch_) throw Error(Layer::config, "changed");
                         }});
  }
  std::string in(SessionStore& store) {
    const auto stored = store.load(key_).session;
    return stored ? std::string(stored->reveal()) : "none";
  }

  const SessionKey key_ = key_of("oauth");
  test::TemporaryFolder folder_;
  std::shared_ptr<Keyring> service_ = std::make_shared<Keyring>();
  std::shared_ptr<FileSessionStore> files_ =
      std::make_shared<FileSessionStore>(folder_ / "sessions");
  SecretServiceStore keyring_{service_, files_, 20'000};
  bool cannot_switch_ = false;
};

TEST_F(SessionMovesOfKeyrings, LeadFromAFileToAKeyringAndBack) {
  files_->save(key_, Secret("session"));
  move(*files_, keyring_);
  EXPECT_EQ(in(*files_), "none");
  EXPECT_EQ(service_->kept["oauth"], "session");
  move(keyring_, *files_);
  EXPECT_EQ(in(*files_), "session");
  EXPECT_THAT(service_->kept, IsEmpty());
}

TEST_F(SessionMovesOfKeyrings, KeepTheFileIfTheKeyringIsLocked) {
  files_->save(key_, Secret("session"));
  service_->calls_left = 0;
  EXPECT_THAT(move(*files_, keyring_).note, HasSubstr("the keyring is locked"));
  EXPECT_EQ(in(*files_), "session");
}

TEST_F(SessionMovesOfKeyrings, AreUndone) {
  cannot_switch_ = true;
  files_->save(key_, Secret("session"));
  error_of([&] { move(*files_, keyring_); });
  EXPECT_EQ(in(*files_), "session");
  EXPECT_THAT(service_->kept, IsEmpty());
  keyring_.save(key_, Secret("session"));
  error_of([&] { move(keyring_, *files_); });
  EXPECT_EQ(in(*files_), "none");
  EXPECT_EQ(service_->kept["oauth"], "session");
}

}  // namespace
}  // namespace pintle
