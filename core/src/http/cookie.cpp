// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <limits>

#include <pintle/core/http/cookie.h>
#include <pintle/core/http/http_date.h>
#include <pintle/core/text/ascii.h>
#include <pintle/core/text/printable.h>

namespace pintle {
namespace {

bool is_ip_address(std::string_view host) noexcept {
  if (host.find(':') != std::string_view::npos) return true;
  // A name whose last label is a number is refused by GatewayUrl unless it is an address.
  const auto last = host.substr(host.rfind('.') + 1);
  return !last.empty() && std::all_of(last.begin(), last.end(), ascii::is_digit);
}

// RFC 6265bis 5.6: such a field is refused as a whole, so no cookie ever splits a header line.
bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

std::string_view take_until(std::string_view& text, char end) noexcept {
  const auto at = text.find(end);
  const auto taken = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return taken;
}

// RFC 6265 5.2.2. A number too large for 64 bits becomes the maximum.
std::optional<std::int64_t> max_age_of(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  const auto digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), ascii::is_digit)) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc()) return value;
  return negative ? 0 : std::numeric_limits<std::int64_t>::max();
}

SameSite same_site_of(std::string_view text) noexcept {
  for (const auto known : {SameSite::none, SameSite::lax, SameSite::strict}) {
    if (ascii::is_same(text, name_of(known))) return known;
  }
  return SameSite::unset;
}

// Of two attributes with the same name the last one counts (RFC 6265 5.3).
void take_attribute(std::string_view name, std::string_view value, SetCookie& cookie) {
  if (value.size() > kMaxCookieAttributeBytes) return;
  if (ascii::is_same(name, "Expires")) {
    if (const auto time = parse_http_date(value)) cookie.expires_ms = time;
  } else if (ascii::is_same(name, "Max-Age")) {
    if (const auto age = max_age_of(value)) cookie.max_age_s = age;
  } else if (ascii::is_same(name, "Domain")) {
    if (value.empty()) return;
    if (value.starts_with('.')) value.remove_prefix(1);
    cookie.domain = ascii::lower(value);
  } else if (ascii::is_same(name, "Path")) {
    cookie.path = value.starts_with('/') ? value : std::string_view();
  } else if (ascii::is_same(name, "Secure")) {
    cookie.secure = true;
  } else if (ascii::is_same(name, "HttpOnly")) {
    cookie.http_only = true;
  } else if (ascii::is_same(name, "SameSite")) {
    cookie.same_site = same_site_of(value);
  }
}

std::string_view path_part(std::string_view request_path) noexcept {
  return request_path.substr(0, request_path.find_first_of("?#"));
}

}  // namespace

std::string_view name_of(SameSite same_site) noexcept {
  switch (same_site) {
    case SameSite::none:
      return "none";
    case SameSite::lax:
      return "lax";
    case SameSite::strict:
      return "strict";
    case SameSite::unset:
      break;
  }
  return "";
}

std::optional<SetCookie> parse_set_cookie(std::string_view field) {
  if (has_control(field)) return std::nullopt;
  auto pair = take_until(field, ';');
  if (pair.find('=') == std::string_view::npos) return std::nullopt;
  SetCookie cookie;
  cookie.name = ascii::trim(take_until(pair, '='));
  if (cookie.name.empty()) return std::nullopt;
  cookie.value = Secret(ascii::trim(pair));
  while (!field.empty()) {
    auto attribute = take_until(field, ';');
    const auto name = ascii::trim(take_until(attribute, '='));
    take_attribute(name, ascii::trim(attribute), cookie);
  }
  return cookie;
}

Cookie Cookie::clone() const {
  Cookie copy;
  copy.name = name;
  copy.value = value.clone();
  copy.path = path;
  copy.host_only = host_only;
  copy.secure = secure;
  copy.http_only = http_only;
  copy.same_site = same_site;
  copy.created_ms = created_ms;
  copy.updated_ms = updated_ms;
  copy.expires_ms = expires_ms;
  return copy;
}

std::string Cookie::describe() const {
  std::string out =
      printable(name) + " (" + std::to_string(value.size()) + " bytes); Path=" + printable(path);
  if (secure) out += "; Secure";
  if (http_only) out += "; HttpOnly";
  if (same_site != SameSite::unset) out += "; SameSite=" + std::string(name_of(same_site));
  if (expires_ms) out += "; expires at " + std::to_string(*expires_ms / 1000);
  return out;
}

std::string_view without_chunk(std::string_view name) noexcept {
  const auto end = name.find_last_not_of("0123456789");
  if (end == std::string_view::npos || end + 1 == name.size()) return name;
  return std::string_view("_.-").find(name[end]) == std::string_view::npos ? name
                                                                           : name.substr(0, end);
}

bool domain_matches(std::string_view host, std::string_view domain) noexcept {
  if (host == domain) return true;
  return !domain.empty() && host.size() > domain.size() && host.ends_with(domain) &&
         host[host.size() - domain.size() - 1] == '.' && !is_ip_address(host);
}

std::string default_cookie_path(std::string_view request_path) {
  const auto path = path_part(request_path);
  if (!path.starts_with('/')) return "/";
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

bool path_matches(std::string_view request_path, std::string_view cookie_path) noexcept {
  const auto path = path_part(request_path);
  if (cookie_path.empty() || !path.starts_with(cookie_path)) return false;
  return path.size() == cookie_path.size() || cookie_path.ends_with('/') ||
         path[cookie_path.size()] == '/';
}

bool satisfies_name_prefix(std::string_view name, bool secure, bool host_only,
                           std::string_view path) noexcept {
  if (ascii::starts_with(name, "__Host-")) return secure && host_only && path == "/";
  return secure || !ascii::starts_with(name, "__Secure-");
}

}  // namespace pintle
