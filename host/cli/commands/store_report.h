// SPDX-License-Identifier: Apache-2.0
//
// Tells the user if the session of a connection could not be stored, and what was repaired.

#pragma once

#include <pintle/connection.h>

#include "output.h"

namespace pintle::cli {

/// Prints it to standard error, and for a command that prints `json_lines` also as a line of its
/// own kind to standard output. Prints nothing if all is well.
void report_store(const Connection& connection, bool json_lines = false);

/// Adds the members "store_trouble" and "store_note"; none if all is well.
void add_store(JsonObject& object, const Connection& connection);

/// Reports the store at the end of a command, however it ends.
class StoreReporter {
 public:
  explicit StoreReporter(const Connection& connection) : connection_(connection) {}
  StoreReporter(const StoreReporter&) = delete;
  StoreReporter& operator=(const StoreReporter&) = delete;
  ~StoreReporter();

 private:
  const Connection& connection_;
};

}  // namespace pintle::cli
