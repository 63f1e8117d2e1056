// SPDX-License-Identifier: Apache-2.0
#include "settings/command_words.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/settings.h>

#include "support/error_of.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;

TEST(CommandWords, AreSplitAsAShellSplitsThem) {
  struct Row {
    const char* line;
    Words words;
  };
  const Row kTable[] = {
      {"aws", {"aws"}},
      {"  aws \t get  ", {"aws", "get"}},
      {"/usr/bin/aws 'a b' \"c d\"", {"/usr/bin/aws", "a b", "c d"}},
      {"aws --profile='my profile'x", {"aws", "--profile=my profilex"}},
      {R"(aws a\ b \\ \' \$x)", {"aws", "a b", "\\", "'", "$x"}},
      {R"(aws "a\"b" "a\b" "\$HOME" 'a\b$')", {"aws", "a\"b", "a\\b", "$HOME", "a\\b$"}},
      {"aws '' \"\"", {"aws", "", ""}},
      {"aws ~ * #", {"aws", "~", "*", "#"}},
      {"aws \xc3\xa9", {"aws", "\xc3\xa9"}},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.line);
    EXPECT_EQ(command_words(row.line), row.words);
  }
}

TEST(CommandWords, AreRefusedIfOnlyAShellUnderstandsThem) {
  struct Row {
    std::string line;
    const char* why;
  };
  const Row kTable[] = {
      {"", "names no program"},
      {" ", "names no program"},
      {"''", "names no program"},
      {"aws 'a", "' is not closed"},
      {"aws \"a", "\" is not closed"},
      {"aws \\", "ends with a backslash"},
      {"aws | head", "runs without a shell"},
      {"aws && x", "runs without a shell"},
      {"aws; x", "runs without a shell"},
      {"aws > file", "runs without a shell"},
      {"aws $HOME", "runs without a shell"},
      {"aws \"$HOME\"", "runs without a shell"},
      {"aws `x`", "runs without a shell"},
      {"./aws", "depends on the current folder"},
      {"bin/aws", "depends on the current folder"},
      {"aws\nx", "must be one line"},
      {std::string("aws\0x", 5), "must be one line"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.line);
    const auto error = error_of([&] { return command_words(row.line); });
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_THAT(error.message(), HasSubstr(row.why));
  }
}

TEST(CommandWords, OfAHelperHaveAName) {
  EXPECT_FALSE(error_if_any([] { check_helper("aws", "aws get"); }));
  for (const char* name : {"", "a b", "-a", "../a", "a=b"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(error_of([&] { check_helper(name, "aws"); }).layer(), Layer::config);
  }
  EXPECT_EQ(error_of([] { check_helper("aws", "a | b"); }).layer(), Layer::config);
}

}  // namespace
}  // namespace pintle::test
