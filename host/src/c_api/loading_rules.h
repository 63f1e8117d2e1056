// SPDX-License-Identifier: Apache-2.0
//
// Which schemes a host of the C API may use, and where they run.
//
// Threads: any.

#pragma once

#include <pintle/loading/loader.h>
#include <pintle/pintle.h>

namespace pintle::c_api {

/// Replaces the members of `rules` that the app has set. Throws Error(config) for a pin or a path
/// that is not valid, or an unknown cage.
void apply_loading_rules(const pintle_host_options& given, loading::LoadingRules& rules);

}  // namespace pintle::c_api
