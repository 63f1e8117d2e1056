// SPDX-License-Identifier: Apache-2.0
//
// What a request to the loopback listener is: the answer that is waited for, or something else.
//
// Any page in any browser on this machine can send requests here, so a request counts only with
// our state, by GET, at the one path, under the address that was bound (RFC 8252 8.3 to 8.10).
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle {

inline constexpr std::string_view kCallbackPath = "/callback";

struct LoopbackRequest {
  enum class Kind {
    callback,     ///< Ours. `target` is the path and query as they came.
    refusal,      ///< Ours as well, and the gateway says "error" in it in place of a code.
    other_state,  ///< A callback of another sign-in, or of somebody who guesses.
    start,        ///< The page that leads the browser to the gateway.
    unknown,      ///< Anything else.
  };
  Kind kind = Kind::unknown;
  std::string target{};
};

/// `head` is a whole request head; `authority` what its Host must be: "127.0.0.1:40123"; `start`
/// the path of the page that leads to the gateway, empty for none.
LoopbackRequest read_loopback_request(std::string_view head, std::string_view authority,
                                      const Secret& state, const Secret& start = {});

/// The whole answer to send; the connection is closed after it. Nothing of the request is in it.
std::string answer_to(LoopbackRequest::Kind kind);
/// To a head that is too long.
std::string answer_to_long_head();
/// Leads the browser on to `address`, which has no character that may not stand in a header.
std::string answer_with_address(std::string_view address);
/// To another user of this machine.
std::string answer_to_stranger();

/// What a query says of a callback: exactly one "state" that is ours, and a "code" or an "error".
/// `query` stands without "?".
LoopbackRequest::Kind classify_callback(std::string_view query, const Secret& state);

}  // namespace pintle
