// SPDX-License-Identifier: Apache-2.0
#include "broker/listener.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace pintle::broker {
namespace {

using test::error_of;
using test::TemporaryFolder;
using testing::HasSubstr;

ListenAddress unix_in(const TemporaryFolder& folder) {
  return ListenAddress::parse("unix:" + (folder / "socket").string(), false);
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
    EXPECT_THAT(error_of([&] { const Listener second(address); }).message(),
                HasSubstr("another program listens"));
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

TEST(Listener, RefusesAFileAndAFolderThatOthersMayWrite) {
  const TemporaryFolder folder;
  const auto address = unix_in(folder);
  std::ofstream(address.host) << "precious";
  EXPECT_THAT(error_of([&] { const Listener listener(address); }).message(),
              HasSubstr("is not a socket"));
  EXPECT_EQ(std::filesystem::file_size(address.host), 8u);
  std::filesystem::remove(address.host);
  ::chmod(std::filesystem::path(address.host).parent_path().c_str(), 0777);
  EXPECT_THAT(error_of([&] { const Listener listener(address); }).message(),
              HasSubstr("other users may write"));
}

}  // namespace
}  // namespace pintle::broker
