// SPDX-License-Identifier: Apache-2.0
//
// The meaning of a refusal, whoever sent it.

#include <charconv>

#include <pintle/core/gateway/classify_response.h>
#include <pintle/core/gateway/intermediary.h>

#include "fuzz.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;

constexpr RequestPurpose kAsked[] = {RequestPurpose::public_endpoint,
                                     RequestPurpose::rest,
                                     RequestPurpose::ticket,
                                     RequestPurpose::upgrade_with_ticket,
                                     RequestPurpose::upgrade_with_token,
                                     RequestPurpose::password_sign_in,
                                     RequestPurpose::native_token,
                                     RequestPurpose::native_refresh};

bool is_upgrade(RequestPurpose asked) {
  return asked == RequestPurpose::upgrade_with_ticket ||
         asked == RequestPurpose::upgrade_with_token;
}

// The same response with other secrets: a code in the Location, a cookie.
HttpResponse with_other_secrets(const HttpResponse& response) {
  HttpResponse other = response;
  other.headers = {};
  for (const auto& field : response.headers) {
    std::string value = field.value();
    if (same_field_name(field.name(), "Set-Cookie")) value = fuzz::other_secret(value);
    if (same_field_name(field.name(), "Location")) {
      const auto query = std::min(value.find('?'), value.size());
      value = value.substr(0, query) + fuzz::other_secret(value.substr(query));
    }
    other.headers.add(field.name(), value);
  }
  return other;
}

std::string text_of(const std::optional<Error>& error) {
  return error ? std::string(error->what()) + " " + error->hint() : std::string();
}

void check_error(const Error& error, int status, RequestPurpose asked) {
  fuzz::require_good(error);
  require(!error.needs_sign_in() || status < 500, "5xx never asks for a sign-in", error.what());
  require(!error.needs_sign_in() || status != 429, "429 never asks for a sign-in", error.what());
  require(!error.needs_sign_in() || asked != RequestPurpose::public_endpoint,
          "who showed no credential is not asked for another one", error.what());
  require(!error.needs_sign_in() || error.needs_user_action(), "a sign-in is a user's",
          error.what());
  require(!(error.needs_sign_in() && error.can_retry()), "the same credential is not sent twice",
          error.what());
  require(error.retry_after_ms() <= 86'400'000, "a wait is at most a day", error.what());
  require(error.retry_after_ms() == 0 || error.can_retry(), "who may wait may try again",
          error.what());
  require(!error.hint().empty(), "an error says what to do", error.what());
}

void check(std::string_view bytes) {
  constexpr const char* kPaths[] = {"/api/status", "/api/ws", "/", "/login", "/auth/native/token"};
  constexpr const char* kGateways[] = {"https://gateway.example/hermes", "http://127.0.0.1:8642"};
  fuzz::Input input(bytes);
  const auto choice = input.byte();
  const auto gateway = GatewayUrl::parse(kGateways[choice % 2]);
  const std::string_view path = kPaths[choice / 2 % 5];
  HttpResponse response;
  const auto status = input.line();
  std::from_chars(status.data(), status.data() + status.size(), response.status);
  if (response.status < 100 || response.status > 999) return;
  response.headers = input.headers();
  response.body = input.rest();
  const auto other = with_other_secrets(response);

  for (const auto asked : kAsked) {
    const auto error = classify_response(response, gateway, asked, path);
    if (error) check_error(*error, response.status, asked);
    require_same(text_of(error), text_of(classify_response(other, gateway, asked, path)),
                 "what is said does not depend on a secret");
    const bool wanted = is_upgrade(asked) ? response.status == 101 : response.status == 200;
    if (!wanted) {
      require(error || asked == RequestPurpose::rest || response.ok() || response.status == 304,
              "what was not asked for is an error", status);
    } else if (asked == RequestPurpose::rest && !path.starts_with("/api/")) {
      require(!error || response.headers.has("cf-mitigated"), "an app's own page is let in",
              text_of(error));
    } else if (is_web_page(response) && !is_upgrade(asked)) {
      require(error.has_value(), "a web page is not the gateway's own answer");
    }
  }
  fuzz::require_good(redirect_error(response, gateway, path));
  require_same(redirect_error(response, gateway, path).what(),
               redirect_error(other, gateway, path).what(), "a redirect's code is not shown");
  require_same(own_redirect(response, gateway, path).value_or(""),
               own_redirect(other, gateway, path).value_or(""), "a redirect's code is not shown");
  if (const auto wall = intermediary_error(response, gateway)) {
    fuzz::require_good(*wall);
    require(!wall->needs_sign_in(), "to sign in to the gateway opens no door before it",
            wall->what());
  }
}

fuzz::Target target() {
  return {
      check,
      {"\x01"
       "401\nContent-Type: "
       "application/json\n\n{\"error\":\"unauthenticated\",\"reason\":\"no_cookie\"}",
       "\x02"
       "302\nLocation: https://t.cloudflareaccess.com/cdn?code=secret\nSet-Cookie: a=b\n\n",
       "\x01"
       "301\nLocation: https://127.0.0.1:8642/hermes/api/status?x=1\n\n",
       "\x04"
       "200\nContent-Type: text/html\n\n<html><title> Log in </title>",
       "\x06"
       "503\nRetry-After: 30\n\n{\"detail\":\"Auth provider 'x' unreachable\"}",
       "\x06"
       "429\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\nDate: Sun, 06 Nov 1994 08:49:30 GMT\n\n",
       "\x01"
       "400\n\n{\"detail\":\"Invalid Host header: use x\"}",
       "\x01"
       "400\n\nThe plain HTTP request was sent to HTTPS port",
       "\x02"
       "403\nWWW-Authenticate: Basic realm=\"x\"\n\n",
       "\x02"
       "511\n\n",
       "\x02"
       "101\n\n",
       "\x02"
       "308\nLocation: //user:pass@h/x?y\n\n",
       "\x02"
       "522\nServer: cloudflare\n\n",
       "\x02"
       "407\n\n",
       "\x02"
       "426\n\n",
       "\x02"
       "404\n\n{\"detail\":[{\"a\":1}]}"},
      {"Location: ", "Retry-After: ", "Set-Cookie: ", "CF-Ray: x\n", "cf-mitigated: challenge\n",
       "WWW-Authenticate: Negotiate\n", "Content-Type: text/html\n", "\"detail\":\"",
       "\"error\":\"", "session_expired", "Unauthorized", "invalid host header", "<title>",
       "</title>", "<!doctype html", "https://gateway.example", "/api/status", "\n\n", "?code="}};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(RefusalFuzz, NoAnswerAsksForASignInThatCannotHelp, pintle::target())
