// SPDX-License-Identifier: Apache-2.0
#include "wall_cookies.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/http/cookie.h>
#include <pintle/core/text/ascii.h>

#include "given.h"

namespace pintle::front {
namespace {

constexpr std::size_t kMaxCookies = 64;
constexpr std::string_view kFormat = "cookies 1\n";

// "_oauth2_proxy_1" is a chunk of "_oauth2_proxy", and "session.2" one of "session".
std::string_view base_of(std::string_view name) {
  const auto end = name.find_last_not_of("0123456789");
  if (end == std::string_view::npos || end + 1 == name.size()) return name;
  return name[end] == '_' || name[end] == '.' || name[end] == '-' ? name.substr(0, end) : name;
}

Error no_cookies() {
  return Error(Layer::config, "the cookies for the front of the gateway are no Cookie header")
      .with_user_action()
      .with_hint("Copy the value of the Cookie header from a browser that is signed in: a=1; b=2.");
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
    if (!can_be_sent(cookie.name, line) || made.cookies_.size() == kMaxCookies) return {};
    made.add(std::move(cookie));
  }
  return made;
}

WallCookies WallCookies::parse_field(std::string_view field) {
  WallCookies made;
  field = trimmed(field);
  if (ascii::starts_with(field, "cookie:")) field = trimmed(field.substr(7));
  while (!field.empty()) {
    auto pair = ascii::trim(next(field, ';'));
    if (pair.empty()) continue;
    if (pair.find('=') == std::string_view::npos || pair.starts_with('=')) throw no_cookies();
    Cookie cookie;
    cookie.name = next(pair, '=');
    cookie.value = Secret(pair);
    if (!can_be_sent(cookie.name, pair)) throw no_cookies();
    if (made.cookies_.size() == kMaxCookies) throw no_cookies();
    made.add(std::move(cookie));
  }
  if (made.empty()) throw no_cookies();
  return made;
}

bool WallCookies::can_be_sent(std::string_view name, std::string_view value) noexcept {
  constexpr auto kFits = [](char c) { return c >= 0x20 && c < 0x7f && c != ';'; };
  return !name.empty() && name.find('=') == std::string_view::npos &&
         std::ranges::all_of(name, kFits) && std::ranges::all_of(value, kFits);
}

bool WallCookies::belongs(std::string_view name) const {
  return std::ranges::any_of(cookies_, [&](const Cookie& own) {
    return own.name == name || base_of(own.name) == base_of(name);
  });
}

bool WallCookies::take_set_cookie(std::string_view field, std::int64_t now_ms) {
  auto set = parse_set_cookie(field);
  if (!set || !belongs(set->name) || !can_be_sent(set->name, set->value.reveal())) return false;
  std::int64_t expires_ms = set->expires_ms.value_or(0);
  // RFC 6265 5.3: Max-Age wins.
  if (set->max_age_s) expires_ms = *set->max_age_s <= 0 ? 1 : now_ms + *set->max_age_s * 1000;
  const auto place = std::ranges::find(cookies_, set->name, &Cookie::name);
  if (expires_ms != 0 && expires_ms <= now_ms) {
    if (place == cookies_.end()) return false;
    cookies_.erase(place);
    return true;
  }
  if (place == cookies_.end()) {
    if (cookies_.size() == kMaxCookies) return false;
    add({std::move(set->name), std::move(set->value), expires_ms});
    return true;
  }
  if (place->value.equals(set->value) && place->expires_ms == expires_ms) return false;
  place->value = std::move(set->value);
  place->expires_ms = expires_ms;
  return true;
}

Secret WallCookies::field(std::int64_t now_ms) const {
  std::string text;
  std::size_t size = 0;
  for (const auto& cookie : cookies_) size += cookie.name.size() + cookie.value.reveal().size() + 3;
  text.reserve(size);
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
  std::size_t size = kFormat.size();
  for (const auto& cookie : cookies_) {
    size += cookie.name.size() + cookie.value.reveal().size() + kNumber;
  }
  text.reserve(size);
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
