// SPDX-License-Identifier: Apache-2.0
//
// Renews a connection's credential: one renewal at a time in the process and on the machine
// (architecture, rule 5).
//
// Threads: any.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include <pintle/core/base/error.h>

#include "base/mutex.h"
#include "base/single_flight.h"
#include "connection/connection_context.h"
#include "connection/credentials/credential.h"
#include "connection/gateway_choice.h"

namespace pintle {

class CredentialRenewal {
 public:
  enum class Due { no, soon, now };

  /// Both must outlive this.
  CredentialRenewal(ConnectionContext& context, GatewayChoice& choice);

  /// `soon`: it is still valid, but expires soon. Throws the error of the last renewal if that was
  /// tried just now and the credential has expired.
  Due due(const Credential& credential, RequestKind kind);

  /// Returns false if the request should use its current credential. Throws what the renewal throws
  /// if that credential has expired.
  bool renew(const Credential& credential, Due how_soon, const std::stop_token& cancel);

 private:
  struct Renewal {
    std::shared_ptr<CurrentInstance> instance;  // whose credential is to be renewed, and which
    std::uint64_t credential = 0;
    std::uint64_t change = 0;  // of the instance, at which it was seen first
    std::int64_t lead_ms = 0;  // how long before its end
    std::int64_t upgrade_lead_ms = 0;
    std::int64_t not_before_ms = 0;
    std::optional<Error> failure{};  // of the last attempt
  };

  enum class Next {
    done,
    repeat,      ///< Send the same token once more, at once: the outcome is unknown.
    look_again,  ///< Another session is stored.
  };
  struct Attempt;

  std::int64_t lead_of(std::int64_t life_ms) const;
  void renew_in_flight(const std::stop_token& stop);
  std::shared_ptr<SessionLock> take_lock(SessionCache& sessions, const std::stop_token& stop);
  Next refresh(SessionCache& sessions, const Credential& used, const std::stop_token& stop);
  void pause(std::int64_t pause_ms, std::optional<Error> failure);
  void record(net::TimePoint begin, const Error* error) const;

  ConnectionContext& context_;
  GatewayChoice& choice_;
  Mutex mutex_;
  Renewal renewal_ PINTLE_GUARDED_BY(mutex_);
  SingleFlight flight_;  // last, so that it ends before what it uses
};

}  // namespace pintle
