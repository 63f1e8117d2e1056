#include <string>

#include <gtest/gtest.h>

#include <pintle/core/json.h>

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

}  // namespace
}  // namespace pintle
