// SPDX-License-Identifier: Apache-2.0
//
// The counters of connections, for people and as JSON.
//
// Threads: the main thread.

#pragma once

#include <span>
#include <string>

#include <pintle/counters.h>

namespace pintle::cli {

/// A table: a row for each counter that is not 0 for every connection, a column for each
/// connection.
void print_counters(std::span<const NamedCounters> connections);
/// {"dials":0,…,"responses":{"2xx":2,…},"request_errors":{"dns":0,…},"losses":{"closed":0,…}}
std::string counters_json(const ConnectionCounters& counters);

}  // namespace pintle::cli
