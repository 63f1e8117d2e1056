// SPDX-License-Identifier: Apache-2.0
//
// Records every request that a practice gateway received, without its secrets.
//
// Threads: any. A request is recorded before its response is sent, so that a test which has the
// response finds it here.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "practice/server/message.h"

namespace pintle::practice {

/// The kinds of credential that one request carried. Never their values.
struct CredentialKinds {
  bool session_token = false;  ///< X-Hermes-Session-Token
  bool bearer = false;
  bool access_cookie = false;
  bool refresh_cookie = false;
  bool sign_in_cookie = false;  ///< The PKCE cookie: not a credential, but worth recording.
  bool query_token = false;
  bool query_ticket = false;

  bool none() const noexcept {
    return !session_token && !bearer && !access_cookie && !refresh_cookie && !query_token &&
           !query_ticket;
  }
};

CredentialKinds credential_kinds(const Request& request);

struct LoggedRequest {
  std::uint64_t connection = 0;  ///< Counts TCP connections from 1: equal means the same one.
  std::string method;
  std::string path;                      ///< As received, prefix included, without the query.
  std::vector<std::string> query_names;  ///< The names in the query; the values are not stored.
  std::string host;
  std::vector<std::string> header_names;  ///< Lower case, in order.
  std::string traceparent;                ///< Its value: it is no secret.
  CredentialKinds credentials;
  bool upgrade = false;
  std::size_t body_size = 0;
  int status = 0;  ///< Of the response; 0 if there was none.

  bool has_header(std::string_view name) const noexcept;
};

struct Counters {
  std::uint64_t connections = 0;
  std::uint64_t sign_ins = 0;
  std::uint64_t refreshes = 0;
  std::uint64_t reuse_detections = 0;
  std::uint64_t tickets_minted = 0;
  std::uint64_t tickets_used = 0;
  std::uint64_t ws_connects = 0;
  std::uint64_t ws_disconnects = 0;
  std::uint64_t ws_messages = 0;  ///< Received on all WebSockets.
  std::uint64_t pings_sent = 0;
  std::uint64_t pongs_received = 0;
};

class RequestLog {
 public:
  void record(const Request& request, int status);
  void count(std::uint64_t Counters::*counter);
  void clear();

  /// Oldest first; the last 10,000 are stored.
  std::vector<LoggedRequest> requests() const;
  /// Returns those whose path, without the query, ends in `path`.
  std::vector<LoggedRequest> requests_to(std::string_view path) const;
  Counters counters() const;
  /// Waits until `done` holds, at most `timeout_ms`; returns true if it did.
  bool wait(const std::function<bool(const Counters&)>& done, std::int64_t timeout_ms = 5000) const;

  /// Returns {"requests":[…],"counters":{…}}.
  std::string json() const;

 private:
  mutable Mutex mutex_;
  mutable Condition changed_;
  std::vector<LoggedRequest> requests_ PINTLE_GUARDED_BY(mutex_);
  Counters counters_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle::practice
