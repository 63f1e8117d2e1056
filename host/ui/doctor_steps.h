// SPDX-License-Identifier: Apache-2.0
//
// The diagnosis of a connection, step by step.
//
// Threads: blocks, until the stop token is stopped at the latest.

#pragma once

#include <stop_token>

#include <pintle/host.h>

#include "ui/event_stream.h"

namespace pintle::ui {

/// Events: "step" {name, state, text, hint, ms} (state: running, good, warn, bad, skip), then
/// "done" {good, text}.
void run_doctor(const Host& host, const ConnectionSettings& settings, EventStream& events,
                const std::stop_token& cancel);

}  // namespace pintle::ui
