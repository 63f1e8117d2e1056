// SPDX-License-Identifier: Apache-2.0
#include "store_telling.h"

#include <exception>
#include <string>

#include <pintle/core/base/error.h>

namespace pintle::cli {

void tell_of_store(const Connection& connection, bool json_lines) {
  const auto trouble = connection.store_trouble();
  const auto told = connection.store_note();
  if (!told.empty()) note("pintle: " + told);
  if (trouble) {
    note(std::string("pintle: ") + trouble->what());
    if (!trouble->hint().empty()) note("  " + trouble->hint());
  }
  if (!json_lines || (!trouble && told.empty())) return;
  JsonObject line;
  line.text("kind", "store");
  add_store(line, connection);
  print_line(line.str());
}

void add_store(JsonObject& object, const Connection& connection) {
  if (const auto trouble = connection.store_trouble()) {
    object.text("store_trouble", trouble->message());
  }
  if (const auto told = connection.store_note(); !told.empty()) object.text("store_note", told);
}

StoreTelling::~StoreTelling() {
  try {
    tell_of_store(connection_);
  } catch (const std::exception&) {
    // A destructor has nobody to tell.
  }
}

}  // namespace pintle::cli
