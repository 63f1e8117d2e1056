// SPDX-License-Identifier: Apache-2.0
//
// Compares what a connection sets for its scheme with what the schemes declare.
//
// Threads: pure functions.

#pragma once

#include <pintle/loading/catalogue.h>
#include <pintle/settings.h>

namespace pintle {

/// Throws Error(config) if `settings` sets what neither `scheme` nor another scheme of `catalogue`
/// declares: a misspelt name would be ignored. A scheme that declares nothing may read anything.
/// Also if a secret is set like a setting, where anybody can read it.
void check_declared(const loading::SchemeFacts& scheme, const loading::Catalogue& catalogue,
                    const ConnectionSettings& settings);

}  // namespace pintle
