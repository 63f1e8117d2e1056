// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/files/durable_file.h>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace pintle {
namespace {

using test::error_of;
using test::TemporaryFolder;
using testing::HasSubstr;

mode_t mode_of(const std::filesystem::path& path) {
  struct stat facts {};
  ::stat(path.c_str(), &facts);
  return facts.st_mode & 07777;
}

TEST(DurableFile, IsReadBackAsItWasWrittenAndIsNobodyElses) {
  const TemporaryFolder folder;
  const auto file = folder / "deep/er/file";
  write_file_durably(file, std::string_view("a\0b", 3));
  EXPECT_EQ(read_file(file, 100), std::string("a\0b", 3));
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(mode_of(file.parent_path()), 0700U);
  EXPECT_EQ(read_file(folder / "missing", 100), std::nullopt);
}

TEST(DurableFile, RefusesWhatIsTooLargeOrNoFile) {
  const TemporaryFolder folder;
  test::write_text(folder / "ten", "0123456789");
  EXPECT_EQ(read_file(folder / "ten", 10), "0123456789");
  EXPECT_THROW(read_file(folder / "ten", 9), Error);
  EXPECT_THROW(read_file(folder.path(), 10), Error);
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THROW(read_file(folder / "pipe", 10), Error);  // And does not hang.
}

TEST(DurableFile, LeavesTheOldFileWhereTheNewOneCannotBeWritten) {
  const TemporaryFolder folder;
  const auto file = folder / "file";
  write_file_durably(file, "old");
  // A child, because the limit on a file's size cannot be undone for the test program.
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write_file_durably(file, std::string(5000, 'x'));
      ::_exit(1);
    } catch (const Error& error) {
      ::_exit(error.layer() == Layer::store ? 0 : 2);
    }
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_file(file, 100), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

// A child that the kernel kills while it writes `file`.
void be_killed_while_writing(const std::filesystem::path& file) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_DFL);
    write_file_durably(file, std::string(5000, 'x'));
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
}

TEST(DurableFile, RemovesWhatAKilledProcessLeftBehindOfTheSameFile) {
  const TemporaryFolder folder;
  const auto file = folder / "file";
  be_killed_while_writing(file);
  be_killed_while_writing(file);
  be_killed_while_writing(folder / "other");
  EXPECT_EQ(unfinished_writes(file).size(), 2U);
  write_file_durably(file, "new");
  EXPECT_EQ(unfinished_writes(file).size(), 0U);
  EXPECT_EQ(unfinished_writes(folder / "other").size(), 1U);
  EXPECT_EQ(read_file(file, 100), "new");
}

TEST(DurableFile, LeavesAloneWhatAnotherProcessIsWriting) {
  const TemporaryFolder folder;
  const auto file = folder / "file";
  be_killed_while_writing(file);
  const FileLock alive(unfinished_writes(file).at(0), 0);
  write_file_durably(file, "new");
  EXPECT_EQ(unfinished_writes(file).size(), 1U);
}

TEST(DurableFile, FollowsNoLinkThatLooksLikeALeftover) {
  const TemporaryFolder folder;
  test::write_text(folder / "precious", "x");
  std::filesystem::create_symlink(folder / "precious", folder / ".file.abcdef");
  write_file_durably(folder / "file", "new");
  EXPECT_TRUE(std::filesystem::exists(folder / "precious"));
}

TEST(DurableFile, IsNotAbandonedForAsLongAsItsWriterHoldsIt) {
  const TemporaryFolder folder;
  const auto file = folder / "file";
  {
    ReservedFile held(file, 0);
    held.append("alive");
    held.commit();
    EXPECT_FALSE(remove_if_abandoned(file));
    EXPECT_EQ(read_file(file, 100), "alive");
  }
  std::filesystem::create_symlink(file, folder / "link");
  EXPECT_FALSE(remove_if_abandoned(folder / "link"));
  EXPECT_TRUE(remove_if_abandoned(file));
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_FALSE(remove_if_abandoned(file));
}

TEST(DurableFile, LosesNoWriteWhereManyWriteTheSameFile) {
  const TemporaryFolder folder;
  const auto file = folder / "file";
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i) {
      writers.emplace_back([&] {
        for (int n = 0; n < 50; ++n) EXPECT_NO_THROW(write_file_durably(file, "whole"));
      });
    }
  }
  EXPECT_EQ(read_file(file, 100), "whole");
  EXPECT_EQ(unfinished_writes(file).size(), 0U);
}

TEST(FileLock, KeepsAnotherOutUntilItDies) {
  const TemporaryFolder folder;
  const auto file = folder / "lock";
  {
    const FileLock first(file, 0);
    const auto error = error_of([&] { const FileLock second(file, 20); });
    EXPECT_EQ(error.layer(), Layer::store);
    EXPECT_TRUE(error.can_retry());
    EXPECT_THAT(error.message(), HasSubstr("another process"));
  }
  EXPECT_NO_THROW(FileLock(file, 0));
}

// How often this process has `file` open.
std::size_t times_open(const std::filesystem::path& file) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    if (std::filesystem::read_symlink(entry.path(), error) == file && !error) ++count;
  }
  return count;
}

TEST(FileLock, IsOnTheFileThatHasTheNameInTheEnd) {
  const TemporaryFolder folder;
  const auto file = std::filesystem::canonical(folder.path()) / "lock";
  std::optional<FileLock> first(std::in_place, file, 0);
  std::optional<FileLock> second;
  std::thread waiting([&] { second.emplace(file, 10'000); });
  while (times_open(file) < 2) std::this_thread::yield();
  std::filesystem::remove(file);
  first.reset();
  waiting.join();
  EXPECT_EQ(error_of([&] { const FileLock third(file, 0); }).layer(), Layer::store);
}

}  // namespace
}  // namespace pintle
