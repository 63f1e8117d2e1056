// SPDX-License-Identifier: Apache-2.0
//
// All of a live connection: its states, events and options, and the connection itself.

#pragma once

#include <pintle/live_connection.h>
#include <pintle/live_event.h>
#include <pintle/live_options.h>
#include <pintle/live_state.h>
