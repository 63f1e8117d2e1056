// SPDX-License-Identifier: Apache-2.0
//
// What the exit of a process waits for.

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "live/exit_guard.h"

namespace pintle::live {
namespace {

std::atomic<bool> is_over{false};

// Exits while a thread still has work; the exit code tells whether it finished.
[[noreturn]] void exit_with_something_left() {
  std::atexit([] { ::_exit(is_over ? 0 : 1); });  // Runs after what is registered later.
  auto left = std::make_unique<ExitGuard>();
  left->begin();
  std::thread([left = std::move(left)]() mutable {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    is_over = true;
    left.reset();
  }).detach();
  std::exit(2);
}

TEST(LiveLeftBehindDeathTest, IsWaitedForWhenTheProcessExits) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(exit_with_something_left(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace pintle::live
