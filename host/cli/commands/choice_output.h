// SPDX-License-Identifier: Apache-2.0
//
// How a choice of scheme is shown.

#pragma once

#include <string>

#include <pintle/loading/chooser.h>

namespace pintle::cli {

void print_table(const std::vector<loading::SchemeFit>& table);
std::string table_json(const std::vector<loading::SchemeFit>& table);

}  // namespace pintle::cli
