#include <csignal>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/error.h>
#include <pintle/loading/durable_file.h>

#include "support/temporary_folder.h"

namespace pintle {
namespace {

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
  EXPECT_THROW(read_file(folder / "pipe", 10), Error);  // and does not hang
}

TEST(DurableFile, LeavesTheOldFileWhereTheNewOneCannotBeWritten) {
  const TemporaryFolder folder;
  const auto file = folder / "file";
  write_file_durably(file, "old");
  // A child, for the limit on a file's size cannot be taken back for the whole test program.
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

TEST(FileLock, KeepsAnotherOutUntilItDies) {
  const TemporaryFolder folder;
  const auto file = folder / "lock";
  {
    const FileLock first(file, 0);
    try {
      const FileLock second(file, 20);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.layer(), Layer::store);
      EXPECT_TRUE(error.can_retry());
      EXPECT_THAT(error.happened(), HasSubstr("another process"));
    }
  }
  EXPECT_NO_THROW(FileLock(file, 0));
}

}  // namespace
}  // namespace pintle
