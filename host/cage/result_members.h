// SPDX-License-Identifier: Apache-2.0
//
// What a reply to the host has (docs/scheme-protocol.md), written from what the library returned:
// what program_scheme/replies.h reads. Each function adds members to the open object of a line.
//
// Threads: pure functions.

#pragma once

#include <pintle/core/base/error.h>
#include <pintle/loading/manifest.h>
#include <pintle/plugin.h>

#include "checked_call.h"
#include "program_scheme/json_line.h"

namespace pintle::cage {

void write_error(program::JsonLine& line, const Error& error);
/// The result of "hello".
void write_hello(program::JsonLine& line, const loading::Manifest& manifest,
                 const pintle_plugin_table& table);
void write_pairs(program::JsonLine& line, const char* name, const CheckedSink::Pairs& pairs);
/// Throws Error(plugin) for a value that the contract does not have.
void write_step(program::JsonLine& line, const pintle_step& step);

}  // namespace pintle::cage
