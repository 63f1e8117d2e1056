// SPDX-License-Identifier: Apache-2.0
//
// Set-Cookie fields, and a jar that stores them.

#include <pintle/core/http/cookie_jar.h>

#include "fuzz.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;

constexpr std::int64_t kNow = 1'700'000'000'000;

std::string text_of(const SetCookie& cookie) {
  auto text = cookie.name + "=" + std::string(cookie.value.reveal());
  if (cookie.max_age_s) text += "; Max-Age=" + std::to_string(*cookie.max_age_s);
  if (!cookie.domain.empty()) text += "; Domain=." + cookie.domain;
  if (!cookie.path.empty()) text += "; Path=" + cookie.path;
  if (cookie.secure) text += "; Secure";
  if (cookie.http_only) text += "; HttpOnly";
  if (cookie.same_site != SameSite::unset) {
    text += "; SameSite=" + std::string(name_of(cookie.same_site));
  }
  return text;
}

void check_field(std::string_view field) {
  const auto cookie = parse_set_cookie(fuzz::Block(field).view());
  if (!cookie) return;
  require(!cookie->name.empty(), "a cookie has a name");
  const auto pair = cookie->name + std::string(cookie->value.reveal());
  require(pair.find_first_of(std::string_view(";\r\n\0\x7f", 5)) == std::string::npos,
          "a cookie cannot end its field", pair);
  require(cookie->path.empty() || cookie->path.front() == '/', "a path begins with a slash");
  const auto again = parse_set_cookie(text_of(*cookie));
  require(again.has_value(), "a cookie's text is a cookie", text_of(*cookie));
  require_same(text_of(*again), text_of(*cookie), "a cookie reads back the same");
}

// The same field with another secret in it.
std::string with_other_value(std::string_view field) {
  const auto end = std::min(field.find(';'), field.size());
  const auto begin = std::min(field.find('='), end);
  return std::string(field.substr(0, begin)) +
         fuzz::other_secret(field.substr(begin, end - begin)) + std::string(field.substr(end));
}

void check_jar(const CookieJar& jar, std::string_view path, std::int64_t now_ms) {
  require(jar.cookies().size() <= CookieJar::kMaxCookies, "a jar has a limit");
  const bool accepts_secure = jar.gateway().secure() || jar.gateway().is_loopback();
  for (const auto& cookie : jar.cookies()) {
    require(accepts_secure || !cookie.secure, "a Secure cookie is not kept from plain http");
    require(cookie.path.starts_with('/'), "a cookie has a path", cookie.path);
    require(satisfies_name_prefix(cookie.name, cookie.secure, cookie.host_only, cookie.path),
            "a cookie is what its name promises", cookie.name);
  }
  const auto header = jar.header(path, now_ms);
  try {
    Header::parse("Cookie", header.reveal());
  } catch (const Error& error) {
    fuzz::fail("what a jar sends can be sent", error.what());
  }
  const auto bytes = jar.to_bytes();
  const auto again = CookieJar::from_bytes(bytes.reveal(), jar.gateway());
  require_same(again.to_bytes().reveal(), bytes.reveal(), "a jar reads back the same");
  require_same(again.header(path, now_ms).reveal(), header.reveal(), "a stored jar sends the same");
}

void check(std::string_view bytes) {
  fuzz::Input input(bytes);
  constexpr const char* kGateways[] = {"https://gateway.example/hermes", "http://gateway.example",
                                       "http://127.0.0.1:9119"};
  const auto gateway = GatewayUrl::parse(kGateways[input.byte() % 3]);
  const auto path = input.line();
  CookieJar jar(gateway);
  CookieJar twin(gateway);
  auto now_ms = kNow;
  while (!input.empty()) {
    const auto field = input.line();
    now_ms += 1000;
    check_field(field);
    const auto verdict = jar.set(field, path, now_ms);
    require(twin.set(with_other_value(field), path, now_ms) == verdict || field.empty(),
            "what becomes of a cookie does not depend on its value", field);
    if (verdict == CookieVerdict::stored) {
      const auto said = parse_set_cookie(field);
      const auto* found = jar.find(said->name, now_ms);
      require(found != nullptr && found->value.equals(said->value), "what is stored is found",
              field);
      require(jar.set(field, path, now_ms) == CookieVerdict::unchanged,
              "the same field again changes nothing", field);
      twin.set(with_other_value(field), path, now_ms);
    }
    require_same(jar.describe(), twin.describe(), "a jar's description does not depend on values");
  }
  check_jar(jar, path, now_ms);
}

fuzz::Target target() {
  return {check,
          {"\x01/hermes/api/x?y\nhermes_session_rt=\"eyJ8pRg==\"; HttpOnly; Path=/; SameSite=Lax; "
           "Max-Age=2592000\nhermes_session_rt=; Max-Age=0; Path=/\n",
           "\x03/\n__Host-hermes_session_at=x; Secure; Path=/; Expires=Sun, 06 Nov 2044 08:49:37 "
           "GMT\na=b; Max-Age=1\nc=d\n",
           "\x03/hermes\n__Secure-a=b; Secure; Path=/hermes; Domain=.Gateway.Example\n",
           "\x02/a/b\nlang=; Max-Age=-1\nx=1;path=/a\nx=2;PATH=/b;Domain=127.0.0.1;Secure\n"},
          {"; Max-Age=", "; Expires=", "; Domain=", "; Path=/", "; Secure", "; HttpOnly",
           "; SameSite=None", "__Host-", "__Secure-", "gateway.example", "=", "\n", "\t"},
          nullptr,
          1000};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(CookieFuzz, WhatAJarTakesCanBeSentAndStored, pintle::target())
