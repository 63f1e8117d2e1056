// SPDX-License-Identifier: Apache-2.0
#include "broker/forwarding.h"

#include <algorithm>
#include <array>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/session_cookies.h>
#include <pintle/core/http/cookie.h>
#include <pintle/core/http/cookie_field.h>
#include <pintle/core/text/ascii.h>
#include <pintle/core/text/percent.h>

namespace pintle::broker {
namespace {

bool is_one_of(std::string_view name, const auto& names) {
  return std::ranges::any_of(names,
                             [&](std::string_view one) { return same_field_name(one, name); });
}

// RFC 9110 7.6.1, and the fields that frame a message, which are written anew.
constexpr std::array<std::string_view, 9> kHopByHop = {
    "Connection", "Keep-Alive",        "Proxy-Connection", "TE",    "Trailer",
    "Upgrade",    "Transfer-Encoding", "Content-Length",   "Expect"};

// Of a request besides: its host, credentials, where it came from, and what only a proxy that the
// gateway trusts may say.
constexpr std::array<std::string_view, 14> kNotToGateway = {"Host",
                                                            "Authorization",
                                                            "Proxy-Authorization",
                                                            "Cookie",
                                                            "Origin",
                                                            "Referer",
                                                            "X-Hermes-Session-Token",
                                                            "Forwarded",
                                                            "X-Forwarded-For",
                                                            "X-Forwarded-Host",
                                                            "X-Forwarded-Proto",
                                                            "X-Forwarded-Port",
                                                            "X-Forwarded-Prefix",
                                                            "X-Real-IP"};

// Of a response: another way to the gateway, a proxy's challenge, and what would clear the cookies
// of every program on this address.
constexpr std::array<std::string_view, 3> kNotToClient = {"Alt-Svc", "Proxy-Authenticate",
                                                          "Clear-Site-Data"};

constexpr std::array<std::string_view, 2> kLocations = {"Location", "Content-Location"};

// Those of known login walls, whose front may not be known yet: an old copy that a client kept
// would be sent in the place of the front's.
bool is_known_wall_cookie(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 4> kWalls = {"_oauth2_proxy", "CF_Authorization",
                                                      "_pomerium", "authelia_session"};
  return std::ranges::any_of(kWalls, [&](std::string_view wall) { return name.starts_with(wall); });
}

bool must_be_encoded(std::string_view text, std::size_t at) noexcept {
  const char c = text[at];
  if (static_cast<unsigned char>(c) >= 0x80) return true;
  if (c == '%') {
    return at + 2 >= text.size() || !is_hex_digit(text[at + 1]) || !is_hex_digit(text[at + 2]);
  }
  return std::string_view("\"<>^`{|}").find(c) != std::string_view::npos;
}

std::string encoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (must_be_encoded(text, i)) {
      out += encode_component(text.substr(i, 1));
    } else {
      out += text[i];
    }
  }
  return out;
}

// Some servers leave out what follows a ";" before they resolve the dots.
std::string_view without_parameters(std::string_view segment) noexcept {
  return segment.substr(0, segment.find(';'));
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    const auto end = std::min(path.find_first_of("/\\"), path.size());
    const auto segment = without_parameters(path.substr(0, end));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

bool is_credential(std::string_view parameter) {
  const auto name = decode_percent(parameter.substr(0, parameter.find('=')));
  return name == "token" || name == "ticket";
}

std::string without_credentials(std::string_view query) {
  std::string kept;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto parameter = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (is_credential(parameter)) continue;
    kept.append(kept.empty() ? "?" : "&").append(parameter);
  }
  return kept;
}

// The credential of an upgrade is in the URL that a gateway redirects.
std::string without_credentials_in(std::string_view location) {
  const auto fragment = std::min(location.find('#'), location.size());
  const auto mark = std::min(location.find('?'), fragment);
  std::string kept(location.substr(0, mark));
  if (mark < fragment) kept += without_credentials(location.substr(mark + 1, fragment - mark - 1));
  return kept.append(location.substr(fragment));
}

}  // namespace

std::string Forwarding::target(std::string_view target) {
  const auto mark = std::min(target.find('?'), target.size());
  auto text = encoded(target.substr(0, mark));
  // A server behind the gateway may decode them, and leave the path that was checked.
  if (has_dot_segment(decode_percent(text))) {
    throw RequestFault(400, "the request's target has a segment of dots");
  }
  if (mark < target.size()) text += without_credentials(encoded(target.substr(mark + 1)));
  try {
    return RequestTarget::parse(text).text();
  } catch (const Error&) {
    throw RequestFault(400, "the request's target is not a path below the gateway");
  }
}

std::vector<std::string> Forwarding::cookie_names(std::string_view field) {
  std::vector<std::string> names;
  while (!field.empty()) {
    const auto name = name_of_cookie_pair(take_cookie_pair(field));
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

// Without one reading for all, a name may hide a session cookie: servers trim more than spaces.
bool Forwarding::may_pass(std::string_view pair, const Names& front) {
  const auto name = name_of_cookie_pair(pair);
  return is_token(name) && !is_session_cookie(name) && !is_known_wall_cookie(name) &&
         std::ranges::none_of(front, [&](const std::string& own) {
           return own == name || without_chunk(own) == without_chunk(name);
         });
}

Headers Forwarding::to_gateway(const ClientRequest& request) const {
  Headers headers;
  for (const auto& header : request.headers) {
    const auto& name = header.name();
    if (is_one_of(name, kHopByHop) || is_one_of(name, kNotToGateway) ||
        same_field_name(name, names_.token_header) ||
        request.headers.has_token("Connection", name)) {
      continue;
    }
    headers.add(header);
  }
  std::string cookies;
  const auto given = request.headers.all("Cookie");
  const auto front = given.empty() ? Names() : front_cookies();
  for (const auto field : given) {
    const auto own = gateway_cookies(field, front);
    if (!own.empty()) cookies.append(cookies.empty() ? "" : "; ").append(own);
  }
  if (!cookies.empty()) headers.add("Cookie", cookies);
  // Otherwise the transport would ask for an encoding that this client does not know.
  if (!headers.has("Accept-Encoding")) headers.add("Accept-Encoding", "identity");
  return headers;
}

// Returns those of the gateway, under its own names for them.
std::string Forwarding::gateway_cookies(std::string_view cookies, const Names& front) const {
  std::string found;
  while (!cookies.empty()) {
    auto pair = take_cookie_pair(cookies);
    if (!pair.starts_with(names_.cookie_prefix)) continue;
    pair.remove_prefix(names_.cookie_prefix.size());
    if (!may_pass(pair, front)) continue;
    found.append(found.empty() ? "" : "; ").append(pair);
  }
  return found;
}

Headers Forwarding::to_client(const HttpResponse& response) const {
  Headers headers;
  const auto front = response.headers.has("Set-Cookie") ? front_cookies() : Names();
  for (const auto& header : response.headers) {
    const auto& name = header.name();
    if (is_one_of(name, kHopByHop) || is_one_of(name, kNotToClient) ||
        response.headers.has_token("Connection", name)) {
      continue;
    }
    if (same_field_name(name, "Set-Cookie")) {
      const auto cookie = local_cookie(header.value(), front);
      if (!cookie.empty()) headers.add(name, cookie);
      continue;
    }
    if (is_one_of(name, kLocations)) {
      headers.add(name, local_location(header.value()));
    } else {
      headers.add(header);
    }
  }
  return headers;
}

// Returns nothing for the session's and the front's. What is left of the attributes is true of the
// local address.
std::string Forwarding::local_cookie(std::string_view cookie, const Names& front) const {
  const auto end = std::min(cookie.find(';'), cookie.size());
  const auto pair = ascii::trim(cookie.substr(0, end), " ");
  if (!may_pass(pair, front)) return {};
  auto local = names_.cookie_prefix + std::string(pair);
  cookie.remove_prefix(end);
  while (!cookie.empty()) {
    cookie.remove_prefix(1);
    const auto next = std::min(cookie.find(';'), cookie.size());
    const auto attribute = ascii::trim(cookie.substr(0, next), " ");
    cookie.remove_prefix(next);
    const auto name = ascii::trim(attribute.substr(0, attribute.find('=')), " ");
    if (ascii::is_same(name, "Domain")) continue;
    local += "; ";
    if (ascii::is_same(name, "Path") && attribute.find('=') != std::string_view::npos) {
      const auto path = ascii::trim(attribute.substr(attribute.find('=') + 1), " ");
      local += "Path=" + local_path(path).value_or(std::string(path));
    } else {
      local += attribute;
    }
  }
  return local;
}

// Returns what follows the gateway's prefix, or nothing if the path is not below it.
std::optional<std::string> Forwarding::local_path(std::string_view path) const {
  const auto& prefix = gateway_.prefix();
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (!path.empty() && std::string_view("/?#").find(path.front()) == std::string_view::npos) {
    return std::nullopt;
  }
  return (path.starts_with('/') ? "" : "/") + std::string(path);
}

std::string Forwarding::local_location(std::string_view location) const {
  std::string target(location);
  std::string base;
  if (!location.starts_with('/') || location.starts_with("//")) {
    try {
      const auto url = AbsoluteUrl::parse(location);
      if (url.origin != gateway_.origin() || names_.base.empty()) return target;
      // A fragment is not part of the target.
      const auto fragment = std::min(location.find('#'), location.size());
      target = url.target + std::string(location.substr(fragment));
      base = names_.base;
    } catch (const Error&) {
      return target;  // relative to the request's own path
    }
  }
  const auto path = local_path(target);
  if (!path) return std::string(location);
  // Alone, what begins with two slashes would name another host.
  if (path->starts_with("//") || path->starts_with("/\\")) base = names_.base;
  return base + without_credentials_in(*path);
}

}  // namespace pintle::broker
