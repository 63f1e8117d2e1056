// SPDX-License-Identifier: Apache-2.0
//
// In a child: what a process has given up it does not get back for the tests after it.

#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <gtest/gtest.h>

#include <pintle/process_memory.h>

namespace pintle {
namespace {

TEST(ProcessMemory, LeavesNoCoreFile) {
#ifndef __linux__
  GTEST_SKIP() << "other systems have a limit instead";
#else
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool kept = keep_memory_private().no_core_file;
    const bool dumpable = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
    ::_exit(kept ? (dumpable ? 1 : 0) : 2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "a sanitizer reads this process";
  EXPECT_EQ(WEXITSTATUS(status), 0);
#endif
}

}  // namespace
}  // namespace pintle
