// SPDX-License-Identifier: Apache-2.0
//
// The files that `pintle plugins new` begins a scheme with.

#pragma once

#include <map>
#include <string>

namespace pintle::cli {

/// File names and texts. Throws Error(config) where `id` cannot be a scheme's id.
std::map<std::string, std::string> scheme_template(const std::string& id);

}  // namespace pintle::cli
