// SPDX-License-Identifier: Apache-2.0
//
// Classifies requests to the loopback listener, and makes the answers.
//
// Any page in any browser on this machine can send requests here, so a callback must be a GET of
// the one path, with our state and the bound address as Host (RFC 8252 8.3 to 8.10).
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle {

inline constexpr std::string_view kCallbackPath = "/callback";

struct LoopbackRequest {
  enum class Kind {
    callback,     ///< Our callback. `target` is the received path and query.
    refusal,      ///< Our callback with an "error" instead of a code. `target` as above.
    other_state,  ///< A callback of another sign-in, or with a guessed state.
    start,        ///< The page that redirects the browser to the gateway.
    unknown,      ///< Anything else.
  };
  Kind kind = Kind::unknown;
  std::string target{};
};

/// Classifies a request. `head` is a complete request head; `authority` the required Host
/// ("127.0.0.1:40123"); `start` the path of the page that redirects to the gateway, or empty.
LoopbackRequest read_loopback_request(std::string_view head, std::string_view authority,
                                      const Secret& state, const Secret& start = {});

/// Returns the complete answer; the connection is closed after it. Contains nothing of the request.
std::string answer_to(LoopbackRequest::Kind kind);
/// Returns the answer to a head that is too long.
std::string answer_to_long_head();
/// Returns a redirect to `address`, which must be valid in a header.
std::string answer_with_address(std::string_view address);
/// Returns the answer to another user of this machine.
std::string answer_to_stranger();

/// Classifies a callback's query, without its "?": ours has exactly one "state", which is `state`,
/// and either one "code" or one "error".
LoopbackRequest::Kind classify_callback(std::string_view query, const Secret& state);

}  // namespace pintle
