// SPDX-License-Identifier: Apache-2.0
#include "broker/listener.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "broker/socket_folder.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace pintle::broker {
namespace {

using test::error_of;
using test::TemporaryFolder;
using testing::HasSubstr;

namespace fs = std::filesystem;

ListenAddress unix_in(const fs::path& folder) {
  return ListenAddress::parse("unix:" + (folder / "socket").string(), false);
}

ListenAddress unix_in(const TemporaryFolder& folder) { return unix_in(folder.path()); }

sockaddr_un socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

bool accepts(const std::string& path) {
  const UniqueFd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = socket_address(path);
  return ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

Error refusal_of(const ListenAddress& address) {
  return error_of([&] { const Listener listener(address); });
}

TEST(ListenAddress, IsOfThisMachineUnlessItIsMeant) {
  EXPECT_EQ(ListenAddress::parse("127.0.0.1:80", false).port, 80);
  EXPECT_EQ(ListenAddress::parse("[::1]:0", false).host, "::1");
  EXPECT_EQ(ListenAddress::parse("0.0.0.0:80", true).host, "0.0.0.0");
  for (const auto* other : {"0.0.0.0:80", "[::]:80", "10.1.2.3:80", "[fd00::1]:80"}) {
    EXPECT_THAT(error_of([&] { ListenAddress::parse(other, false); }).hint(), HasSubstr("--i-know"))
        << other;
  }
  for (const auto* bad : {"", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1",
                          "127.1:80", "::1:80", "localhost:80", "[127.0.0.1]:80", "unix:"}) {
    EXPECT_EQ(error_of([&] { ListenAddress::parse(bad, true); }).layer(), Layer::config) << bad;
  }
}

TEST(Listener, TakesAFreePort) {
  const Listener one(ListenAddress::parse("127.0.0.1:0", false));
  EXPECT_NE(one.address().port, 0);
  EXPECT_EQ(error_of([&] { const Listener two(one.address()); }).layer(), Layer::tcp);
}

TEST(Listener, MakesASocketForThisUserAloneAndRemovesIt) {
  const TemporaryFolder folder;
  const auto address = unix_in(folder);
  {
    const Listener listener(address);
    struct stat facts {};
    ASSERT_EQ(::stat(address.host.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
    const auto error = error_of([&] { const Listener second(address); });
    EXPECT_EQ(error.layer(), Layer::tcp) << "as for a port";
    EXPECT_THAT(error.message(), HasSubstr("in use"));
    EXPECT_TRUE(accepts(address.host));
  }
  EXPECT_FALSE(std::filesystem::exists(address.host));
}

TEST(Listener, ReplacesTheSocketOfAProgramThatEnded) {
  const TemporaryFolder folder;
  const auto address = unix_in(folder);
  {
    std::optional<Listener> first(address);
    // As if it had been killed: its socket stays, and nobody listens.
    std::filesystem::rename(address.host, address.host + "-kept");
    first.reset();
    std::filesystem::rename(address.host + "-kept", address.host);
  }
  const Listener second(address);
  EXPECT_TRUE(std::filesystem::is_socket(address.host));
}

TEST(Listener, RemovesNoSuccessorsSocket) {
  const TemporaryFolder folder;
  const auto address = unix_in(folder);
  std::optional<Listener> first(address);
  std::filesystem::rename(address.host, address.host + "-kept");
  const Listener second(address);
  first.reset();
  EXPECT_TRUE(std::filesystem::is_socket(address.host));
}

TEST(Listener, RefusesAFileInItsPlace) {
  const TemporaryFolder folder;
  const auto address = unix_in(folder);
  std::ofstream(address.host) << "precious";
  EXPECT_THAT(refusal_of(address).message(), HasSubstr("is not a socket"));
  EXPECT_EQ(fs::file_size(address.host), 8u);
}

TEST(Listener, RefusesAFolderThatOthersMayWriteOrReplace) {
  const TemporaryFolder folder;
  const auto open = folder / "open";
  const auto own = open / "own";
  fs::create_directories(own);
  // `in`: where the socket is to be; `mode`: of the folder `open`, which is or holds it.
  const auto refused = [&](const fs::path& in, mode_t mode) {
    EXPECT_EQ(::chmod(open.c_str(), mode), 0);
    return refusal_of(unix_in(in));
  };
  for (const mode_t mode : {0777U, 01777U, 0702U}) {
    const auto error = refused(open, mode);
    EXPECT_EQ(error.layer(), Layer::config) << std::oct << mode;
    EXPECT_THAT(error.message(), HasSubstr("writable by everyone"));
  }
  EXPECT_THAT(refused(own, 0777U).message(), HasSubstr((open.string() + " is writable").c_str()));
  // As /tmp: nobody may rename what belongs to another there.
  ::chmod(open.c_str(), 01777);
  const Listener listener(unix_in(own));
  EXPECT_TRUE(accepts(listener.address().host));
  ::chmod(open.c_str(), 0700);
}

TEST(Listener, RefusesAFolderOfAnotherUser) {
  const TemporaryFolder folder;
  fs::path others = "/";
  if (::geteuid() == 0) {
    others = folder.path();
    ASSERT_EQ(::chown(others.c_str(), 12'345, 12'345), 0);
  }
  EXPECT_THAT(refusal_of(unix_in(others)).message(), HasSubstr("belongs to another user"));
}

TEST(Listener, NamesItsSocketWithoutLinksThatOthersCouldTurn) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "real");
  fs::create_directory_symlink(folder / "real", folder / "link");
  const Listener listener(unix_in(folder / "link"));
  EXPECT_EQ(listener.address().host, (folder / "real/socket").string());
  EXPECT_EQ(refusal_of(unix_in(folder / "nothing")).layer(), Layer::config);
}

// Until another broker listens, its socket looks like that of a program that has ended.
TEST(Listener, WaitsForABrokerThatStartsAtTheSameTime) {
  const TemporaryFolder folder;
  const auto address = unix_in(folder);
  std::optional<SocketFolderLock> lock(folder.path());
  const UniqueFd other(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto name = socket_address(address.host);
  ASSERT_EQ(::bind(other.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  auto refused = std::async(std::launch::async, [&] { return refusal_of(address); });
  EXPECT_EQ(refused.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
  ASSERT_EQ(::listen(other.get(), 8), 0);
  lock.reset();
  EXPECT_EQ(refused.get().layer(), Layer::tcp);
  EXPECT_TRUE(accepts(address.host)) << "it is still there";
}

}  // namespace
}  // namespace pintle::broker
