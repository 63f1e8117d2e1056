// SPDX-License-Identifier: Apache-2.0
//
// Parses what the user pastes if the browser cannot reach this machine: the address that failed, or
// the code with its state.
//
// Threads: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle {

struct Pasted {
  /// The callback's full URL, as if it had been called; nullopt if the text is not one.
  std::optional<Secret> url;
  /// If `url` is empty: what was expected, for display. Never contains the pasted text.
  std::string complaint;
};

/// Parses "http://127.0.0.1:40123/callback?code=…&state=…", the same without "http://" as some
/// browsers show it, "code=…&state=…", and "CODE STATE" with a space or "#" between. The state must
/// be `state`; the address before the query is ignored.
Pasted read_pasted(std::string_view text, std::string_view redirect_uri, const Secret& state);

}  // namespace pintle
