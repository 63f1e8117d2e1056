// SPDX-License-Identifier: Apache-2.0
//
// A stored jar, which anyone may have edited.

#include <pintle/core/http/cookie_jar.h>

#include "fuzz.h"
#include "json_grammar.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;

const char* const kGateway = "https://gateway.example";

void check(std::string_view bytes) {
  const auto gateway = GatewayUrl::parse(kGateway);
  try {
    const auto jar = CookieJar::from_bytes(fuzz::Block(bytes).view(), gateway);
    require(fuzz::read_json(bytes).is_json, "a jar is JSON from end to end");
    require(jar.cookies().size() <= CookieJar::kMaxCookies, "a jar has a limit");
    for (const auto& cookie : jar.cookies()) {
      const auto text = cookie.name + "=" + std::string(cookie.value.reveal());
      const auto said = parse_set_cookie(text);
      require(said.has_value() && said->name.size() <= cookie.name.size(),
              "a gateway could have set what is taken from a store", text);
    }
    Header::parse("Cookie", jar.header("/x", 5).reveal());
    const auto stored = jar.to_bytes();
    require(fuzz::read_json(stored.reveal()).is_json, "what is stored is JSON", stored.reveal());
    require_same(CookieJar::from_bytes(stored.reveal(), gateway).to_bytes().reveal(),
                 stored.reveal(), "a jar reads back the same");
    require(fuzz::is_one_line(fuzz::Input(jar.describe()).line()), "a description is text");
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::store, "the store is to blame", error.what());
  }
}

fuzz::Target target() {
  CookieJar jar(GatewayUrl::parse(kGateway));
  jar.set("a=\"b\"; Path=/x; Max-Age=5", "/", 5);
  const auto small = std::string(jar.to_bytes().reveal());
  jar.set("__Host-c=\xff%; Secure; HttpOnly; SameSite=None; Path=/", "/", 6);
  return {check,
          {small, std::string(jar.to_bytes().reveal())},
          {"\"name\":", "\"value\":", "\"path\":\"%2F", "%00", "%0A", "%3B", "%7F", "%", "true",
           "false", "-9223372036854775808", "18446744073709551615", "\"expires_ms\":", "\"strict\"",
           "__Secure-", "{", "}", ","}};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(CookieJarFuzz, WhatIsTakenFromAStoreReadsBackTheSame, pintle::target())
