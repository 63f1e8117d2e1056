// SPDX-License-Identifier: Apache-2.0
#include "given.h"

#include <algorithm>

#include <pintle/core/text/ascii.h>

namespace pintle::front {

Secret take_secret(plugin::AskAnswer& answer, const std::string& key) {
  auto value = answer.take(key);
  const auto text = ascii::trim_lines(value.text.reveal());
  const auto from = value.source.empty() ? std::string() : " from " + value.source;
  if (text.empty()) {
    throw Error(Layer::config, "the " + key + from + " for the front of the gateway is empty")
        .with_user_action()
        .with_hint("Put the " + key + " there.");
  }
  const bool can_be_sent = std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
  if (!can_be_sent) {
    throw Error(Layer::config, "the " + key + from +
                                   " for the front of the gateway has a line break or another "
                                   "control character")
        .with_user_action()
        .with_hint("Put only the " + key + " there, on one line.");
  }
  return Secret(text);
}

Error missing(const std::string& what, const std::string& hint) {
  return Error(Layer::access_proxy, "there is no " + what + " for the front of the gateway")
      .with_sign_in()
      .with_hint(hint);
}

Error no_websocket() {
  return Error(Layer::plugin, "the scheme of a front has no WebSocket of its own");
}

}  // namespace pintle::front
