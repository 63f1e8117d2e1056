#include "bearer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <pintle/core/error.h>
#include <pintle/core/http_date.h>

#include "json_object.h"

namespace pintle::oauth {
namespace {

constexpr std::int64_t kLeewayMs = 60'000;
constexpr std::int64_t kJitterMs = 30'000;
constexpr std::int64_t kLongestLifeMs = 400LL * 24 * 3600 * 1000;

Error unreadable(const char* what) {
  return Error(Layer::protocol, std::string("the gateway's answer was to hold tokens, and ") + what)
      .with_next("Check that the URL is that of the gateway, and the gateway's version.");
}

// What expires_at, a time by the gateway's clock, is by this machine's: a clock that is wrong here
// must not make a fresh token look lapsed. The answer's own Date says what the time is there.
std::int64_t local_expiry(std::int64_t expires_at, std::string_view date, std::int64_t now_ms) {
  if (expires_at <= 0 || expires_at > 253'402'300'799) return 0;  // the year 9999
  const auto gateway_now_ms = parse_http_date(date).value_or(now_ms);
  const auto life_ms = expires_at * 1000 - gateway_now_ms;
  return now_ms + std::clamp<std::int64_t>(life_ms, 0, kLongestLifeMs);
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
  if (tokens.access.empty()) throw unreadable("holds none").with_status(answer.status());
  if (!fits_in_a_header(tokens.access.reveal())) {
    throw unreadable("holds one that cannot stand in a header").with_status(answer.status());
  }
  tokens.refresh = object->secret("refresh_token");
  read.person = {object->text("user_id"), object->text("provider")};
  tokens.expires_ms =
      local_expiry(object->integer("expires_at").value_or(0), answer.header("Date"), moment.now_ms);
  if (tokens.expires_ms != 0) {
    std::uint64_t random = 0;
    std::memcpy(&random, moment.random.data(), sizeof(random));
    tokens.refresh_at_ms = renewal_time(moment.now_ms, tokens.expires_ms, random);
  }
  return read;
}

}  // namespace pintle::oauth
