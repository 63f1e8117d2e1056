// SPDX-License-Identifier: Apache-2.0
//
// The credentials of a connection's requests: from the session, from another process that signed
// in, or from a sign-in without the user; renewed in time.
//
// Threads: any.

#pragma once

#include <memory>
#include <stop_token>

#include "connection/connection_context.h"
#include "connection/credentials/credential.h"
#include "connection/credentials/credential_renewal.h"
#include "connection/gateway_choice.h"
#include "scheme/operation_runner.h"

namespace pintle {

class Credentials {
 public:
  /// Both must outlive this.
  Credentials(ConnectionContext& context, GatewayChoice& choice);

  /// Returns any credential that is not known to be invalid, even if expired. Throws Error(gate,
  /// session, config) with needs_sign_in if there is none.
  Credential current(const RequestLine& line, const std::stop_token& cancel);
  /// Returns a valid one, renewed if it expires soon. `may_renew` is false afterwards if it was: a
  /// call or a dial uses what it was given before anything doubts it, however short its life is.
  Credential valid(const RequestLine& line, const std::stop_token& cancel, bool& may_renew);
  /// Returns whether the scheme greets on each new WebSocket. Chooses it first, if it must.
  bool scheme_greets(const std::stop_token& cancel) {
    return choice_.session_cache(cancel).current()->auth().greets();
  }
  /// Returns true if another credential has replaced `used`, or if `used` should be renewed.
  bool is_outdated(const Credential& used) const;

  /// Runs an operation of the scheme, one at a time, and stores the session that it changes.
  OperationOutcome run(const std::shared_ptr<CurrentInstance>& instance,
                       const OperationArguments& arguments, const std::stop_token& cancel,
                       SessionCache::Writing writing);

 private:
  void sign_in_without_user(const std::shared_ptr<CurrentInstance>& instance,
                            const std::stop_token& cancel);

  ConnectionContext& context_;
  GatewayChoice& choice_;
  CredentialRenewal renewal_;
};

}  // namespace pintle
