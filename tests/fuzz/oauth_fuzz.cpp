// SPDX-License-Identifier: Apache-2.0
//
// A scheme's stored session, and the gateway's response with tokens.

#include <algorithm>
#include <stored_session.h>
#include <wire/bearer.h>

#include <pintle/core/base/error.h>

#include "fuzz.h"
#include "json_grammar.h"

namespace pintle::oauth {
namespace {

using fuzz::require;
using fuzz::require_same;

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::string_view kGateway = "https://gateway.example/hermes";

void check_stored(std::string_view bytes) {
  const auto gateway = GatewayUrl::parse(kGateway);
  try {
    const auto stored = from_bytes(fuzz::Block(bytes).view(), gateway);
    const auto text = to_bytes(stored.session, stored.user, gateway);
    if (text.empty()) return;
    require(fuzz::read_json(text.reveal()).is_json, "what is stored is JSON", text.reveal());
    const auto again = from_bytes(text.reveal(), gateway);
    require_same(to_bytes(again.session, again.user, gateway).reveal(), text.reveal(),
                 "a session reads back the same");
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.needs_sign_in(), "a session that is of no use needs a sign-in", error.what());
  }
}

void check_tokens(std::string_view body, std::string_view date) {
  const pintle_field field{plugin::view("Date"), plugin::view(date)};
  pintle_answer raw{};
  raw.struct_size = sizeof raw;
  raw.http_status = 200;
  raw.http_headers = &field;
  raw.http_header_count = 1;
  raw.http_body = plugin::view(body);
  plugin::Moment moment{};
  moment.now_ms = kNow;
  try {
    const auto answer = read_token_answer(plugin::HttpAnswer(raw), moment);
    const auto& tokens = answer.tokens;
    const auto access = tokens.access.reveal();
    require(!access.empty() && std::all_of(access.begin(), access.end(),
                                           [](char c) { return c > ' ' && c < 0x7f; }),
            "a token can stand in a header", access);
    require(tokens.expires_ms == 0 || tokens.expires_ms >= kNow, "a fresh token has not lapsed");
    require(tokens.refresh_at_ms <= tokens.expires_ms, "a token is renewed before it lapses");
    const auto gateway = GatewayUrl::parse(kGateway);
    BearerTokens copy;
    copy.access = tokens.access.clone();
    copy.refresh = tokens.refresh.clone();
    copy.expires_ms = tokens.expires_ms;
    copy.refresh_at_ms = tokens.refresh_at_ms;
    check_stored(to_bytes(Session(std::move(copy)), answer.user, gateway).reveal());
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::protocol, "the answer is to blame", error.what());
  }
}

void check(std::string_view bytes) {
  check_stored(bytes);
  fuzz::Input input(bytes);
  const auto date = input.line();
  check_tokens(input.rest(), date);
  check_tokens(bytes, {});
}

fuzz::Target target() {
  const auto gateway = GatewayUrl::parse(kGateway);
  CookieSession cookies(gateway);
  const std::string_view fields[] = {"hermes_session_at=a; Path=/hermes; Max-Age=900; Secure",
                                     "__Secure-hermes_session_rt=\"b\"; Path=/hermes; Secure"};
  cookies.take(fields, CookieSession::Deletions::honour, kNow);
  BearerTokens tokens;
  tokens.access = Secret("eyJ.abc");
  tokens.refresh = Secret("r");
  tokens.expires_ms = kNow + 900'000;
  tokens.refresh_at_ms = kNow + 800'000;
  const auto stored = [&](Session session) {
    return std::string(to_bytes(session, {"ada", "basic"}, gateway).reveal());
  };
  return {
      check,
      {stored(Session(std::move(cookies))), stored(Session(std::move(tokens))),
       "Sun, 06 Nov 1994 08:49:37 GMT\n"
       R"({"access_token":"AT","refresh_token":"RT","token_type":"Bearer","expires_at":1700000900,"provider":"basic","user_id":"ada"})",
       R"({"access_token":"AT","expires_at":1700000900.5,"refresh_token":""})",
       R"({"access_token":"A T","expires_at":-1})", R"({"access_token":7})", "{}"},
      {"\"access_token\":", "\"refresh_token\":", "\"expires_at\":", "\"expires_ms\":",
       "\"cookies\":", "\"kind\":\"bearer\"", "253402300800", "9e99", "-1", "\\u0000", "\\u00e9",
       "null", "{", "}"},
      nullptr,
      1000};
}

}  // namespace
}  // namespace pintle::oauth

PINTLE_FUZZ_TARGET(OauthFuzz, AStoredSessionReadsBackTheSame, pintle::oauth::target())
