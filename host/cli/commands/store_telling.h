// SPDX-License-Identifier: Apache-2.0
//
// Tells the user if the session of a connection could not be stored, and what was repaired.

#pragma once

#include <pintle/connection.h>

#include "output.h"

namespace pintle::cli {

/// Prints it to standard error, and for a command that prints `json_lines` also as a line of its
/// own kind to standard output. Prints nothing if all is well.
void tell_of_store(const Connection& connection, bool json_lines = false);

/// Adds the members "store_trouble" and "store_note"; none if all is well.
void add_store(JsonObject& object, const Connection& connection);

/// Tells of the store at the end of a command, however it ends.
class StoreTelling {
 public:
  explicit StoreTelling(const Connection& connection) : connection_(connection) {}
  StoreTelling(const StoreTelling&) = delete;
  StoreTelling& operator=(const StoreTelling&) = delete;
  ~StoreTelling();

 private:
  const Connection& connection_;
};

}  // namespace pintle::cli
