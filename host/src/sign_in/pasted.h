// SPDX-License-Identifier: Apache-2.0
//
// What a user pastes in when the browser could not reach this machine: the address that failed,
// or the code with its state.
//
// Threads: a pure function.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle {

struct Pasted {
  /// The callback's whole URL, as if it had been called; nothing where the text is not one.
  std::optional<Secret> url;
  /// For display, where it is not: what was expected. Never what was pasted.
  std::string complaint;
};

/// Understands "http://127.0.0.1:40123/callback?code=…&state=…", the same without "http://" as some
/// browsers show it, "code=…&state=…", and "CODE STATE" with a space or "#" between. The state must
/// be ours, whatever the address in front of it is.
Pasted read_pasted(std::string_view text, std::string_view redirect_uri, const Secret& state);

}  // namespace pintle
