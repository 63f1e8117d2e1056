// SPDX-License-Identifier: Apache-2.0
//
// One connection's state in a scheme, behind the C table: keeps the contract's rules about threads
// and holds the scheme to its own.
//
// Every call here is made on the caller's thread and takes as long as the scheme takes: no time
// limit holds. A step of an operation has one (operation_steps.h); while a scheme does not return
// from one that was left, each call here throws Error(plugin) that says so.
//
// Threads: any. `decorate` runs beside itself; everything else waits its turn (plugin.h, [any] and
// [one]).

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

/// True for a header that belongs to the transport or decides where a request goes: no scheme's.
bool is_the_hosts_own(std::string_view name) noexcept;

class SchemeInstance {
 public:
  /// `session` is what session() gave last time. Throws the scheme's Error.
  SchemeInstance(const pintle_scheme& scheme, const ConnectionSettings& settings,
                 const Probe* probe, const Secret& session);
  SchemeInstance(const SchemeInstance&) = delete;
  SchemeInstance& operator=(const SchemeInstance&) = delete;

  struct Decorated {
    std::vector<Header> headers;
    std::int64_t valid_until_ms = 0;
    std::uint64_t credential = 0;
    std::uint64_t change = 0;  ///< `change()` at that moment.
  };
  /// Throws the scheme's Error (`needs_sign_in` where there is no credential), or Error(plugin)
  /// where it gave a header that is not its business (Host, Content-Length, Connection, …).
  Decorated decorate(RequestKind kind, std::string_view method, std::string_view target,
                     std::int64_t now_ms) const;

  struct Observed {
    bool session_changed = false;
    bool retry_once = false;
    std::optional<Error> needs_sign_in;
  };
  Observed observe(RequestKind kind, const HttpResponse& response, std::uint64_t credential,
                   std::int64_t now_ms);

  Secret session() const;
  /// Counts the session's changes, from 1: what was decorated at a change that is not stored yet
  /// must not leave (architecture, rule 5).
  std::uint64_t change() const;
  /// What a user may know of the credential, made printable.
  std::map<std::string, std::string> describe() const;

  const std::string& scheme_id() const noexcept;

  /// For the calls of an operation (operation_steps.h).
  const std::shared_ptr<AuthState>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<AuthState> state_;
};

}  // namespace pintle
