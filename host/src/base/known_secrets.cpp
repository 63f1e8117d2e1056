// SPDX-License-Identifier: Apache-2.0
#include "base/known_secrets.h"

#include <algorithm>
#include <array>
#include <utility>

#include <pintle/core/text/ascii.h>
#include <pintle/core/text/percent.h>

#include "base/secret_echo.h"

namespace pintle {
namespace {

// Of each life. More are in use only if each request has a new one.
constexpr std::size_t kMaxKnown = 64;
constexpr std::size_t kMaxBytes = 16 * 1024;
// A shorter word of a text may be anything.
constexpr std::size_t kTokenBytes = 16;

// Headers that tell nothing, or what anyone may know.
bool only_describes(std::string_view name) {
  constexpr std::array kNames = {"Accept",      "Accept-Encoding",  "Accept-Language", "Date",
                                 "Origin",      "Content-Encoding", "Content-Type",    "Referer",
                                 "traceparent", "User-Agent",       "X-Amz-Date"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](const char* one) { return same_field_name(name, one); });
}

// Behind the authentication scheme (RFC 9110 11.4), if there is one.
std::string_view credential_of(std::string_view value) {
  const auto space = value.find(' ');
  return space == std::string_view::npos ? value : ascii::trim(value.substr(space));
}

template <class Take>
void for_each_part(std::string_view text, char separator, Take take) {
  for (;;) {
    const auto end = text.find(separator);
    take(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

// Of "name=value".
std::string_view value_of(std::string_view pair) {
  const auto equals = pair.find('=');
  return equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
}

std::string_view query_of(std::string_view url) {
  const auto mark = url.find('?');
  return mark == std::string_view::npos ? std::string_view() : url.substr(mark + 1);
}

bool is_url(std::string_view text) { return text.find("://") != std::string_view::npos; }

bool may_be_token(std::string_view word) {
  return word.size() >= kTokenBytes && std::any_of(word.begin(), word.end(), ascii::is_digit) &&
         std::any_of(word.begin(), word.end(),
                     [](char c) { return ascii::is_alnum(c) && !ascii::is_digit(c); }) &&
         !is_url(word);
}

// A session is told by a long value, or one with a digit; "basic" is the name of a provider.
bool may_be_session(std::string_view cookie_value) {
  constexpr std::size_t kLong = 20;
  return cookie_value.size() >= kLong ||
         std::any_of(cookie_value.begin(), cookie_value.end(), ascii::is_digit);
}

}  // namespace

// A new place, or that of the one which was not used for longest.
KnownSecrets::Known& KnownSecrets::place_for(Life life) {
  const auto count = std::count_if(known_.begin(), known_.end(),
                                   [&](const Known& one) { return one.life == life; });
  if (static_cast<std::size_t>(count) < kMaxKnown) return known_.emplace_back();
  return *std::min_element(known_.begin(), known_.end(), [&](const Known& a, const Known& b) {
    return std::pair(a.life != life, a.used) < std::pair(b.life != life, b.used);
  });
}

void KnownSecrets::add(std::string_view secret, Life life) {
  secret = ascii::trim(secret).substr(0, kMaxBytes);
  if (secret.size() < kShortestHidden) return;
  const MutexLock lock(mutex_);
  const auto found = std::find_if(known_.begin(), known_.end(),
                                  [&](const Known& one) { return one.text.reveal() == secret; });
  if (found != known_.end()) {
    found->used = ++uses_;
    if (life == Life::settings) found->life = life;
    return;
  }
  place_for(life) = {Secret(secret), life, ++uses_};
}

void KnownSecrets::add_header(const Header& header, Life life) {
  const std::string_view value = header.value();
  if (only_describes(header.name())) return;
  if (same_field_name(header.name(), "Cookie")) {
    for_each_part(value, ';', [&](std::string_view pair) {
      const auto one = value_of(pair);
      if (life == Life::settings || may_be_session(one)) add(one, life);
    });
  } else if (same_field_name(header.name(), "Authorization") ||
             same_field_name(header.name(), "Proxy-Authorization")) {
    add(credential_of(value), life);
  } else {
    add(value, life);
  }
}

void KnownSecrets::add_query(std::string_view url, std::string_view without) {
  const auto is_known = [&](std::string_view pair) {
    bool found = false;
    for_each_part(query_of(without), '&', [&](std::string_view own) { found |= own == pair; });
    return found;
  };
  for_each_part(query_of(url), '&', [&](std::string_view pair) {
    if (is_known(pair)) return;
    auto value = decode_percent(value_of(pair));
    if (!is_url(value)) add(value);  // who issued a code (RFC 9207)
    wipe(value);
  });
}

void KnownSecrets::add_tokens_in(std::string_view text) {
  constexpr std::string_view kBetween = " \t\r\n\"'\\,;&=?{}[]()<>";
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(kBetween), text.size());
    auto word = decode_percent(text.substr(0, end));
    if (may_be_token(word)) add(word);
    wipe(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void KnownSecrets::renewed() {
  const MutexLock lock(mutex_);
  const auto before = std::exchange(uses_at_renewal_, uses_);
  std::erase_if(known_,
                [&](const Known& one) { return one.life == Life::recent && one.used <= before; });
}

std::string KnownSecrets::hide(std::string text) const {
  if (text.empty()) return text;
  const MutexLock lock(mutex_);
  std::vector<std::string_view> all;
  all.reserve(known_.size());
  for (const auto& one : known_) all.push_back(one.text.reveal());
  // The longest first: another may be a part of it.
  std::sort(all.begin(), all.end(),
            [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
  for (const auto secret : all) text = without_echo(std::move(text), secret);
  return text;
}

Error KnownSecrets::hide(const Error& error) const {
  Error shown(error.layer(), hide(error.message()));
  shown.with_status(error.http_status()).with_hint(hide(error.hint()));
  if (error.retry_after_ms() > 0) shown.with_retry_after_ms(error.retry_after_ms());
  shown.with_retry(error.can_retry()).with_timeout(error.is_timeout());
  return shown.with_sign_in(error.needs_sign_in()).with_user_action(error.needs_user_action());
}

}  // namespace pintle
