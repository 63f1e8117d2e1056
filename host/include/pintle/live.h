// SPDX-License-Identifier: Apache-2.0
//
// Includes everything about live connections: states, events, options, and LiveConnection.

/// @file
/// @snippet reference/live.cpp live

#pragma once

#include <pintle/live_connection.h>
#include <pintle/live_event.h>
#include <pintle/live_options.h>
#include <pintle/live_state.h>
