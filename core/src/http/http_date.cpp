// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include <pintle/core/base/error.h>
#include <pintle/core/http/http_date.h>
#include <pintle/core/text/ascii.h>

namespace pintle {
namespace {

constexpr std::int64_t kMaxWaitMs = Error::kMaxRetryAfterMs;

// RFC 6265 5.1.1: everything that is not a digit, a letter, a colon or above 127 separates two
// tokens.
constexpr bool is_delimiter(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x09 || (byte >= 0x20 && byte <= 0x2f) || (byte >= 0x3b && byte <= 0x40) ||
         (byte >= 0x5b && byte <= 0x60) || (byte >= 0x7b && byte <= 0x7e);
}

// Reads `min_digits` to `max_digits` digits from the front of `text`; the next character must not
// be a digit.
std::optional<int> take_number(std::string_view& text, std::size_t min_digits,
                               std::size_t max_digits) {
  std::size_t size = 0;
  int value = 0;
  while (size < text.size() && ascii::is_digit(text[size])) {
    if (++size > max_digits) return std::nullopt;
    value = value * 10 + (text[size - 1] - '0');
  }
  if (size < min_digits) return std::nullopt;
  text.remove_prefix(size);
  return value;
}

struct Date {
  std::optional<std::chrono::seconds> time_of_day;
  std::optional<int> day;
  std::optional<int> month;
  std::optional<int> year;
};

bool take_time(std::string_view token, Date& date) {
  std::array<int, 3> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) {
      if (!token.starts_with(':')) return false;
      token.remove_prefix(1);
    }
    const auto part = take_number(token, 1, 2);
    if (!part) return false;
    parts[i] = *part;
  }
  // The ranges are checked at the end: a time out of range invalidates the date; it is not another
  // token.
  date.time_of_day = std::chrono::seconds(parts[0] * 3600 + parts[1] * 60 + parts[2]);
  if (parts[0] > 23 || parts[1] > 59 || parts[2] > 59) date.time_of_day = std::chrono::hours(24);
  return true;
}

bool take_month(std::string_view token, Date& date) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (ascii::starts_with(token, kMonths[i])) {
      date.month = static_cast<int>(i) + 1;
      return true;
    }
  }
  return false;
}

void take_token(std::string_view token, Date& date) {
  if (!date.time_of_day && take_time(token, date)) return;
  auto rest = token;
  if (!date.day) {
    date.day = take_number(rest, 1, 2);
    if (date.day) return;
  }
  if (!date.month && take_month(token, date)) return;
  rest = token;
  if (!date.year) date.year = take_number(rest, 2, 4);
}

std::optional<std::int64_t> seconds_of(std::string_view text) noexcept {
  if (text.empty() || !std::all_of(text.begin(), text.end(), ascii::is_digit)) return std::nullopt;
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  // More digits than fit mean a very long wait, not an invalid one.
  return parsed.ec == std::errc() ? std::min(value, kMaxWaitMs / 1000) : kMaxWaitMs / 1000;
}

}  // namespace

std::optional<std::int64_t> parse_http_date(std::string_view text) noexcept {
  using std::chrono::day, std::chrono::month, std::chrono::year;
  Date date;
  while (!text.empty()) {
    const auto begin = std::find_if_not(text.begin(), text.end(), is_delimiter);
    const auto end = std::find_if(begin, text.end(), is_delimiter);
    if (begin != end) take_token(std::string_view(begin, end), date);
    text = std::string_view(end, text.end());
  }
  if (!date.time_of_day || !date.day || !date.month || !date.year) return std::nullopt;
  if (*date.time_of_day >= std::chrono::hours(24)) return std::nullopt;
  if (*date.year >= 70 && *date.year <= 99) *date.year += 1900;
  if (*date.year >= 0 && *date.year <= 69) *date.year += 2000;
  const std::chrono::year_month_day calendar(year(*date.year),
                                             month(static_cast<unsigned>(*date.month)),
                                             day(static_cast<unsigned>(*date.day)));
  if (!calendar.ok() || *date.year < 1601) return std::nullopt;
  const auto time = std::chrono::sys_days(calendar).time_since_epoch() + *date.time_of_day;
  return std::chrono::milliseconds(time).count();
}

std::optional<std::int64_t> retry_after_ms(const Headers& headers) noexcept {
  const auto value = headers.find("Retry-After");
  if (!value) return std::nullopt;
  if (const auto seconds = seconds_of(*value)) return *seconds * 1000;
  const auto until = parse_http_date(*value);
  const auto now = parse_http_date(headers.get("Date"));
  if (!until || !now) return std::nullopt;
  return std::clamp<std::int64_t>(*until - *now, 0, kMaxWaitMs);
}

}  // namespace pintle
