// SPDX-License-Identifier: Apache-2.0
#include "practice/state/session_cookies.h"

#include <algorithm>

namespace pintle::practice {
namespace {

constexpr std::string_view kPrefixes[] = {"__Host-", "__Secure-", ""};

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

RequestCookies::RequestCookies(const Request& request) {
  for (auto field : request.headers.all("Cookie")) {
    while (!field.empty()) {
      const auto part = field.substr(0, field.find(';'));
      field.remove_prefix(std::min(part.size() + 1, field.size()));
      const auto equals = part.find('=');
      if (equals == std::string_view::npos) continue;
      cookies_.emplace_back(trim(part.substr(0, equals)), trim(part.substr(equals + 1)));
    }
  }
}

std::optional<std::string> RequestCookies::find(std::string_view bare) const {
  for (const auto prefix : kPrefixes) {
    const auto name = std::string(prefix) + std::string(bare);
    for (const auto& [key, value] : cookies_) {
      if (key == name) return value;
    }
  }
  return std::nullopt;
}

std::string SessionCookies::name_of(std::string_view bare) const {
  const std::string_view prefix = !https_ ? "" : prefix_.empty() ? "__Host-" : "__Secure-";
  return std::string(prefix) + std::string(bare);
}

std::string SessionCookies::attributes(bool cross_site, bool secure) const {
  std::string text = "; Path=" + (prefix_.empty() ? "/" : prefix_) + "; HttpOnly";
  text += cross_site ? "; SameSite=none" : "; SameSite=lax";
  if (secure) text += "; Secure";
  return text;
}

void SessionCookies::set(Headers& headers, std::string_view bare, std::string_view value,
                         std::int64_t life_ms) const {
  const auto quote = quoted_ ? "\"" : "";
  // In whole seconds, rounded up for the milliseconds since the session began.
  const auto max_age_s = (std::max(shortest_ms_, life_ms) + 999) / 1000;
  // Browsers drop SameSite=None without Secure, so over http the sign-in cookie is Lax too.
  const bool cross_site = bare == kSignInCookie && https_;
  headers.add("Set-Cookie", name_of(bare) + "=" + quote + std::string(value) + quote +
                                "; Max-Age=" + std::to_string(max_age_s) +
                                attributes(cross_site, https_));
}

void SessionCookies::clear(Headers& headers, std::string_view bare) const {
  for (const auto prefix : kPrefixes) {
    // A prefixed name is valid only with Secure (RFC 6265bis 4.1.3), a deletion too.
    headers.add("Set-Cookie", std::string(prefix) + std::string(bare) + "=\"\"; Max-Age=0" +
                                  attributes(false, https_ || !prefix.empty()));
  }
}

void SessionCookies::clear_session(Headers& headers) const {
  for (const auto bare : {kAccessCookie, kRefreshCookie, kProviderCookie}) clear(headers, bare);
}

std::optional<std::string> SessionCookies::read(const RequestCookies& cookies,
                                                std::string_view bare) const {
  auto value = cookies.find(bare);
  if (!value || !quoted_) return value;
  if (value->size() < 2 || value->front() != '"' || value->back() != '"') return std::nullopt;
  return value->substr(1, value->size() - 2);
}

}  // namespace pintle::practice
