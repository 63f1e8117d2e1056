// SPDX-License-Identifier: Apache-2.0
//
// The schemes that are linked into the library. The build defines them, not the host.
//
// Threads: any.

#pragma once

#include <vector>

#include <pintle/plugin.h>

namespace pintle::c_api {

/// Returns their tables, which live as long as the library.
std::vector<const pintle_plugin_table*> built_in_schemes();

}  // namespace pintle::c_api
