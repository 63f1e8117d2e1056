// SPDX-License-Identifier: Apache-2.0
//
// The folder of a practice gateway, which does not remain for long after the process is killed.

#include <csignal>
#include <cstdlib>
#include <optional>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "practice/state/private_folder.h"
#include "support/temporary_folder.h"

namespace pintle::practice {
namespace {

namespace fs = std::filesystem;

class PrivateFolders : public testing::Test {
 protected:
  PrivateFolders() { ::setenv("TMPDIR", parent_.path().c_str(), 1); }
  ~PrivateFolders() override { ::unsetenv("TMPDIR"); }

  test::TemporaryFolder parent_;
};

TEST_F(PrivateFolders, AreForTheirUserAloneAndGoWithTheirOwner) {
  std::optional<PrivateFolder> folder(std::in_place);
  struct stat facts {};
  ASSERT_EQ(::stat(folder->path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0700U);
  folder.reset();
  EXPECT_TRUE(fs::is_empty(parent_.path()));
}

TEST_F(PrivateFolders, OfKilledProcessesAreRemovedByTheNext) {
  const PrivateFolder in_use;
  const auto child = ::fork();
  if (child == 0) {
    const PrivateFolder left;
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  const auto folders = [&] {
    return std::distance(fs::directory_iterator(parent_.path()), fs::directory_iterator());
  };
  EXPECT_EQ(folders(), 2);
  const PrivateFolder next;
  EXPECT_EQ(folders(), 2);
  EXPECT_TRUE(fs::exists(in_use.path()));
}

}  // namespace
}  // namespace pintle::practice
