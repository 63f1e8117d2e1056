// SPDX-License-Identifier: Apache-2.0
//
// The steps of the credential: the store of the sessions, and whether the gateway accepts the
// credential.
//
// Threads: one.

#pragma once

#include "connection/connection_impl.h"
#include "doctor/step_recorder.h"

namespace pintle::doctor {

/// Reads the store and reserves space in it, which changes nothing. Needs no gateway.
void check_store(ConnectionContext& context, DoctorStep& step);

/// Sends one request with the credential, as an app would: without the user, and renewed if it
/// must be.
void check_session(Connection::Impl& connection, DoctorStep& step, const std::stop_token& cancel);

}  // namespace pintle::doctor
