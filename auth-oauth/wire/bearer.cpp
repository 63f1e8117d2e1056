// SPDX-License-Identifier: Apache-2.0
#include "wire/bearer.h"

#include <algorithm>
#include <cstring>

#include <pintle/core/base/error.h>
#include <pintle/core/http/http_date.h>

#include "wire/json_object.h"

namespace pintle::oauth {
namespace {

constexpr std::int64_t kLeewayMs = 60'000;
constexpr std::int64_t kJitterMs = 30'000;
constexpr std::int64_t kMaxLifetimeMs = 400LL * 24 * 3600 * 1000;

Error unreadable(const char* what) {
  return Error(Layer::protocol, std::string("the gateway's answer ") + what)
      .with_hint("Check the gateway's URL and version.");
}

// Returns when a newly issued token expires by this machine's clock; 0: unknown.
//
// expires_in (RFC 6749 5.1) needs no clock. expires_at is by the gateway's clock; the lifetime
// follows from the response's Date and, independently, from this machine's clock. If they disagree,
// one is wrong, and it is unknown which: the longer lifetime is used. A token that expires earlier
// is refused and then renewed, which costs one request; a valid token that is considered expired
// would be renewed again and again. If both say that a fresh token has expired, both are wrong.
std::int64_t local_expiry(const JsonObject& answer, std::string_view date, std::int64_t now_ms) {
  if (const auto life_s = answer.integer("expires_in"); life_s && *life_s > 0) {
    return now_ms + std::min(*life_s, kMaxLifetimeMs / 1000) * 1000;
  }
  const auto expires_at = answer.integer("expires_at").value_or(0);
  if (expires_at <= 0 || expires_at > 253'402'300'799) return 0;  // The year 9999.
  const auto gateway_now_ms = std::min(parse_http_date(date).value_or(now_ms), now_ms);
  const auto life_ms = expires_at * 1000 - gateway_now_ms;
  return life_ms <= 0 ? 0 : now_ms + std::min(life_ms, kMaxLifetimeMs);
}

bool fits_in_a_header(std::string_view token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

std::int64_t renewal_time(std::int64_t now_ms, std::int64_t expires_ms, std::uint64_t random) {
  const auto life_ms = std::max<std::int64_t>(expires_ms - now_ms, 0);
  const auto leeway_ms = std::min(kLeewayMs, life_ms / 5);
  const auto jitter_ms = std::min(kJitterMs, life_ms / 10);
  const auto chance = static_cast<std::int64_t>(random % static_cast<std::uint64_t>(jitter_ms + 1));
  return expires_ms - leeway_ms - chance;
}

TokenAnswer read_token_answer(const plugin::HttpAnswer& answer, const plugin::Moment& moment) {
  const auto object = JsonObject::parse(answer.body());
  if (!object) throw unreadable("is not a JSON object").with_status(answer.status());
  TokenAnswer read;
  auto& tokens = read.tokens;
  tokens.access = object->secret("access_token");
  if (tokens.access.empty()) throw unreadable("has no token").with_status(answer.status());
  if (!fits_in_a_header(tokens.access.reveal())) {
    throw unreadable("has a token that is not valid in a header").with_status(answer.status());
  }
  tokens.refresh = object->secret("refresh_token");
  read.user = {object->text("user_id"), object->text("provider")};
  tokens.expires_ms = local_expiry(*object, answer.header("Date"), moment.now_ms);
  if (tokens.expires_ms != 0) {
    std::uint64_t random = 0;
    std::memcpy(&random, moment.random.data(), sizeof(random));
    tokens.refresh_at_ms = renewal_time(moment.now_ms, tokens.expires_ms, random);
  }
  return read;
}

}  // namespace pintle::oauth
