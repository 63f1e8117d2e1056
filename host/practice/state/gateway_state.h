// SPDX-License-Identifier: Apache-2.0
//
// The state that all parts of one practice gateway share.
//
// Threads: as noted in each part; the options never change.

#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "practice/faults/faults.h"
#include "practice/server/options.h"
#include "practice/state/live_sessions.h"
#include "practice/state/random.h"
#include "practice/state/request_log.h"
#include "practice/state/session_cookies.h"
#include "practice/state/sessions.h"
#include "practice/state/sign_ins.h"
#include "practice/state/tickets.h"

namespace pintle::practice {

struct GatewayState {
  explicit GatewayState(Options given)
      : options(complete(std::move(given))),
        cookies(options),
        sessions(options, clock(), request_log),
        tickets(options.lifetimes.ticket_ms, clock(), request_log),
        live_sessions(options.lifetimes.resume_ms, clock()),
        sign_ins(options.lifetimes.sign_in_ms, options.max_pending, clock()),
        native_codes(options.lifetimes.code_ms, clock()),
        password_tries(options.password_tries, clock()) {
    faults.set(options.faults);
  }
  GatewayState(const GatewayState&) = delete;
  GatewayState& operator=(const GatewayState&) = delete;

  std::int64_t now_ms() const { return options.clock() + clock_offset_ms.load(); }
  Clock clock() const {
    return [this] { return now_ms(); };
  }

  /// Where a browser reached the gateway: "http://127.0.0.1:9119/hermes".
  std::string base_url(const Request& request) const {
    const bool https = request.secure || options.believes_https.value_or(false);
    return std::string(https ? "https://" : "http://") + std::string(request.headers.get("Host")) +
           options.prefix;
  }

  const Options options;
  std::atomic<std::int64_t> clock_offset_ms{0};
  RequestLog request_log;
  FaultBoard faults;
  const SessionCookies cookies;
  Sessions sessions;
  Tickets tickets;
  LiveSessions live_sessions;
  SignIns sign_ins;
  NativeCodes native_codes;
  PasswordTries password_tries;
  /// The epoch of this run of the gateway (gateway-contract 6). Changes only while nothing is
  /// served.
  std::string replay_epoch = random_token(9);
};

}  // namespace pintle::practice
