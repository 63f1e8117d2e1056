// SPDX-License-Identifier: Apache-2.0
#include "basic_scheme.h"

#include <utility>

#include <pintle/core/base/secret.h>
#include <pintle/core/text/base64.h>

#include "given.h"

namespace pintle {

using namespace plugin;  // NOLINT(google-build-using-namespace): this file is the plugin

BasicScheme::BasicScheme(const Opening& opening)
    : username_(opening.setting("username").value_or("")),
      header_(opening.setting("header").value_or("Authorization")) {}

Decoration BasicScheme::decorate(const Request&, const HeaderSink& headers) const {
  if (value_.empty()) {
    throw front::missing("user name and password",
                         "Provide them with --front-username NAME and --front-password-file FILE.");
  }
  headers.add(header_, value_.reveal());
  return {.valid_until_ms = 0, .credential = version_};
}

Task<> BasicScheme::sign_in(SignIn) {
  auto ask = Ask("What stands in front of the gateway asks for a user name and a password.");
  if (username_.empty()) ask = std::move(ask).plain("username", "User name (front)");
  auto answer = co_await std::move(ask).secret("password", "Password (front)");
  auto user = username_;
  if (user.empty()) user = front::take_secret(answer, "username").reveal();
  // RFC 7617 2: it ends at the first colon.
  if (user.find(':') != std::string::npos) {
    throw Error(Layer::config, "the user name for the front of the gateway has a colon")
        .with_user_action()
        .with_hint("Check --front-username.");
  }
  const auto password = front::take_secret(answer, "password");
  const auto credential = basic_credential(user, password.reveal());
  std::string field;
  field.reserve(credential.size() + 6);
  field.append("Basic ").append(credential.reveal());
  auto value = Secret::take(field);
  if (!value.equals(value_)) ++version_;
  value_ = std::move(value);
}

Task<WsUrl> BasicScheme::resolve_ws_url(WsTarget) {
  throw front::no_websocket();
  co_return WsUrl();
}

Task<std::string> BasicScheme::sign_out() {
  value_ = Secret();
  ++version_;
  co_return std::string();
}

// A name that was typed may be meant to stay unseen; one of the settings is shown there, too.
void BasicScheme::describe(const FactSink& sink) const {
  if (!value_.empty() && !username_.empty()) sink.add("user", username_);
}

}  // namespace pintle
