// SPDX-License-Identifier: Apache-2.0
//
// The parameters of a request to a scheme program (docs/scheme-protocol.md), written from the
// structs of plugin.h. Each function adds members to the open object of a line.
//
// Threads: pure functions.

#pragma once

#include <cstdint>

#include <pintle/plugin.h>

#include "program_scheme/json_line.h"

namespace pintle::program {

void write_probe(JsonLine& line, const pintle_probe& probe);
/// All but the session, which changes.
void write_opening(JsonLine& line, const pintle_opening& opening);
/// `whole`: with what a scheme that signs requests needs; else only the kind and the time, for what
/// is decorated is used for other requests, too.
void write_request(JsonLine& line, const pintle_request& request, bool whole);
/// The method, and the target without its query, of a scheme that decorates by them.
void write_target(JsonLine& line, const pintle_request& request);
/// `credential`: as the program numbered it.
void write_response(JsonLine& line, const pintle_response& response, std::uint64_t credential);
/// Throws Error(plugin) for an operation that the protocol does not have.
void write_begin(JsonLine& line, const pintle_begin& begin);
void write_answer(JsonLine& line, const pintle_answer& answer);

}  // namespace pintle::program
