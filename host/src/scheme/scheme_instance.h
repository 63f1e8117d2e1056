// SPDX-License-Identifier: Apache-2.0
//
// One connection's state in a scheme, behind the C table: follows the contract's thread rules and
// checks what the scheme returns.
//
// Every call runs on the caller's thread without a time limit. A step of an operation has one
// (operation_steps.h); until a scheme returns from a step that timed out or was cancelled, each
// call here throws Error(plugin) with that reason.
//
// Threads: any. Calls to `decorate` run in parallel; all others are serialized (plugin.h, [any] and
// [one]).

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/gateway/probe.h>
#include <pintle/core/http/headers.h>
#include <pintle/plugin.h>
#include <pintle/settings.h>

namespace pintle {

struct AuthState;

enum class RequestKind : std::uint32_t {
  rest = PINTLE_REQUEST_REST,
  upgrade = PINTLE_REQUEST_UPGRADE
};

/// What a scheme signs of a request.
struct SignedParts {
  Headers headers;          ///< As they are sent, without those that `decorate` adds.
  std::string body_sha256;  ///< 32 bytes; empty if the body is streamed.
};
/// Makes them; called only for a scheme that signs.
using ToSign = std::function<SignedParts()>;

/// Returns whether a header belongs to the transport or routes the request: no scheme may set it.
bool is_the_hosts_own(std::string_view name) noexcept;

class SchemeInstance {
 public:
  /// Opens the scheme with `session`, which session() returned earlier. Throws the scheme's Error,
  /// or Error(plugin) if it opens no instance.
  SchemeInstance(const pintle_scheme& scheme, const ConnectionSettings& settings,
                 const Probe* probe, const Secret& session);
  SchemeInstance(const SchemeInstance&) = delete;
  SchemeInstance& operator=(const SchemeInstance&) = delete;

  struct Decorated {
    std::vector<Header> headers;
    std::vector<std::pair<std::string, Secret>> query;  ///< Of a REST request; not encoded.
    std::int64_t valid_until_ms = 0;
    std::uint64_t credential = 0;
    std::uint64_t change = 0;  ///< `change()` at the time of the call.
  };
  /// Returns the headers to add to a request. Throws the scheme's Error (`needs_sign_in` if there
  /// is no credential), or Error(plugin) if it sets a header that it must not (is_the_hosts_own).
  /// `to_sign`: null for a request that is not sent and only shows whether there is a credential.
  Decorated decorate(RequestKind kind, std::string_view method, std::string_view target,
                     std::int64_t now_ms, const ToSign* to_sign = nullptr) const;

  struct Observed {
    bool session_changed = false;
    bool retry_once = false;
    std::optional<Error> needs_sign_in;
  };
  /// Shows the scheme a response to a request that was decorated with `credential`, if it inspects
  /// those with this status. Throws the scheme's Error.
  Observed observe(RequestKind kind, const HttpResponse& response, std::uint64_t credential,
                   std::int64_t now_ms);

  /// Returns the session's bytes, to be stored. Throws the scheme's Error.
  Secret session() const;
  /// Counts the session's changes, from 1. A request that was decorated at a change that is not
  /// stored yet must not be sent (architecture, rule 5).
  std::uint64_t change() const;
  /// Returns what the user may see of the credential, made printable. Throws the scheme's Error.
  std::map<std::string, std::string> describe() const;

  const std::string& scheme_id() const noexcept;
  /// Returns whether the scheme greets on each new WebSocket, and whether it signs requests.
  bool greets() const noexcept;
  bool signs() const noexcept;
  /// Returns whether the scheme is a front.
  bool is_front() const noexcept;

  /// For the calls of an operation (operation_steps.h).
  const std::shared_ptr<AuthState>& state() const noexcept { return state_; }

 private:
  SignedParts unsent() const;

  std::shared_ptr<AuthState> state_;
  const std::string authority_;  // of the gateway
};

}  // namespace pintle
