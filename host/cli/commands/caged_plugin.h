// SPDX-License-Identifier: Apache-2.0
//
// Which plugins run in the cage, for the commands that show or check one.

#pragma once

#include <filesystem>
#include <string>

#include <pintle/loading/catalogue.h>
#include <pintle/loading/loader.h>
#include <pintle/loading/manifest.h>

#include "user_host.h"

namespace pintle::cli {

/// Returns where an entry's scheme runs: "cage", "program" or "host", this process.
const char* where_it_runs(const loading::LoadingRules& rules, const loading::Entry& entry);

/// Returns true if the library `file` runs in the cage.
bool is_caged(const UserHost& user, const std::filesystem::path& file);

/// Opens the library `file` in the cage and returns what it says of itself. Throws Error(plugin).
loading::Manifest described_in_the_cage(const UserHost& user, const std::filesystem::path& file);

}  // namespace pintle::cli
