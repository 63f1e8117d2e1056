// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/error_display.h"

#include <string>

#include <gtest/gtest.h>

#include "support/variable.h"

namespace pintle::program {
namespace {

std::string shown() {
  testing::internal::CaptureStderr();
  {
    ErrorDisplay display("/folder/scheme.py");
    for (const char* piece : {"one\ntw", "o \x1b[2J\n", "the", " rest"}) display.add(piece);
  }
  return testing::internal::GetCapturedStderr();
}

TEST(ErrorDisplay, ShowsWholeLinesAndNoControlCharacters) {
  const test::Variable on(ErrorDisplay::kVariable, "1");
  EXPECT_EQ(shown(), "scheme.py: one\nscheme.py: two \\x1b[2J\nscheme.py: the rest\n");
}

TEST(ErrorDisplay, IsOffUnlessTheVariableSaysOne) {
  EXPECT_EQ(shown(), "");
  const test::Variable other(ErrorDisplay::kVariable, "yes");
  EXPECT_EQ(shown(), "");
}

TEST(ErrorDisplay, CutsAnEndlessLine) {
  const test::Variable on(ErrorDisplay::kVariable, "1");
  testing::internal::CaptureStderr();
  {
    ErrorDisplay display("x");
    for (int i = 0; i < 100; ++i) display.add(std::string(1000, 'a'));
  }
  EXPECT_LT(testing::internal::GetCapturedStderr().size(), 5'000U);
}

}  // namespace
}  // namespace pintle::program
