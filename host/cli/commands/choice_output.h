// SPDX-License-Identifier: Apache-2.0
//
// How a choice of scheme is shown.

#pragma once

#include <string>

#include <pintle/loading/chooser.h>

#include "output.h"

namespace pintle::cli {

void print_table(const std::vector<loading::SchemeFit>& table);
/// Adds `library`, unless the scheme is built in.
void add_library(JsonObject& object, const std::string& where);
std::string table_json(const std::vector<loading::SchemeFit>& table);

}  // namespace pintle::cli
