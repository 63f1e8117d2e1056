// SPDX-License-Identifier: Apache-2.0
#include "token_scheme.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <pintle/core/text/ascii.h>

namespace pintle {

using namespace plugin;  // NOLINT(google-build-using-namespace): this file is the plugin

namespace {

constexpr std::string_view kHeader = "X-Hermes-Session-Token";

bool is_a_page(const Response& response) {
  return response.header("Content-Type").starts_with("text/html");
}

bool fits_in_a_header(std::string_view token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

Decoration TokenScheme::decorate(const Request& request, const HeaderSink& headers) const {
  if (token_.empty()) throw missing();
  // The upgrade has it in its URL, and a request carries only one kind of credential.
  if (!request.is_upgrade()) headers.add(kHeader, token_.reveal());
  return {.valid_until_ms = 0, .credential = version_};
}

Observation TokenScheme::observe(const Response& response) {
  // 401 {"detail":"Unauthorized"} is the response to a wrong token (gateway-contract 5). A page
  // comes from an access proxy, a refused upgrade is a bare 403 without a reason, and a 401 to an
  // upgrade means that it did not arrive as one (gateway-contract 8): none of them proves anything
  // about the token.
  if (response.status() != 401 || response.to_upgrade() || is_a_page(response)) {
    return Observation::none;
  }
  if (response.credential() != version_) return Observation::retry_once;
  throw rejected(response.status());
}

Task<> TokenScheme::sign_in(SignIn how) {
  if (!how.method.empty() && how.method != "token") {
    throw Error(
        Layer::config,
        "this gateway requires a session token and has no sign-in method \"" + how.method + "\"")
        .with_user_action()
        .with_hint("Provide it with --token-file FILE or --token-command COMMAND.");
  }
  auto answer = co_await Ask("The gateway's gate is off: it requires the session token.")
                    .secret("token", "Session token");
  take(answer.take("token"));
}

Task<WsUrl> TokenScheme::resolve_ws_url(WsTarget target) {
  if (token_.empty()) throw missing();
  co_return std::move(target).with_query("token", token_.reveal()).until_rejected();
}

Task<std::string> TokenScheme::sign_out() {
  const bool had_one = !token_.empty();
  const std::string from = source_.empty() ? "" : " (" + source_ + ")";
  token_ = Secret();
  source_.clear();
  ++version_;
  co_return had_one ? "The token itself stays valid at the gateway" + from +
                          " until the gateway gets another one."
                    : std::string();
}

void TokenScheme::describe(const FactSink& sink) const {
  if (token_.empty()) return;
  sink.add("credential", "token " + preview(token_));
  if (!source_.empty()) sink.add("source", source_);
}

void TokenScheme::take(AskAnswer::Value value) {
  Secret token(ascii::trim_lines(value.text.reveal()));
  const std::string from = value.source.empty() ? "" : " from " + value.source;
  if (token.empty()) {
    throw Error(Layer::config, "the session token" + from + " is empty")
        .with_user_action()
        .with_hint("Put the gateway's session token there.");
  }
  if (!fits_in_a_header(token.reveal())) {
    throw Error(Layer::config, "the session token" + from +
                                   " contains a space, a line break or a non-ASCII character")
        .with_user_action()
        .with_hint("Put only the token there, on one line.");
  }
  if (!token.equals(token_)) ++version_;
  token_ = std::move(token);
  source_ = std::move(value.source);
}

Error TokenScheme::rejected(int status) const {
  return Error(Layer::gate, "the gateway refused the session token " + preview(token_) +
                                (source_.empty() ? "" : " from " + source_))
      .with_status(status)
      .with_sign_in()
      .with_hint("Check that the token is this gateway's.");
}

Error TokenScheme::missing() const {
  return Error(Layer::gate, "there is no session token for this gateway")
      .with_sign_in()
      .with_hint("Provide it with --token-file FILE or --token-command COMMAND.");
}

}  // namespace pintle

PINTLE_PLUGIN("pintle-token", PINTLE_TOKEN_VERSION, pintle::TokenScheme)
