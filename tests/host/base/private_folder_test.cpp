// SPDX-License-Identifier: Apache-2.0
//
// A folder that does not remain for long after its process is killed.

#include "base/private_folder.h"

#include <csignal>
#include <cstdlib>
#include <optional>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace pintle {
namespace {

namespace fs = std::filesystem;

class PrivateFolders : public testing::Test {
 protected:
  PrivateFolders() { ::setenv("TMPDIR", parent_.path().c_str(), 1); }
  ~PrivateFolders() override { ::unsetenv("TMPDIR"); }

  test::TemporaryFolder parent_;
};

TEST_F(PrivateFolders, AreForTheirUserAloneAndGoWithTheirOwner) {
  std::optional<PrivateFolder> folder(std::in_place, "test");
  struct stat facts {};
  ASSERT_EQ(::stat(folder->path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0700U);
  folder.reset();
  EXPECT_TRUE(fs::is_empty(parent_.path()));
}

TEST_F(PrivateFolders, OfKilledProcessesAreRemovedByTheNext) {
  const PrivateFolder in_use("test");
  const PrivateFolder of_others("other");
  const auto child = ::fork();
  if (child == 0) {
    const PrivateFolder left("test");
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  const auto folders = [&] {
    return std::distance(fs::directory_iterator(parent_.path()), fs::directory_iterator());
  };
  EXPECT_EQ(folders(), 3);
  const PrivateFolder next("test");
  EXPECT_EQ(folders(), 3);
  EXPECT_TRUE(fs::exists(in_use.path()));
}

}  // namespace
}  // namespace pintle
