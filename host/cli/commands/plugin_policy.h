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

/// Makes the checks that come before a plugin is opened or started, and returns its digest: who may
/// change it, and what the rules say of the schemes of the manifest beside it. A manifest that
/// cannot be read names no scheme: it may be about to be written anew. Throws Error(plugin).
std::string check_before_opening(const loading::LoadingRules& rules,
                                 const std::filesystem::path& file);

}  // namespace pintle::cli
