// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/files/durable_file.h>
#include <pintle/session_store.h>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace pintle {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using testing::HasSubstr;

SessionKey key_of(const char* connection = "home", const char* url = "https://gateway.example",
                  const char* scheme = "oauth") {
  return {connection, GatewayUrl::parse(url), scheme};
}

unsigned mode_of(const fs::path& path) {
  struct stat facts {};
  EXPECT_EQ(::lstat(path.c_str(), &facts), 0);
  return facts.st_mode & 07777;
}

struct FileSessionStoreTest : testing::Test {
  test::TemporaryFolder folder;
  fs::path sessions = folder / "state/pintle/sessions";
  FileSessionStore store{sessions};

  std::string load(const SessionKey& key) {
    const auto found = store.load(key);
    return found.session ? std::string(found.session->reveal()) : "nothing";
  }
};

TEST_F(FileSessionStoreTest, GivesBackWhatItWasGivenByteForByte) {
  const std::string bytes("{\"a\":\"\0\n\r\xff\"}", 12);
  EXPECT_EQ(store.save(key_of(), Secret(bytes)), "");
  EXPECT_EQ(load(key_of()), bytes);
  EXPECT_EQ(mode_of(sessions), 0700u);
  EXPECT_EQ(mode_of(sessions / "home"), 0600u);
  EXPECT_EQ(store.where(key_of()), "file " + (sessions / "home").string());
}

TEST_F(FileSessionStoreTest, GivesASessionToNobodyElse) {
  store.save(key_of(), Secret("secret"));
  fs::copy_file(sessions / "home", sessions / "work");
  struct Row {
    const char* what;
    SessionKey key;
  };
  const Row table[] = {{"another gateway", key_of("home", "https://gateway.example:8443")},
                       {"another prefix", key_of("home", "https://gateway.example/hermes")},
                       {"plain http", key_of("home", "http://gateway.example")},
                       {"another scheme", key_of("home", "https://gateway.example", "token")},
                       {"a copied file", key_of("work")},
                       {"no name", key_of("")}};
  for (const auto& row : table) {
    SCOPED_TRACE(row.what);
    EXPECT_EQ(load(row.key), "nothing");
  }
}

TEST_F(FileSessionStoreTest, NamesNoGatewayInTheFolderWhereTheConnectionHasNoName) {
  store.save(key_of(""), Secret("secret"));
  EXPECT_EQ(load(key_of("")), "secret");
  EXPECT_THAT(store.where(key_of("")), testing::Not(HasSubstr("gateway")));
}

TEST_F(FileSessionStoreTest, SetsADamagedFileAsideAndNamesIt) {
  for (const std::string& text :
       {std::string(), std::string("hello"), std::string("\0\0\0\0", 4),
        std::string("pintle-session 1\nhome\n"), std::string("pintle-session x\nhome\n")}) {
    SCOPED_TRACE(testing::PrintToString(text));
    store.save(key_of(), Secret("secret"));
    test::write_text(sessions / "home", text);
    const auto found = store.load(key_of());
    EXPECT_FALSE(found.session);
    EXPECT_TRUE(found.damaged);
    EXPECT_THAT(found.note, HasSubstr(".home.corrupt-"));
    EXPECT_FALSE(fs::exists(sessions / "home"));
    EXPECT_FALSE(store.load(key_of()).damaged) << "it is in nobody's way any more";
  }
}

TEST_F(FileSessionStoreTest, NoticesEveryFlippedBit) {
  store.save(key_of(), Secret("secret"));
  const auto whole = test::read_text(sessions / "home");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    SCOPED_TRACE(i);
    auto text = whole;
    text[i] = static_cast<char>(text[i] ^ 1);
    test::write_text(sessions / "home", text);
    try {
      EXPECT_EQ(load(key_of()), "nothing");
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("newer version"));
    }
    fs::remove(sessions / ".home.corrupt-1");
  }
}

TEST_F(FileSessionStoreTest, LeavesTheFileOfANewerVersionAlone) {
  store.save(key_of(), Secret("secret"));
  test::write_text(sessions / "home", "pintle-session 2\nwho knows what");
  const auto error = error_of([&] { return store.load(key_of()); });
  EXPECT_EQ(error.layer(), Layer::store);
  EXPECT_THAT(error.what(), HasSubstr("newer version"));
  EXPECT_EQ(test::read_text(sessions / "home"), "pintle-session 2\nwho knows what");
}

TEST_F(FileSessionStoreTest, FollowsNoSymbolicLink) {
  store.save(key_of("other"), Secret("secret"));
  fs::create_symlink(sessions / "other", sessions / "home");
  EXPECT_THAT(error_of([&] { return store.load(key_of()); }).what(), HasSubstr("symbolic link"));
  // Writing replaces the link with a file and does not change its target.
  store.save(key_of(), Secret("mine"));
  EXPECT_EQ(load(key_of()), "mine");
  EXPECT_EQ(load(key_of("other")), "secret");
  fs::create_symlink(folder / "elsewhere", sessions / ".link.lock");
  EXPECT_EQ(error_of([&] { return store.lock(key_of("link"), 0); }).layer(), Layer::store);
  EXPECT_FALSE(fs::exists(folder / "elsewhere"));
}

TEST_F(FileSessionStoreTest, MendsModesThatAreTooWideAndSaysSo) {
  store.save(key_of(), Secret("secret"));
  ::chmod(sessions.c_str(), 0755);
  EXPECT_THAT(store.load(key_of()).note, HasSubstr("mode was corrected"));
  EXPECT_EQ(mode_of(sessions), 0700u);
  ::chmod((sessions / "home").c_str(), 0644);
  EXPECT_THAT(store.load(key_of()).note, HasSubstr((sessions / "home").string()));
  EXPECT_EQ(mode_of(sessions / "home"), 0600u);
  EXPECT_EQ(store.load(key_of()).note, "");
  EXPECT_EQ(load(key_of()), "secret");
}

TEST_F(FileSessionStoreTest, RefusesAFileThatIsAFolder) {
  fs::create_directories(sessions / "home");
  EXPECT_EQ(error_of([&] { return store.load(key_of()); }).layer(), Layer::store);
  EXPECT_EQ(error_of([&] { return store.save(key_of(), Secret("x")); }).layer(), Layer::store);
  EXPECT_TRUE(fs::is_empty(sessions / "home"));
}

TEST_F(FileSessionStoreTest, RemovesWhatAKilledProcessLeftBehindAndNothingElse) {
  store.save(key_of(), Secret("secret"));
  store.save(key_of("home.abcdef"), Secret("of another name"));
  for (const char* name :
       {".home.aB3dE6", ".home.lock", ".home.corrupt-1", ".other.aB3dE6", ".home.alive1"}) {
    test::write_text(sessions / name, "half a se");
  }
  const FileLock of_a_living_writer(sessions / ".home.alive1", 0);
  store.save(key_of(), Secret("fresh"));
  EXPECT_FALSE(fs::exists(sessions / ".home.aB3dE6"));
  for (const char* name :
       {".home.lock", ".home.corrupt-1", ".other.aB3dE6", ".home.alive1", "home.abcdef"}) {
    EXPECT_TRUE(fs::exists(sessions / name)) << name;
  }
}

TEST_F(FileSessionStoreTest, ForgetsWhatWasSetAsideAsDamagedToo) {
  store.save(key_of(), Secret("secret"));
  for (const char* name : {".home.corrupt-1", ".home.corrupt-7"}) {
    test::write_text(sessions / name, "half a secret");
  }
  store.erase(key_of());
  EXPECT_FALSE(fs::exists(sessions / ".home.corrupt-1"));
  EXPECT_FALSE(fs::exists(sessions / ".home.corrupt-7"));
}

TEST_F(FileSessionStoreTest, TakesWhatAKilledProcessHadWrittenAndNotYetPutInPlace) {
  store.save(key_of(), Secret("newest"));
  fs::rename(sessions / "home", sessions / ".home.aB3dE6");
  store.save(key_of("other"), Secret("of another"));
  fs::copy_file(sessions / "other", sessions / ".home.other1");
  test::write_text(sessions / ".home.half12", "pintle-session 1\nhome\nhttps://gat");
  EXPECT_EQ(load(key_of()), "newest");
  // An older one is not used.
  store.save(key_of("home"), Secret("old"));
  fs::rename(sessions / "home", sessions / ".home.aB3dE6");
  fs::last_write_time(sessions / ".home.aB3dE6",
                      fs::file_time_type::clock::now() - std::chrono::seconds(10));
  store.save(key_of(), Secret("new"));
  EXPECT_EQ(load(key_of()), "new");
  // A signed-out session does not return.
  fs::copy_file(sessions / "home", sessions / ".home.young1");
  store.erase(key_of());
  EXPECT_EQ(load(key_of()), "nothing");
}

TEST_F(FileSessionStoreTest, TakesNothingFromAProcessThatIsStillWriting) {
  store.save(key_of(), Secret("being written"));
  fs::rename(sessions / "home", sessions / ".home.aB3dE6");
  const FileLock writing(sessions / ".home.lock", 0);
  EXPECT_EQ(load(key_of()), "nothing");
  EXPECT_TRUE(fs::exists(sessions / ".home.aB3dE6"));
}

TEST_F(FileSessionStoreTest, ErasesWithoutAComplaintWhatIsNotThere) {
  store.erase(key_of());
  store.save(key_of(), Secret("secret"));
  store.erase(key_of());
  EXPECT_EQ(load(key_of()), "nothing");
}

TEST_F(FileSessionStoreTest, LetsOneAtATimeHaveTheLockOfASession) {
  auto first = store.lock(key_of(), 0);
  const auto error = error_of([&] { return store.lock(key_of(), 1); });
  EXPECT_TRUE(error.can_retry());
  EXPECT_TRUE(store.lock(key_of("work"), 0)) << "another session's";
  first.reset();
  EXPECT_TRUE(store.lock(key_of(), 0));
}

}  // namespace
}  // namespace pintle
