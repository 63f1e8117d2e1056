// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include <gtest/gtest.h>

#include <pintle/core/http/http_date.h>

namespace pintle {
namespace {

TEST(HttpDate, ReadsEveryFormThatServersWrite) {
  const struct {
    const char* text;
    std::int64_t seconds;
  } kTable[] = {
      // RFC 9110 5.6.7
      {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
      {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
      {"Sun Nov  6 08:49:37 1994", 784111777},
      // RFC 6265 3.1
      {"Wed, 09 Jun 2021 10:18:14 GMT", 1623233894},
      {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
      {"Thu, 01-Jan-1970 00:00:10 GMT", 10},
      // RFC 6265 5.1.1: two-digit years, any order, odd delimiters, text after a number.
      {"1 Jan 69 0:0:0", 3124224000},
      {"1 Jan 70 0:0:0", 0},
      {"2021 june 9 10:18:14", 1623233894},
      {"10:18:14 9 Jun 2021", 1623233894},
      {"09 Jun 2021 10:18:14 +0200", 1623233894},
      {"9th Jun 2021x 10:18:14GMT", 1623233894},
      {"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199},
      {"Mon, 01 Jan 1601 00:00:00 GMT", -11644473600},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(parse_http_date(row.text), row.seconds * 1000);
  }
}

TEST(HttpDate, RefusesWhatIsNoDate) {
  for (const char* text :
       {"", "soon", "Sun, 06 Nov 1994", "06 Nov 08:49:37", "06 1994 08:49:37",
        "Wed, 30 Feb 2022 10:00:00 GMT", "Thu, 29 Feb 2023 10:00:00 GMT",
        "Wed, 01 Jun 2022 24:00:00 GMT", "Wed, 01 Jun 2022 10:60:00 GMT",
        "Wed, 01 Jun 2022 10:00:60 GMT", "Wed, 01 Jun 1600 10:00:00 GMT",
        "Wed, 00 Jun 2022 10:00:00 GMT", "Wed, 01 Jun 20225 10:00:00 GMT", "123:1:1 1 Jun 2022"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

TEST(RetryAfter, CountsFromTheAnswersOwnDate) {
  const struct {
    const char* retry_after;
    const char* date;
    std::optional<std::int64_t> wait_ms;
  } kTable[] = {
      {"120", "", 120000},
      {"0", "", 0},
      {"Wed, 09 Jun 2021 10:18:14 GMT", "Wed, 09 Jun 2021 10:17:44 GMT", 30000},
      {"Wed, 09 Jun 2021 10:18:14 GMT", "Wed, 09 Jun 2021 10:18:44 GMT", 0},
      {"Wed, 09 Jun 2021 10:18:14 GMT", "", std::nullopt},
      {"Wed, 09 Jun 2099 10:18:14 GMT", "Wed, 09 Jun 2021 10:18:44 GMT", 86400000},
      {"99999999999999999999999999", "", 86400000},
      {"-5", "", std::nullopt},
      {"1.5", "", std::nullopt},
      {"soon", "Wed, 09 Jun 2021 10:18:44 GMT", std::nullopt},
      {"", "", std::nullopt},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.retry_after);
    Headers headers;
    headers.add("retry-after", row.retry_after);
    if (*row.date != '\0') headers.add("Date", row.date);
    EXPECT_EQ(retry_after_ms(headers), row.wait_ms);
  }
  EXPECT_EQ(retry_after_ms(Headers()), std::nullopt);
}

}  // namespace
}  // namespace pintle
