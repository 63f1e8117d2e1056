// SPDX-License-Identifier: Apache-2.0
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "session/secret_service_store.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace pintle {
namespace {

using test::error_of;
using testing::HasSubstr;

class FakeService final : public SecretService {
 public:
  ~FakeService() override { wake(); }

  std::optional<Secret> look_up(const SessionKey& key) override {
    answer();
    const std::lock_guard lock(kept_mutex_);
    const auto found = kept.find(key.connection);
    if (found == kept.end()) return std::nullopt;
    return Secret(found->second);
  }
  void keep(const SessionKey& key, const Secret& session) override {
    answer();
    const std::lock_guard lock(kept_mutex_);  // a call that was given up may still come here
    kept[key.connection] = session.reveal();
  }
  void remove(const SessionKey& key) override {
    answer();
    const std::lock_guard lock(kept_mutex_);
    kept.erase(key.connection);
  }
  void wake() {
    const std::lock_guard lock(mutex_);
    hangs = false;
    woken_.notify_all();
  }

  std::map<std::string, std::string> kept;
  bool locked = false;
  bool hangs = false;

 private:
  std::mutex kept_mutex_;

  void answer() {
    std::unique_lock lock(mutex_);
    woken_.wait(lock, [&] { return !hangs; });
    if (locked) throw Error(Layer::store, "the keyring is locked").with_user_action();
  }
  std::mutex mutex_;
  std::condition_variable woken_;
};

struct SecretServiceStoreTest : testing::Test {
  test::TemporaryFolder folder;
  std::shared_ptr<FakeService> service = std::make_shared<FakeService>();
  std::shared_ptr<FileSessionStore> files = std::make_shared<FileSessionStore>(folder / "sessions");
  SecretServiceStore store{service, files, 20'000};
  SessionKey key{"home", GatewayUrl::parse("https://gateway.example"), "oauth"};

  static std::string text(const StoredSession& stored) {
    return stored.session ? std::string(stored.session->reveal()) : "nothing";
  }
};

TEST_F(SecretServiceStoreTest, KeepsTheSessionInTheServiceAndNoFile) {
  EXPECT_EQ(store.save(key, Secret("session")), "");
  EXPECT_EQ(service->kept["home"], "session");
  EXPECT_EQ(text(store.load(key)), "session");
  EXPECT_EQ(text(files->load(key)), "nothing");
  store.erase(key);
  EXPECT_EQ(text(store.load(key)), "nothing");
}

TEST_F(SecretServiceStoreTest, KeepsAFreshSessionInAFileWhereTheKeyringIsLockedAndSaysSo) {
  store.save(key, Secret("old"));
  service->locked = true;
  const auto note = store.save(key, Secret("fresh"));
  EXPECT_THAT(note, HasSubstr("the keyring is locked"));
  EXPECT_THAT(note, HasSubstr(files->where(key)));
  EXPECT_EQ(text(store.load(key)), "fresh");
  service->locked = false;
  EXPECT_EQ(text(store.load(key)), "fresh") << "and never the older one";
  EXPECT_EQ(store.save(key, Secret("fresher")), "");
  EXPECT_EQ(text(files->load(key)), "nothing") << "it is back in the keyring";
  EXPECT_EQ(text(store.load(key)), "fresher");
}

TEST_F(SecretServiceStoreTest, DoesNotTakeALockedKeyringForAnEmptyOne) {
  store.save(key, Secret("session"));
  service->locked = true;
  EXPECT_EQ(error_of([&] { return store.load(key); }).layer(), Layer::store);
  EXPECT_THROW(store.erase(key), Error);
}

TEST_F(SecretServiceStoreTest, WaitsNoLongerThanItsLimitForAServiceThatHangs) {
  SecretServiceStore hasty(service, files, 20);
  service->hangs = true;
  EXPECT_TRUE(error_of([&] { return hasty.load(key); }).can_retry());
  EXPECT_THAT(hasty.save(key, Secret("fresh")), HasSubstr("did not answer within 20 ms"));
  EXPECT_EQ(text(hasty.load(key)), "fresh");
  service->wake();
}

TEST(SecretServiceChoice, IsOptInByName) {
  test::TemporaryFolder folder;
  const auto files = std::make_shared<FileSessionStore>(folder / "sessions");
  EXPECT_EQ(session_store_named("", files), files);
  EXPECT_EQ(session_store_named("file", files), files);
  EXPECT_EQ(error_of([&] { return session_store_named("cloud", files); }).layer(), Layer::config);
}

// Run it in a session of its own with an unlocked keyring: under dbus-run-session, after `echo |
// gnome-keyring-daemon --unlock --components=secrets`, with PINTLE_TEST_KEYRING=1.
TEST(SecretServiceForReal, KeepsGivesBackAndRemoves) {
  if (std::getenv("PINTLE_TEST_KEYRING") == nullptr) {
    GTEST_SKIP() << "PINTLE_TEST_KEYRING is not set: no keyring that a test may write to";
  }
  const auto service = make_secret_service();
  if (!service) GTEST_SKIP() << "built without libsecret";
  const SessionKey key{"pintle-test", GatewayUrl::parse("https://gateway.example"), "oauth"};
  const std::string bytes("\0binary\n\xff", 9);
  EXPECT_FALSE(service->look_up(key));
  service->keep(key, Secret("first"));
  service->keep(key, Secret(bytes));
  const auto found = service->look_up(key);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->reveal(), bytes);
  service->remove(key);
  EXPECT_FALSE(service->look_up(key));
}

}  // namespace
}  // namespace pintle
