// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <pintle/core/text/ascii.h>

namespace pintle {
namespace {

TEST(Ascii, TrimsBlanksAndIfAskedLineEndsAtBothEndsAlone) {
  EXPECT_EQ(ascii::trim(" \ta b\t "), "a b");
  EXPECT_EQ(ascii::trim("\na\r\n"), "\na\r\n");
  EXPECT_EQ(ascii::trim_lines("\r\n \ta\r\nb\t \n"), "a\r\nb");
  EXPECT_EQ(ascii::trim_lines(" \t\r\n"), "");
  EXPECT_EQ(ascii::trim_lines(""), "");
  EXPECT_EQ(ascii::trim_lines("\v\fa"), "\v\fa");
}

}  // namespace
}  // namespace pintle
