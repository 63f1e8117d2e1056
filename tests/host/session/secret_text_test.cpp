// SPDX-License-Identifier: Apache-2.0
//
// Secrets as programs on other systems write them, from every source.

#include "settings/secret_text.h"

#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/secret_source.h>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::string_literals;

const std::string kSecret = "pä€\U0001d11e";
const std::string kUtf16Little = "\xff\xfep\0\xe4\0\xac\x20\x34\xd8\x1e\xdd"s;
const std::string kUtf16Big = "\xfe\xff\0p\0\xe4\x20\xac\xd8\x34\xdd\x1e"s;

const struct {
  const char* what;
  std::string bytes;
} kForms[] = {
    {"plain", kSecret},
    {"line feed", kSecret + "\n"},
    {"CR LF", kSecret + "\r\n"},
    {"several line breaks", kSecret + "\r\n\r\n"},
    {"UTF-8 with a mark", "\xef\xbb\xbf" + kSecret},
    {"UTF-8 with a mark and CR LF", "\xef\xbb\xbf" + kSecret + "\r\n"},
    {"UTF-16 LE", kUtf16Little},
    {"UTF-16 LE with CR LF", kUtf16Little + "\r\0\n\0"s},
    {"UTF-16 BE", kUtf16Big},
    {"UTF-16 BE with CR LF", kUtf16Big + "\0\r\0\n"s},
};

class SecretForms : public testing::Test {
 protected:
  std::string file(const std::string& bytes) {
    const auto path = (folder_ / "secret").string();
    write_text(path, bytes);
    return path;
  }
  TemporaryFolder folder_;
};

TEST_F(SecretForms, AreReadFromAFile) {
  for (const auto& form : kForms) {
    SCOPED_TRACE(form.what);
    EXPECT_EQ(SecretSource::of(SecretSource::Kind::file, file(form.bytes)).read().reveal(),
              kSecret);
  }
}

TEST_F(SecretForms, AreReadFromACommand) {
  for (const auto& form : kForms) {
    SCOPED_TRACE(form.what);
    const auto source =
        SecretSource::of(SecretSource::Kind::command, "cat '" + file(form.bytes) + "'");
    EXPECT_EQ(source.read().reveal(), kSecret);
  }
}

TEST_F(SecretForms, AreReadFromAVariable) {
  for (const auto& form : kForms) {
    if (form.bytes.find('\0') != std::string::npos) continue;  // No variable can contain it.
    SCOPED_TRACE(form.what);
    ::setenv("PINTLE_TEST_SECRET", form.bytes.c_str(), 1);
    const auto source = SecretSource::of(SecretSource::Kind::environment, "PINTLE_TEST_SECRET");
    EXPECT_EQ(source.read().reveal(), kSecret);
  }
  ::unsetenv("PINTLE_TEST_SECRET");
}

TEST_F(SecretForms, AreNamedIfTheyCannotBeRead) {
  const struct {
    const char* what;
    std::string bytes;
    const char* says;
  } rows[] = {
      {"half a unit", kUtf16Little + "x", "malformed"},
      {"half a pair", "\xff\xfe\x34\xd8"s, "malformed"},
      {"the pair's second half", "\xff\xfe\x1e\xdd\x34\xd8"s, "malformed"},
      {"UTF-32 LE", "\xff\xfe\0\0p\0\0\0"s, "UTF-32"},
      {"UTF-32 BE", "\0\0\xfe\xff\0\0\0p"s, "UTF-32"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    const auto source = SecretSource::of(SecretSource::Kind::file, file(row.bytes));
    const auto error = error_of([&] { return source.read(); });
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_THAT(error.message(), testing::AllOf(HasSubstr(source.where()), HasSubstr(row.says)));
  }
}

TEST(SecretText, KnowsALineFeedFromHalfAnotherCharacter) {
  EXPECT_TRUE(ends_with_line_feed("a\n"));
  EXPECT_TRUE(ends_with_line_feed("\xff\xfe\n\0"s));
  EXPECT_TRUE(ends_with_line_feed("\xfe\xff\0\n"s));
  EXPECT_FALSE(ends_with_line_feed("\xff\xfe\n"s)) << "its second half is still to come";
  EXPECT_FALSE(ends_with_line_feed("\xff\xfe\0\n"s)) << "U+0A00";
  EXPECT_FALSE(ends_with_line_feed("\xfe\xff\n\0"s)) << "U+0A00";
  EXPECT_FALSE(ends_with_line_feed(""));
}

}  // namespace
}  // namespace pintle::test
