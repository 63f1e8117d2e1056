// SPDX-License-Identifier: Apache-2.0
#include "store_report.h"

#include <exception>
#include <string>

#include <pintle/core/base/error.h>

namespace pintle::cli {

void report_store(const Connection& connection, bool json_lines) {
  const auto trouble = connection.store_trouble();
  const auto store_note = connection.store_note();
  if (!store_note.empty()) note("pintle: " + store_note);
  if (trouble) {
    note(std::string("pintle: ") + trouble->what());
    if (!trouble->hint().empty()) note("  " + trouble->hint());
  }
  if (!json_lines || (!trouble && store_note.empty())) return;
  JsonObject line;
  line.text("kind", "store");
  add_store(line, connection);
  print_line(line.str());
}

void add_store(JsonObject& object, const Connection& connection) {
  if (const auto trouble = connection.store_trouble()) {
    object.text("store_trouble", trouble->message());
  }
  if (const auto store_note = connection.store_note(); !store_note.empty())
    object.text("store_note", store_note);
}

StoreReporter::~StoreReporter() {
  try {
    report_store(connection_);
  } catch (const std::exception&) {
    // A destructor cannot report it.
  }
}

}  // namespace pintle::cli
