// SPDX-License-Identifier: Apache-2.0
#include "gateway/typed_url.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include <pintle/core/text/ascii.h>
#include <pintle/core/text/utf8.h>

#include "gateway/idn.h"
#include "gateway/url_fault.h"
#include "gateway/url_host.h"

namespace pintle {
namespace {

constexpr std::string_view kBlank = " \t\r\n\v\f";

// Non-ASCII characters that are invisible or blank: they are copied along with a URL from a page or
// a chat.
bool is_invisible(char32_t c) noexcept {
  constexpr struct {
    char32_t first;
    char32_t last;
  } kRanges[] = {{0x80, 0xa0},     {0xad, 0xad},     {0x34f, 0x34f},    {0x61c, 0x61c},
                 {0x115f, 0x1160}, {0x1680, 0x1680}, {0x17b4, 0x17b5},  {0x180b, 0x180f},
                 {0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f},  {0x2800, 0x2800},
                 {0x3000, 0x3000}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},  {0xfeff, 0xfeff},
                 {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff}};
  return std::any_of(std::begin(kRanges), std::end(kRanges),
                     [&](const auto& range) { return c >= range.first && c <= range.last; });
}

std::string name_of_invisible(char32_t c) {
  std::array<char, 16> code{};
  std::snprintf(code.data(), code.size(), "U+%04X", static_cast<unsigned>(c));
  const char* name = c == 0xa0     ? "a no-break space, "
                     : c == 0xad   ? "a soft hyphen, "
                     : c == 0x200b ? "a zero-width space, "
                     : c == 0xfeff ? "a byte order mark, "
                                   : "";
  return std::string(name) + code.data();
}

void check_visible(std::string_view typed) {
  for (std::string_view rest = typed; !rest.empty();) {
    const auto character = decode_utf8(rest);
    if (!character.valid) throw UrlFault("it is not valid UTF-8");
    if (is_invisible(character.value)) {
      throw UrlFault("it contains an invisible character (" + name_of_invisible(character.value) +
                     "); type it again");
    }
    rest.remove_prefix(character.size);
  }
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// "%eth0" is what people copy; in a URL it is "%25eth0" (RFC 6874 2).
std::string with_coded_zone(std::string_view bracketed) {
  const auto percent = bracketed.find('%');
  const bool plain = percent != std::string_view::npos && bracketed.substr(percent, 3) != "%25";
  std::string out(bracketed);
  return plain ? out.insert(percent + 1, "25") : out;
}

// The scheme of `text`, well-formed or not ("http//", "http:"), and the rest.
struct Scheme {
  std::string_view name;  // "http", "https" or empty.
  std::string_view rest;
};

Scheme take_scheme(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kSchemes[] = {
      {"https", "https"}, {"http", "http"}, {"wss", "https"}, {"ws", "http"}};
  for (const auto& [typed, scheme] : kSchemes) {
    if (!ascii::starts_with(text, typed)) continue;
    auto rest = text.substr(typed.size());
    if (rest.starts_with(':') || rest.starts_with(';')) rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of("/\\"), rest.size()));
    if (rest.size() + typed.size() < text.size()) return {scheme, rest};
  }
  return {{}, text};
}

// "::1:9119" is ambiguous: a last part of four or five decimal digits is a port.
std::string with_brackets(std::string_view authority) {
  const auto colon = authority.rfind(':');
  const auto last = authority.substr(colon + 1);
  const bool looks_like_port = (last.size() == 4 || last.size() == 5) &&
                               std::all_of(last.begin(), last.end(), ascii::is_digit);
  const auto before = authority.substr(0, colon);
  if (looks_like_port && is_ipv6(before)) {
    return "[" + std::string(before) + "]:" + std::string(last);
  }
  return is_ipv6(authority) ? "[" + std::string(authority) + "]" : std::string(authority);
}

// The default scheme: the dashboard's own port and private hosts have no TLS.
std::string_view likely_scheme(std::string_view authority) {
  const auto colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && !authority.ends_with(']');
  const auto port = has_port ? authority.substr(colon + 1) : std::string_view();
  if (port == "443" || port == "8443") return "https";
  auto host = authority.substr(0, has_port ? colon : authority.size());
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return port == "9119" || port == "80" || is_private_host(ascii::lower(host)) ? "http" : "https";
}

}  // namespace

std::string_view trim_typed(std::string_view text) {
  const auto is_dropped = [](const Utf8Character& character) {
    return character.valid &&
           (is_invisible(character.value) ||
            (character.size == 1 &&
             kBlank.find(static_cast<char>(character.value)) != std::string_view::npos));
  };
  while (!text.empty()) {
    const auto first = decode_utf8(text);
    if (!is_dropped(first)) break;
    text.remove_prefix(first.size);
  }
  while (!text.empty()) {
    std::size_t begin = text.size() - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) --begin;
    const auto last = decode_utf8(text.substr(begin));
    if (!is_dropped(last) || begin + last.size != text.size()) break;
    text.remove_suffix(last.size);
  }
  return text;
}

std::string with_ascii_host(std::string_view typed) {
  check_visible(typed);
  const auto colon = typed.find("://");
  // In a query or a path it does not start a host of this URL.
  const bool has_host = colon != std::string_view::npos && typed.find_first_of("/?#") == colon + 1;
  if (!has_host || has_control(typed)) return std::string(typed);
  const auto authority = colon + 3;
  const auto end = std::min(typed.find_first_of("/?#\\", authority), typed.size());
  const auto at = typed.substr(authority, end - authority).rfind('@');
  const auto begin = at == std::string_view::npos ? authority : authority + at + 1;
  auto host = typed.substr(begin, end - begin);
  std::string converted;
  if (host.starts_with('[')) {
    converted = with_coded_zone(host);
  } else {
    host = host.substr(0, host.find(':'));
    // Checked at once: the conversion turns a full-width slash into one that would end the host.
    converted = is_ascii(host) ? std::string(host) : checked_host(host_to_ascii(host));
  }
  return std::string(typed.substr(0, begin)) + converted +
         std::string(typed.substr(begin + host.size()));
}

std::string likely_url(std::string_view typed) {
  const auto text = typed.substr(0, typed.find_first_of("?#"));
  Scheme scheme = take_scheme(text);
  for (auto next = scheme; !next.name.empty(); next = take_scheme(scheme.rest)) scheme = next;
  auto rest = scheme.rest;
  rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto authority = with_brackets(rest.substr(0, slash));
  if (authority.empty() || authority == "http" || authority == "https") return {};
  const auto name = scheme.name.empty() ? likely_scheme(authority) : scheme.name;
  return std::string(name) + "://" + authority + std::string(rest.substr(slash));
}

}  // namespace pintle
