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

}  // namespace
}  // namespace pintle
