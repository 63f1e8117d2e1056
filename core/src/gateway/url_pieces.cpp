// SPDX-License-Identifier: Apache-2.0
#include "gateway/url_pieces.h"

#include <algorithm>
#include <charconv>

#include <pintle/core/text/ascii.h>
#include <pintle/core/text/percent.h>

#include "gateway/url_fault.h"

namespace pintle {
namespace {

void split_authority(std::string_view authority, UrlPieces& pieces) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    pieces.has_userinfo = true;
    authority.remove_prefix(at + 1);
  }
  std::size_t host_end = authority.size();
  if (authority.starts_with('[')) {
    const auto bracket = authority.find(']');
    if (bracket == std::string_view::npos) {
      throw UrlFault("the [ of an IPv6 address has no closing ]");
    }
    host_end = bracket + 1;
  } else {
    if (std::count(authority.begin(), authority.end(), ':') > 1) {
      throw UrlFault("the host has more than one colon (an IPv6 address needs brackets)");
    }
    host_end = std::min(authority.find(':'), authority.size());
  }
  pieces.host = authority.substr(0, host_end);
  if (host_end == authority.size()) return;
  if (authority[host_end] != ':') {
    throw UrlFault("unexpected text between the host and the port");
  }
  pieces.port = authority.substr(host_end + 1);
  if (pieces.port.empty()) throw UrlFault("the host is followed by a colon but no port");
}

}  // namespace

void check_url_characters(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) throw UrlFault("it contains a control character");
    if (c == ' ') throw UrlFault("it contains a space");
    if (c == '\\') throw UrlFault("it contains a backslash");
    if (byte >= 0x80) {
      throw UrlFault("it contains a non-ASCII character, which must be percent-encoded in a path");
    }
    if (std::string_view("\"<>^`{|}").find(c) != std::string_view::npos) {
      throw UrlFault("it contains the character " + std::string(1, c) +
                     ", which is not allowed in a URL");
    }
  }
  if (!has_valid_percent_codes(text)) {
    throw UrlFault("it contains a % that is not followed by two hex digits");
  }
}

UrlPieces split_url(std::string_view text) {
  const auto colon = text.find("://");
  // Text before another URL is not a scheme: "gateway.example?token=…&next=https://…".
  if (colon == std::string_view::npos || text.find_first_of("/?#@") < colon) {
    throw UrlFault("it does not start with http:// or https://");
  }
  check_url_characters(text);
  UrlPieces pieces;
  pieces.scheme = ascii::lower(text.substr(0, colon));
  auto rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  if (const auto mark = rest.find('?'); mark != std::string_view::npos) {
    pieces.query = rest.substr(mark);
    rest = rest.substr(0, mark);
  }
  const auto slash = rest.find('/');
  if (slash != std::string_view::npos) pieces.path = rest.substr(slash);
  split_authority(rest.substr(0, slash), pieces);
  return pieces;
}

void check_segments(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto slash = std::min(path.find('/'), path.size());
    const auto segment = decode_percent(path.substr(0, slash));
    if (segment == "." || segment == "..") throw UrlFault("the path has a \".\" or \"..\" in it");
    path.remove_prefix(slash);
  }
}

std::uint16_t checked_port(std::string_view text, std::uint16_t standard) {
  if (text.empty()) return standard;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0 || value > 65535) {
    throw UrlFault("the port is not a number from 1 to 65535");
  }
  return static_cast<std::uint16_t>(value);
}

}  // namespace pintle
