// SPDX-License-Identifier: Apache-2.0
//
// Signing out, and what stays valid at the gateway afterwards (gateway-contract 4 and 8).

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <pintle/core/text/printable.h>

#include "oauth_scheme.h"
#include "wire/answers.h"

namespace pintle {

using namespace plugin;  // NOLINT(google-build-using-namespace): this file is the plugin
using oauth::BearerTokens;
using oauth::CookieSession;

namespace {

// "2026-11-26 14:03 UTC"
std::string utc_text(std::int64_t at_ms) {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): a calendar
  const sys_time<milliseconds> at{milliseconds(at_ms)};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(floor<minutes>(at - day));
  const auto two = [](auto number) {
    const auto digits = std::to_string(number);
    return digits.size() < 2 ? "0" + digits : digits;
  };
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day())) +
         " " + two(time.hours().count()) + ":" + two(time.minutes().count()) + " UTC";
}

// gateway-contract 8: these have no endpoint to revoke at.
bool revokes_nothing(const std::string& provider) {
  return provider == "basic" || provider == "nous";
}

bool can_stand_in_a_cookie(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != ';' && c != ',' && c != '"' && c != '\\';
  });
}

// Returns the cookie with which the gateway revokes a bearer's refresh token. Which of its names
// the gateway reads depends on the scheme and prefix that it sees, so it is sent under each of
// them.
std::string refresh_cookies(const Secret& refresh) {
  constexpr std::string_view kNames[] = {"__Host-hermes_session_rt", "__Secure-hermes_session_rt",
                                         "hermes_session_rt"};
  std::string field;
  field.reserve(3 * (refresh.size() + 32));  // A string that grows leaves a copy behind.
  for (const auto name : kNames) {
    field.append(field.empty() ? "" : "; ").append(name).append("=").append(refresh.reveal());
  }
  return field;
}

// The session's tokens before the sign-out, for the message to the user.
struct Tokens {
  bool access = false;
  bool refresh = false;
  std::int64_t access_until_ms = 0;   // 0: unknown
  std::int64_t refresh_until_ms = 0;  // 0: unknown

  static std::string until(std::int64_t at_ms, const char* otherwise) {
    return at_ms == 0 ? otherwise : "until " + utc_text(at_ms);
  }
  // "The access token stays valid at the gateway until …, the refresh token until …."
  std::string stay_valid() const {
    std::string text;
    if (access) {
      text = "The access token stays valid at the gateway " +
             until(access_until_ms, "until it expires");
    }
    if (refresh) {
      text += access ? ", the refresh token " : "The refresh token stays valid at the gateway ";
      text += until(refresh_until_ms, "until it expires (usually after 30 days)");
    }
    return text + ".";
  }
};

Tokens tokens_of(const oauth::Session& session, std::int64_t now_ms) {
  Tokens remaining;
  if (const auto* tokens = std::get_if<BearerTokens>(&session)) {
    remaining.access = tokens->expires_ms == 0 || tokens->expires_ms > now_ms;
    remaining.refresh = !tokens->refresh.empty();
    remaining.access_until_ms = tokens->expires_ms;
  } else if (const auto* cookies = std::get_if<CookieSession>(&session)) {
    remaining.access = cookies->has(SessionCookie::access, now_ms);
    remaining.refresh = cookies->has(SessionCookie::refresh, now_ms);
    remaining.access_until_ms = cookies->access_expires_ms();
    remaining.refresh_until_ms = cookies->refresh_expires_ms();
  }
  return remaining;
}

}  // namespace

// Returns the request that notifies the gateway; nothing if it could not revoke anything.
std::optional<Http> OAuthScheme::logout_request(std::int64_t now_ms) const {
  auto need = post(std::string(oauth::kLogoutPath));
  if (const auto* tokens = std::get_if<BearerTokens>(&session_)) {
    if (tokens->refresh.empty() || !can_stand_in_a_cookie(tokens->refresh.reveal())) {
      return std::nullopt;
    }
    // Alone: a bearer beside it would be a second kind of credential.
    return std::move(need).header("Cookie", refresh_cookies(tokens->refresh));
  }
  if (!is_alive(now_ms)) return std::nullopt;
  return with_credential(std::move(need), oauth::kLogoutPath, now_ms);
}

Task<std::string> OAuthScheme::sign_out() {
  const auto moment = co_await now();
  auto remaining = tokens_of(session_, moment.now_ms);
  const auto provider = user_.provider;
  auto need = logout_request(moment.now_ms);
  // First here, where it cannot fail, then at the gateway.
  end_session(std::nullopt);
  if (!remaining.access && !remaining.refresh) co_return std::string();
  if (!need) co_return remaining.stay_valid();
  std::string why;
  try {
    const auto answer = co_await std::move(*need);
    const auto status = answer.status();
    const bool redirect = status >= 300 && status < 400;
    const bool done = (redirect && oauth::leads_home(answer.header("Location"), gateway_)) ||
                      status == 401 || (status >= 200 && status < 300);
    if (!done) why = "it answered with HTTP " + std::to_string(status);
  } catch (const Error& error) {
    why = error.message();
  }
  if (!why.empty()) {
    co_return remaining.stay_valid() +
        " The gateway could not be notified of the sign-out: " + why + ".";
  }
  if (provider.empty()) {
    co_return remaining.stay_valid() + " Its provider, which is unknown, may have revoked them.";
  }
  if (revokes_nothing(provider)) {
    co_return remaining.stay_valid() + " The provider " + printable(provider, 40) +
        " revokes nothing.";
  }
  remaining.refresh = false;
  co_return remaining.access ? remaining.stay_valid() : std::string();
}

}  // namespace pintle
