// SPDX-License-Identifier: Apache-2.0
#include "wall_cookies.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/session_cookies.h>
#include <pintle/core/http/cookie.h>
#include <pintle/core/http/cookie_field.h>
#include <pintle/core/text/ascii.h>

namespace pintle::front {
namespace {

constexpr std::size_t kMaxCookies = 128;
// All together: servers refuse a longer header, and a wall could add chunks for ever.
constexpr std::size_t kMaxBytes = 32 * 1024;
constexpr std::int64_t kMaxAgeS = std::int64_t{400} * 24 * 60 * 60;  // as in browsers
constexpr std::string_view kFormat = "cookies 1\n";

Error no_cookies() {
  return Error(Layer::config, "the cookies for the front of the gateway are no Cookie header")
      .with_user_action()
      .with_hint("Copy the value of the Cookie header from a browser that is signed in: a=1; b=2.");
}

Error too_many() {
  return Error(Layer::config, "the Cookie header for the front of the gateway has more than " +
                                  std::to_string(kMaxCookies) + " cookies or " +
                                  std::to_string(kMaxBytes / 1024) + " KiB")
      .with_user_action()
      .with_hint("Give only the cookies of what stands in front of the gateway.");
}

std::size_t size_of(const WallCookies::Cookie& cookie) noexcept {
  return cookie.name.size() + cookie.value.size();
}

std::string_view next(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

}  // namespace

WallCookies WallCookies::parse(std::string_view bytes) {
  WallCookies made;
  if (!bytes.starts_with(kFormat)) return made;
  bytes.remove_prefix(kFormat.size());
  while (!bytes.empty()) {
    auto line = next(bytes, '\n');
    Cookie cookie;
    const auto expires = next(line, ' ');
    const auto parsed =
        std::from_chars(expires.data(), expires.data() + expires.size(), cookie.expires_ms);
    if (parsed.ptr != expires.data() + expires.size() || expires.empty()) return {};
    cookie.name = next(line, '=');
    cookie.value = Secret(line);
    if (!can_be_sent(cookie.name, line)) return {};
    made.add(std::move(cookie));
  }
  return made;
}

WallCookies WallCookies::parse_field(std::string_view field) {
  WallCookies made;
  field = ascii::trim_lines(field);
  if (ascii::starts_with(field, "cookie:")) field = ascii::trim_lines(field.substr(7));
  while (!field.empty()) {
    auto pair = take_cookie_pair(field);
    if (pair.empty()) continue;
    if (pair.find('=') == std::string_view::npos || pair.starts_with('=')) throw no_cookies();
    Cookie cookie;
    cookie.name = next(pair, '=');
    cookie.value = Secret(pair);
    if (!can_be_sent(cookie.name, pair)) throw no_cookies();
    if (!is_session_cookie(cookie.name) && !made.add(std::move(cookie))) throw too_many();
  }
  if (made.empty()) throw no_cookies();
  return made;
}

bool WallCookies::can_be_sent(std::string_view name, std::string_view value) noexcept {
  constexpr auto kFits = [](char c) { return c >= 0x20 && c < 0x7f && c != ';'; };
  return !name.empty() && name.find('=') == std::string_view::npos &&
         std::ranges::all_of(name, kFits) && std::ranges::all_of(value, kFits);
}

std::size_t WallCookies::size() const noexcept {
  std::size_t size = 0;
  for (const auto& cookie : cookies_) size += size_of(cookie);
  return size;
}

bool WallCookies::add(Cookie cookie) {
  if (is_session_cookie(cookie.name) || cookies_.size() == kMaxCookies ||
      size() + size_of(cookie) > kMaxBytes) {
    return false;
  }
  cookies_.push_back(std::move(cookie));
  return true;
}

bool WallCookies::belongs(std::string_view name) const {
  return std::ranges::any_of(cookies_, [&](const Cookie& own) {
    return own.name == name || without_chunk(own.name) == without_chunk(name);
  });
}

bool WallCookies::take_set_cookie(std::string_view field, std::int64_t now_ms) {
  auto set = parse_set_cookie(field);
  if (!set || is_session_cookie(set->name) || !belongs(set->name) ||
      !can_be_sent(set->name, set->value.reveal())) {
    return false;
  }
  std::int64_t expires_ms = set->expires_ms.value_or(0);
  // RFC 6265 5.3: Max-Age wins.
  if (set->max_age_s) {
    const auto age_s = std::min(*set->max_age_s, kMaxAgeS);
    expires_ms = age_s <= 0 ? 1 : now_ms + age_s * 1000;
  }
  const auto place = std::ranges::find(cookies_, set->name, &Cookie::name);
  if (expires_ms != 0 && expires_ms <= now_ms) {
    if (place == cookies_.end()) return false;
    cookies_.erase(place);
    return true;
  }
  if (place == cookies_.end()) {
    return add({std::move(set->name), std::move(set->value), expires_ms});
  }
  if (place->value.equals(set->value) && place->expires_ms == expires_ms) return false;
  if (size() - place->value.size() + set->value.size() > kMaxBytes) return false;
  place->value = std::move(set->value);
  place->expires_ms = expires_ms;
  return true;
}

Secret WallCookies::field(std::int64_t now_ms) const {
  std::string text;
  text.reserve(size() + 3 * cookies_.size());
  for (const auto& cookie : cookies_) {
    if (cookie.expires_ms != 0 && cookie.expires_ms <= now_ms) continue;
    if (!text.empty()) text += "; ";
    text.append(cookie.name).append("=").append(cookie.value.reveal());
  }
  return Secret::take(text);
}

Secret WallCookies::bytes() const {
  if (cookies_.empty()) return {};
  std::string text;
  constexpr std::size_t kNumber = 24;
  text.reserve(kFormat.size() + size() + kNumber * cookies_.size());
  text = kFormat;
  for (const auto& cookie : cookies_) {
    text.append(std::to_string(cookie.expires_ms)).append(" ").append(cookie.name);
    text.append("=").append(cookie.value.reveal()).append("\n");
  }
  return Secret::take(text);
}

std::string WallCookies::names() const {
  std::string names;
  for (const auto& cookie : cookies_) names += (names.empty() ? "" : ", ") + cookie.name;
  return names;
}

}  // namespace pintle::front
