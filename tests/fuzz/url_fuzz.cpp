// SPDX-License-Identifier: Apache-2.0
//
// The URL that a user types, the URL of a gateway or a scheme, a path below the gateway, and
// percent codes.

#include <optional>

#include <Poco/URI.h>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/text/percent.h>

#include "fuzz.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;

bool is_plain(std::string_view text) {
  return fuzz::is_one_line(text) && text.find(' ') == std::string_view::npos;
}

// Returns the error for a text that is refused; empty if it is accepted.
template <class Url>
std::string complaint(std::string_view text) {
  try {
    Url::parse(fuzz::Block(text).view());
    return {};
  } catch (const Error& error) {
    fuzz::require_good(error);
    return std::string(error.what()) + " " + error.hint();
  }
}

// Neither a ticket in the query nor a password before the host changes the error.
template <class Url>
void check_hides_secrets(std::string_view text) {
  const auto said = complaint<Url>(text);
  if (const auto query = text.find('?'); query != std::string_view::npos) {
    const auto other = std::string(text.substr(0, query)) + fuzz::other_secret(text.substr(query));
    require_same(said, complaint<Url>(other), "what is said does not depend on the query");
  }
  if (text.starts_with('/')) return;  // A path has no user.
  const auto colon = text.find("://");
  const auto host = colon == std::string_view::npos ? 0 : colon + 3;
  const auto at = text.substr(0, text.find_first_of("/?#", host)).rfind('@');
  if (at == std::string_view::npos || at < host) return;
  const auto other = std::string(text.substr(0, host)) +
                     fuzz::other_secret(text.substr(host, at - host)) +
                     std::string(text.substr(at));
  require_same(said, complaint<Url>(other), "what is said does not depend on a password");
}

template <class Url>
std::optional<Url> accepted(std::string_view text) {
  try {
    return Url::parse(fuzz::Block(text).view());
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Poco is an independent parser of the same text.
void check_agrees_with_poco(const GatewayUrl& url) {
  if (url.host().find('%') != std::string::npos) return;  // A zone id; Poco supports none.
  const Poco::URI uri(url.text());
  require_same(uri.getHost(), url.host(), "Poco reads the same host");
  require(uri.getPort() == url.port(), "Poco reads the same port", url.text());
  require(uri.isRelative() == false && uri.getUserInfo().empty() && uri.getRawQuery().empty() &&
              uri.getFragment().empty(),
          "a base URL is a scheme, a host, a port and a path", url.text());
}

void check_gateway_url(const GatewayUrl& url) {
  const auto text = url.text();
  require(is_plain(text), "a URL has no blank and no control character", text);
  require(!url.host().empty() && url.port() != 0, "a URL has a host and a port", text);
  require(url.prefix().empty() || (url.prefix().front() == '/' && url.prefix().back() != '/'),
          "a prefix begins with a slash and does not end with one", url.prefix());
  const auto again = accepted<GatewayUrl>(text);
  require(again && *again == url, "a URL's text reads back as the same URL", text);
  check_agrees_with_poco(url);
}

void check_target(const GatewayUrl& url, const RequestTarget& target) {
  require(is_plain(target.text()), "a target has no blank and no control character", target.text());
  const auto whole = accepted<AbsoluteUrl>(url.text() + target.text());
  require(whole.has_value(), "a gateway's URL and a target are a URL", target.text());
  require(whole->origin == url.origin(), "a target does not change the origin", target.text());
  require_same(whole->target, url.path_of(target), "a target is asked for as it stands");
}

void check_absolute(const AbsoluteUrl& url) {
  require(is_plain(url.target) && url.target.starts_with('/'), "a target begins with a slash",
          url.target);
  require(!url.origin.host.empty() && url.origin.port != 0, "an origin has a host and a port");
  const auto origin = url.origin.text();
  const auto text = url.scheme + origin.substr(origin.find("://")) + url.target;
  // A default port is omitted from the text, and ws has the one of http.
  const auto again = accepted<AbsoluteUrl>(text);
  require(again && again->origin == url.origin && again->scheme == url.scheme &&
              again->target == url.target,
          "a URL's parts read back as the same URL", text);
}

void check_percent(const GatewayUrl& url, std::string_view text) {
  const auto encoded = encode_component(text);
  require(has_valid_percent_codes(encoded) && is_plain(encoded), "a component is plain", encoded);
  require_same(decode_percent(encoded), text, "a component decodes to what was encoded");
  const auto dialled = accepted<AbsoluteUrl>(url.ws_url("/api/ws", {{"token", std::string(text)}}));
  require(dialled && dialled->origin == url.origin(), "a WebSocket URL leads to the gateway");
  require_same(
      decode_percent(std::string_view(dialled->target).substr(dialled->target.find("?token=") + 7)),
      text, "a query's value arrives as it was");
  has_valid_percent_codes(fuzz::Block(text).view());
  require(decode_percent(fuzz::Block(text).view()).size() <= text.size(), "decoding only shortens");
}

void check(std::string_view bytes) {
  fuzz::Input input(bytes);
  const auto first = input.line();
  const auto second = input.rest();
  check_hides_secrets<GatewayUrl>(first);
  check_hides_secrets<AbsoluteUrl>(first);
  check_hides_secrets<RequestTarget>(second);
  const auto typed = accepted<GatewayUrl>(first);
  if (typed) check_gateway_url(*typed);
  if (const auto given = accepted<AbsoluteUrl>(first)) check_absolute(*given);
  const auto url = typed ? *typed : GatewayUrl::parse("http://[::1]:9119/hermes");
  if (const auto target = accepted<RequestTarget>(second)) check_target(url, *target);
  check_percent(url, second);
  require(fuzz::is_one_line(without_query(first)), "a URL in a log is one line");
}

fuzz::Target target() {
  return {check,
          {"https://gateway.example\n/api/sessions?limit=3",
           "https:?http://b\xc3\xbc"
           "cher.example",
           "http://127.0.0.1:9119/hermes/\n/",
           "HTTP://User:pass@Host.Example:8080/a/b?token=abc#x\n/a%2Fb",
           "https://[2001:DB8:0:0::0001]:8443\n/a/%2e%2e/b?x", "ws://[::ffff:127.0.0.1]/x?a=b\n//x",
           "wss://a-b.c_d:443?ticket=abc\n/..", "http://0x7f.1/\n/./", "localhost:9119\nx",
           "http://2130706433\n/\xc3\xbc", "https://xn--bcher-kva.example.:1\n/a?b#c",
           "http://[fe80::1%25eth0]/\n/%", "user:pass@host://x\n/", "x\nhttps://user:pass@h/x",
           " http://h \n/a b"},
          {"http://", "https://", "ws://", "://", "@", "%25", "%2e", "..", "[::1]", "?token=", "#",
           ":0", ":65536", "\\", "xn--", "127.0.0.1", "\xc2\xa0"}};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(UrlFuzz, WhatIsAcceptedReadsBackTheSame, pintle::target())
