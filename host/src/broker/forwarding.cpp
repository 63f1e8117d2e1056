// SPDX-License-Identifier: Apache-2.0
#include "broker/forwarding.h"

#include <algorithm>
#include <array>

#include <pintle/core/base/error.h>
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

// Of a response: another way to the gateway, a proxy's challenge, and its session, which is the
// host's.
constexpr std::array<std::string_view, 2> kNotToClient = {"Alt-Svc", "Proxy-Authenticate"};

constexpr std::array<std::string_view, 2> kLocations = {"Location", "Content-Location"};

// gateway-contract 3: under any of its names.
bool is_session_cookie(std::string_view name) noexcept {
  for (const std::string_view prefix : {"__Host-", "__Secure-"}) {
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  }
  return name.starts_with("hermes_session");
}

std::string_view name_of_pair(std::string_view pair) noexcept {
  return ascii::trim(pair.substr(0, pair.find('=')), " ");
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

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    const auto end = std::min(path.find_first_of("/\\"), path.size());
    const auto segment = path.substr(0, end);
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
  for (const auto field : request.headers.all("Cookie")) {
    const auto own = gateway_cookies(field);
    if (!own.empty()) cookies.append(cookies.empty() ? "" : "; ").append(own);
  }
  if (!cookies.empty()) headers.add("Cookie", cookies);
  // Otherwise the transport would ask for an encoding that this client does not know.
  if (!headers.has("Accept-Encoding")) headers.add("Accept-Encoding", "identity");
  return headers;
}

// Returns those of the gateway, under its own names for them.
std::string Forwarding::gateway_cookies(std::string_view cookies) const {
  std::string found;
  while (!cookies.empty()) {
    const auto end = std::min(cookies.find(';'), cookies.size());
    auto pair = ascii::trim(cookies.substr(0, end), " ");
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    if (!pair.starts_with(names_.cookie_prefix)) continue;
    pair.remove_prefix(names_.cookie_prefix.size());
    if (is_session_cookie(name_of_pair(pair))) continue;
    found.append(found.empty() ? "" : "; ").append(pair);
  }
  return found;
}

Headers Forwarding::to_client(const HttpResponse& response) const {
  Headers headers;
  for (const auto& header : response.headers) {
    const auto& name = header.name();
    if (is_one_of(name, kHopByHop) || is_one_of(name, kNotToClient) ||
        response.headers.has_token("Connection", name)) {
      continue;
    }
    if (same_field_name(name, "Set-Cookie")) {
      const auto pair = ascii::trim(header.value(), " ");
      if (!is_session_cookie(name_of_pair(pair.substr(0, pair.find(';'))))) {
        headers.add(name, names_.cookie_prefix + std::string(pair));
      }
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

std::string Forwarding::local_location(std::string_view location) const {
  const auto& prefix = gateway_.prefix();
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
  const std::string_view path = target;
  const auto after = path.substr(std::min(prefix.size(), path.size()));
  const bool is_below = path.starts_with(prefix) && (after.empty() || after.front() == '/' ||
                                                     after.front() == '?' || after.front() == '#');
  if (!is_below) return std::string(location);
  // Alone, what begins with two slashes would name another host.
  if (after.starts_with("//") || after.starts_with("/\\")) base = names_.base;
  return base + (after.starts_with('/') ? "" : "/") + std::string(after);
}

}  // namespace pintle::broker
