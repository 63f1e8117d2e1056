// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include <pintle/core/text/json.h>

namespace pintle {
namespace {

using namespace std::string_literals;

TEST(JsonString, EscapesWhatMustBeAndReplacesWhatIsNotUtf8) {
  const struct {
    std::string text;
    std::string json;
  } kTable[] = {
      {"", R"("")"},
      {"plain /path", R"("plain /path")"},
      {"\"\\\b\f\n\r\t", R"("\"\\\b\f\n\r\t")"},
      {"\x01\x1f", R"("\u0001\u001F")"},
      {"nul\0x"s, R"("nul\u0000x")"},
      {"ü€😀", R"("ü€😀")"},
      {"a\xff"
       "b",
       "\"a\xef\xbf\xbd"
       "b\""},
      {"cut \xf0\x9f\x98", "\"cut \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.json);
    EXPECT_EQ(json_string(row.text), row.json);
  }
}

TEST(JsonString, FindsWhatMustBeEscapedAtEveryPlaceOfALongText) {
  const struct {
    std::string text;
    std::string json;
  } kTable[] = {
      {"\"", R"(\")"},      {"\\", R"(\\)"},          {"\n", R"(\n)"},
      {"\0"s, R"(\u0000)"}, {"\x1f", R"(\u001F)"},    {" ", " "},
      {"\x7f", "\x7f"},     {"\x80", "\xef\xbf\xbd"}, {"é", "é"},
      {"\n\"", R"(\n\")"},  {"!#[]~", "!#[]~"},
  };
  for (const auto& row : kTable) {
    for (std::size_t before = 0; before < 20; ++before) {
      for (const std::size_t after : {0, 1, 7, 8, 20}) {
        SCOPED_TRACE(row.json + " behind " + std::to_string(before));
        const std::string front(before, ' ');
        const std::string back(after, '~');
        EXPECT_EQ(json_string(front + row.text + back), '"' + front + row.json + back + '"');
      }
    }
  }
}

TEST(Json, IsToldByItsGrammar) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  for (const auto& text : {"0"s,
                           "-0"s,
                           "10"s,
                           "1.5"s,
                           "1e5"s,
                           "1E+5"s,
                           "-1.25e-5"s,
                           "1e400"s,
                           "123456789012345678901234567890"s,
                           "true"s,
                           "false"s,
                           "null"s,
                           R"("")"s,
                           R"("a")"s,
                           R"("\"\\\/\b\f\n\r\t\u00e9\uD83D")"s,
                           R"("üüüüüüüü€😀")"s,
                           "[]"s,
                           "[ ]"s,
                           "{}"s,
                           "{ }"s,
                           R"([1,"a",{"b":[]}])"s,
                           R"({"a":1,"b":{"c":[{}]}})"s,
                           " \t\r\n[ 1 , 2 ]\n"s,
                           "\"\x7f\""s,
                           deep,
                           std::string(100, '[') + R"({"a":[]})" + std::string(100, ']')}) {
    EXPECT_TRUE(is_json(text)) << text;
  }
  for (const auto& text : {""s,
                           " "s,
                           "01"s,
                           "-"s,
                           "+1"s,
                           ".5"s,
                           "1."s,
                           "1.e5"s,
                           "1e"s,
                           "1e+"s,
                           "0x1"s,
                           "NaN"s,
                           "Infinity"s,
                           "-Infinity"s,
                           "tru"s,
                           "truee"s,
                           "True"s,
                           "nul"s,
                           "\""s,
                           R"("a)"s,
                           R"("\x")"s,
                           R"("\u12")"s,
                           R"("\u12g4")"s,
                           R"("\)"s,
                           "\"a\nb\""s,
                           "\"12345678\n\""s,
                           "\"\0\""s,
                           "'a'"s,
                           "["s,
                           "]"s,
                           "[1"s,
                           "[1,"s,
                           "[1,]"s,
                           "[,1]"s,
                           "[1 2]"s,
                           "[1}"s,
                           "{"s,
                           "}"s,
                           "{1:2}"s,
                           R"({"a"})"s,
                           R"({"a":})"s,
                           R"({"a":1,})"s,
                           R"({"a":1 "b":2})"s,
                           R"({,})"s,
                           "1 2"s,
                           "[] []"s,
                           "[]x"s,
                           "\0"s,
                           "1\0"s,
                           "\"\xff\""s,
                           "\xef\xbb\xbf[]"s,
                           "\v1"s,
                           "//a\n1"s,
                           deep + "]",
                           deep.substr(1),
                           deep.substr(0, 399),
                           std::string(64, '[') + "}" + std::string(63, ']'),
                           std::string(1'000'000, '['),
                           std::string(1'000'000, '{')}) {
    EXPECT_FALSE(is_json(text)) << text.substr(0, 400);
  }
}

TEST(Json, IsMadeCompactWithTheDigitsItCameWith) {
  EXPECT_EQ(
      compact_json(" { \"a\" : [ 18446744073709551616 , 1e400 , 1.50 ] , \"b c\" : \" \" } \n"),
      R"({"a":[18446744073709551616,1e400,1.50],"b c":" "})");
  const std::string deep = std::string(5'000, '[') + std::string(5'000, ']');
  EXPECT_EQ(compact_json(deep), deep);
  EXPECT_EQ(compact_json("[1,]"), std::nullopt);
}

TEST(Json, IsMadeFitForAReaderOfDoubles) {
  const struct {
    const char* json;
    const char* fit;
  } kTable[] = {
      {R"({"a":1,"b":-2.50,"c":"1e400 \"1e400"})", R"({"a":1,"b":-2.50,"c":"1e400 \"1e400"})"},
      {"[18446744073709551616,9223372036854775807]",
       "[18446744073709551616e0,9223372036854775807e0]"},
      {"[1e400,-1e400,1e-5,0.1234567890123456789]", "[null,null,1e-5,0.1234567890123456789]"},
      {"[1,-]x\"", "[1,-]x\""},
  };
  for (const auto& row : kTable) EXPECT_EQ(with_double_numbers(row.json), row.fit);
}

}  // namespace
}  // namespace pintle
