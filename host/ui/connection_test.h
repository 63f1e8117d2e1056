// SPDX-License-Identifier: Apache-2.0
//
// Tests a connection as an app would use it: probe, scheme, ticket, WebSocket, until the gateway is
// ready; then one round trip. A gateway without a WebSocket is sent one request instead.
//
// Threads: blocks, until the stop token is stopped at the latest.

#pragma once

#include <stop_token>

#include <pintle/connection.h>

#include "ui/event_stream.h"

namespace pintle::ui {

/// Events: "step" {name, state, text, ms} (state: running, good), then "done" {ms, round_trip_ms};
/// the latter only if there is a WebSocket that speaks JSON-RPC.
/// Throws the Error of the step that failed; one without a ticket never counts as connected.
void test_connection(Connection& connection, EventStream& events, const std::stop_token& cancel);

}  // namespace pintle::ui
