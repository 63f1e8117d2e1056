// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <pintle/core/text/printable.h>

namespace pintle {
namespace {

// One of each class of code points that must not reach a terminal, and the borders of the ranges.
const struct {
  const char* what;
  std::string raw;
  std::string expected;
  std::string in_json;
} kClasses[] = {
    {"NUL", std::string(1, '\0'), "\\x00", "\\u0000"},
    {"bell", "\a", "\\x07", "\\u0007"},
    {"escape", "\x1b[31m", "\\x1b[31m", "\\u001b[31m"},
    {"last C0", "\x1f", "\\x1f", "\\u001f"},
    {"DEL", "\x7f", "\\x7f", "\\u007f"},
    {"first C1", "\xc2\x80", "\\x80", "\\u0080"},
    {"C1 CSI", "\xc2\x9b", "\\x9b", "\\u009b"},
    {"C1 OSC", "\xc2\x9d", "\\x9d", "\\u009d"},
    {"last C1", "\xc2\x9f", "\\x9f", "\\u009f"},
    {"a raw C1 byte", "\x9b", "\\x9b", "\\ufffd"},
    {"a cut character", "\xe2\x80", "\\xe2\\x80", "\\ufffd\\ufffd"},
    {"Arabic letter mark", "\u061c", "\\u{61c}", "\\u061c"},
    {"zero-width space", "\u200b", "\\u{200b}", "\\u200b"},
    {"left-to-right mark", "\u200e", "\\u{200e}", "\\u200e"},
    {"right-to-left mark", "\u200f", "\\u{200f}", "\\u200f"},
    {"line separator", "\u2028", "\\u{2028}", "\\u2028"},
    {"paragraph separator", "\u2029", "\\u{2029}", "\\u2029"},
    {"first embedding", "\u202a", "\\u{202a}", "\\u202a"},
    {"right-to-left override", "\u202e", "\\u{202e}", "\\u202e"},
    {"word joiner", "\u2060", "\\u{2060}", "\\u2060"},
    {"first isolate", "\u2066", "\\u{2066}", "\\u2066"},
    {"pop isolate", "\u2069", "\\u{2069}", "\\u2069"},
    {"byte order mark", "\ufeff", "\\u{feff}", "\\ufeff"},
    {"annotation", "\ufff9", "\\u{fff9}", "\\ufff9"},
    {"tag", "\U000e0041", "\\u{e0041}", "\\udb40\\udc41"},
};

TEST(Printable, ShowsEveryClassOfUnprintableCharacterAsACode) {
  for (const auto& one : kClasses) {
    SCOPED_TRACE(one.what);
    EXPECT_EQ(printable("a" + one.raw + "b"), "a" + one.expected + "b");
    EXPECT_EQ(printable(printable(one.raw)), one.expected) << "twice is once";
  }
}

TEST(Printable, WritesEveryClassInJsonSoThatTheValueStaysTheSame) {
  for (const auto& one : kClasses) {
    SCOPED_TRACE(one.what);
    const auto json = printable_json("{\"a" + one.raw + "b\":[\"" + one.raw + "\"]}");
    EXPECT_EQ(json, "{\"a" + one.in_json + "b\":[\"" + one.in_json + "\"]}");
    simdjson::dom::parser parser;
    std::string_view value;
    ASSERT_EQ(parser.parse(json)["a" + one.raw + "b"].at(0).get(value),
              one.in_json.find("ufffd") == std::string::npos ? simdjson::SUCCESS
                                                             : simdjson::NO_SUCH_FIELD);
    if (!value.empty()) {
      EXPECT_EQ(value, one.raw);
    }
  }
}

TEST(Printable, LeavesWhatIsOrdinaryTextAnywhere) {
  // Letters of several scripts, an emoji of several parts, a no-break space, the two joiners.
  const std::string text =
      "Grüße, 日本語, مرحبا, \U0001f469\u200d\U0001f4bb, a\u00a0b, می\u200cخواهم";
  EXPECT_EQ(printable(text), text);
  EXPECT_EQ(printable_json("{\n\t\"a\": \"" + text + "\"\r\n}"),
            "{\n\t\"a\": \"" + text + "\"\r\n}");
}

TEST(Printable, IsCutBetweenCharacters) {
  EXPECT_EQ(printable("äöü", 4), "äö…");
  EXPECT_EQ(printable("äöü", 5), "äö…");
  EXPECT_EQ(printable("äöü", 6), "äöü");
}

TEST(Printable, LowersTheFirstLetterOfALabelWithinASentence) {
  struct Row {
    const char* label;
    const char* expected;
  };
  for (const auto& row :
       {Row{"Session token", "session token"}, Row{"API key", "API key"}, Row{"PIN", "PIN"},
        Row{"password", "password"}, Row{"", ""}, Row{"\xc3\x84pfel", "\xc3\x84pfel"}}) {
    EXPECT_EQ(within_sentence(row.label), row.expected);
  }
}

}  // namespace
}  // namespace pintle
