// SPDX-License-Identifier: Apache-2.0
//
// A session and a full disk: no request is sent whose response could not be stored.

#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/files/durable_file.h>

#include "session_process.h"
#include "support/error_of.h"
#include "support/practice_host.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;

constexpr practice::Gate kGates[] = {practice::Gate::cookie, practice::Gate::native};

// Lets no file grow during its lifetime, as a full disk does.
class NoGrowth {
 public:
  NoGrowth() {
    before_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit none{0, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~NoGrowth() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    ::signal(SIGXFSZ, before_);
  }

 private:
  rlimit limit_{};
  void (*before_)(int) = nullptr;
};

// A separate file system that is really full; requires the right to mount one.
class SmallDisk {
 public:
  SmallDisk() {
    is_there_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=64k,mode=0700") == 0;
    if (!is_there_) why_not_ = std::strerror(errno);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (is_there_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }

  bool is_there() const { return is_there_; }
  const std::string& why_not() const { return why_not_; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  void fill() const {
    std::ofstream out(folder_ / "filler", std::ios::binary);
    const std::string block(4096, 'x');
    while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void free() const { std::filesystem::remove(folder_ / "filler"); }

 private:
  TemporaryFolder folder_;
  bool is_there_ = false;
  std::string why_not_;
};

template <class Full, class Free>
void expect_no_refresh_while(PracticeHost& host, Full&& fill, Free&& free) {
  host.sign_in();
  auto connection = host.connect();
  EXPECT_EQ(get_sessions(connection), 200);
  const auto before = host.stored();

  fill();
  host.now += kAccessLife - 12'500;  // due, and good for a while
  int status = 0;
  EXPECT_NO_THROW(status = get_sessions(connection));
  EXPECT_EQ(status, 200) << "what is held works until it lapses";
  EXPECT_TRUE(connection.store_trouble());
  host.now += 30'000;
  const auto error = error_of([&] { return get_sessions(connection); });
  const auto dial = error_of([&] { return connection.ws_url(); });
  const auto after = host.stored();
  free();

  for (const auto& one : {error, dial}) {
    EXPECT_EQ(one.layer(), Layer::store) << one.what();
    EXPECT_FALSE(one.needs_sign_in());
    EXPECT_TRUE(one.needs_user_action());
    EXPECT_THAT(one.message(), HasSubstr("cannot renew the session"));
    EXPECT_THAT(one.hint(), HasSubstr("Free some disk space"));
  }
  EXPECT_EQ(host.counters().refreshes, 0u);
  EXPECT_EQ(after, before);

  host.now += 2'000;
  EXPECT_EQ(get_sessions(connection), 200) << "it goes on by itself";
  EXPECT_FALSE(connection.store_trouble());
  EXPECT_EQ(host.counters().refreshes, 1u);
  auto next = host.connect();
  EXPECT_EQ(get_sessions(next), 200);
  EXPECT_EQ(host.counters().sign_ins, 1u);
  EXPECT_EQ(host.counters().reuse_detections, 0u);
}

TEST(SessionDisk, SendsNoRefreshWhoseAnswerCouldNotBeStored) {
  for (const auto gate : kGates) {
    SCOPED_TRACE(practice::name_of(gate));
    PracticeHost host(PracticeHost::usual(gate));
    std::optional<NoGrowth> full;
    expect_no_refresh_while(
        host, [&] { full.emplace(); }, [&] { full.reset(); });
  }
}

TEST(SessionDisk, SendsNoRefreshOnAFileSystemThatIsFull) {
  for (const auto gate : kGates) {
    SCOPED_TRACE(practice::name_of(gate));
    const SmallDisk disk;
    if (!disk.is_there()) GTEST_SKIP() << "no file system can be mounted here: " << disk.why_not();
    PracticeHost host(PracticeHost::usual(gate));
    host.store = std::make_shared<FileSessionStore>(disk / "sessions");
    expect_no_refresh_while(
        host, [&] { disk.fill(); }, [&] { disk.free(); });
  }
}

// The disk fills up while the refresh is in transit.
TEST(SessionDisk, StoresTheFreshSessionInTheRoomThatWasReserved) {
  const SmallDisk disk;
  if (!disk.is_there()) GTEST_SKIP() << "no file system can be mounted here: " << disk.why_not();
  FileSessionStore store(disk / "sessions");
  const SessionKey key{"home", GatewayUrl::parse("https://gateway.example"), "oauth"};
  store.save(key, Secret("old"));
  const auto reservation = store.reserve(key, 10'000);
  disk.fill();
  const Secret fresh(std::string(10'000, 's'));
  const auto plain = error_of([&] { store.save(key, fresh); });
  EXPECT_EQ(plain.layer(), Layer::store) << "there is no other space";
  store.save_in(*reservation, key, fresh);
  EXPECT_EQ(store.load(key).session->reveal(), fresh.reveal());
}

TEST(SessionDisk, GivesTheRoomBack) {
  PracticeHost host;
  const auto key = host.key();
  host.store->save(key, Secret("session"));
  host.store->reserve(key, 10'000).reset();
  EXPECT_TRUE(unfinished_writes(host.folder / "sessions/home").empty());
  EXPECT_EQ(host.stored(), "session");
}

TEST(SessionDisk, WhatAKilledProcessReservedIsNoSessionAndIsRemoved) {
  PracticeHost host;
  const auto key = host.key();
  host.store->save(key, Secret("session"));
  const auto file = host.folder / "sessions/home";
  const auto child = ::fork();
  if (child == 0) {
    const auto reservation = host.store->reserve(key, 10'000);
    ::_exit(0);  // as a kill: nothing is cleaned up
  }
  ::waitpid(child, nullptr, 0);
  ASSERT_EQ(unfinished_writes(file).size(), 1u);
  host.store->lock(key, 0).reset();  // looks for sessions that were left behind
  EXPECT_EQ(host.stored(), "session");
  host.store->save(key, Secret("next"));
  EXPECT_TRUE(unfinished_writes(file).empty());
}

}  // namespace
}  // namespace pintle::test
