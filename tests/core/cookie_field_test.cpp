// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/http/cookie_field.h>

namespace pintle {
namespace {

std::vector<std::string> pairs_of(std::string_view field) {
  std::vector<std::string> pairs;
  while (!field.empty()) pairs.emplace_back(take_cookie_pair(field));
  return pairs;
}

TEST(CookieField, IsTakenApartAtItsSemicolons) {
  const struct {
    const char* field;
    std::vector<std::string> pairs;
  } kTable[] = {
      {"", {}},
      {"a=1", {"a=1"}},
      {"a=1; b=2", {"a=1", "b=2"}},
      {"a=1;b=2;", {"a=1", "b=2"}},
      {" \ta=1 \t;\tb = 2 ", {"a=1", "b = 2"}},
      {"a=x=y; b=\"q, r\"", {"a=x=y", "b=\"q, r\""}},
      {"; ;a", {"", "", "a"}},
      {"=1; a=", {"=1", "a="}},
      {"a=1\r\n; b", {"a=1\r\n", "b"}},  // not a blank: what is sent must not have it
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.field);
    EXPECT_EQ(pairs_of(row.field), row.pairs);
  }
}

TEST(CookieField, NamesAPairByWhatStandsBeforeItsFirstEqualsSign) {
  EXPECT_EQ(name_of_cookie_pair("a=1"), "a");
  EXPECT_EQ(name_of_cookie_pair("a=b=c"), "a");
  EXPECT_EQ(name_of_cookie_pair("=1"), "");
  EXPECT_EQ(name_of_cookie_pair("a"), "a");
  EXPECT_EQ(name_of_cookie_pair(""), "");
}

}  // namespace
}  // namespace pintle
