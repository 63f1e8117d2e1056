// SPDX-License-Identifier: Apache-2.0
#include "wire/callback.h"

#include <optional>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/core/text/percent.h>
#include <pintle/core/text/printable.h>

namespace pintle::oauth {
namespace {

std::string_view query_of(std::string_view url) {
  url = url.substr(0, url.find('#'));
  const auto last = url.find_last_not_of(" \t\r\n\"'>");  // As copied from an email.
  url = url.substr(0, last == std::string_view::npos ? 0 : last + 1);
  const auto begin = url.find('?');
  return begin == std::string_view::npos ? std::string_view() : url.substr(begin + 1);
}

std::optional<Secret> parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    auto value = decode_percent(pair.substr(equals + 1));
    return Secret::take(value);
  }
  return std::nullopt;
}

}  // namespace

Secret code_from(std::string_view url, std::string_view state) {
  const auto query = query_of(url);
  const auto received_state = parameter(query, "state");
  auto code = parameter(query, "code");
  if (!received_state && !code) {
    throw Error(Layer::gate, "the address at the end of the sign-in has no code")
        .with_sign_in()
        .with_hint("Sign in again, and paste the whole address that the browser shows at the end.");
  }
  if (!received_state || !received_state->equals(Secret(state))) {
    // A code of another user would sign this connection in as that user (RFC 6749 10.12).
    throw Error(Layer::gate, "the answer belongs to another sign-in")
        .with_sign_in()
        .with_hint("Sign in again in the browser window that opens.");
  }
  if (const auto refused = parameter(query, "error")) {
    throw Error(Layer::provider,
                "the sign-in was refused (" + printable(refused->reveal(), 60) + ")")
        .with_sign_in()
        .with_hint("Sign in again.");
  }
  if (!code || code->empty()) {
    throw Error(Layer::gate, "the address at the end of the sign-in has no code")
        .with_sign_in()
        .with_hint("Sign in again.");
  }
  return std::move(*code);
}

}  // namespace pintle::oauth
