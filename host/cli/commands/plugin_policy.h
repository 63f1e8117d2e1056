// SPDX-License-Identifier: Apache-2.0
//
// What plugins.json says of a plugin.
//
// Threads: pure functions.

#pragma once

#include <filesystem>
#include <string>

#include <pintle/loading/loader.h>
#include <pintle/loading/manifest.h>

namespace pintle::cli {

/// Throws Error(plugin) if the rules allow one of the plugin's schemes not at all, or only with
/// another digest than `digest` (64 hex digits).
void check_policy(const loading::LoadingRules& rules, const std::filesystem::path& file,
                  const loading::Manifest& manifest, const std::string& digest);

}  // namespace pintle::cli
