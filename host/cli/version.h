// SPDX-License-Identifier: Apache-2.0
//
// What this program is made of, for reports of faults and for scripts that need a feature.
//
// Threads: any.

#pragma once

#include <string>
#include <vector>

namespace pintle::cli {

struct Library {
  std::string name;
  /// The version that is loaded, or, if the library does not tell, the one that Pintle was built
  /// with.
  std::string version;
};

std::vector<Library> libraries();
/// What was built in and can be left out: "cage", "redis", "secret-service".
std::vector<std::string> features();

/// `pintle --version`, without the last line break. With `json` one JSON object: version, api (that
/// of libpintle's C API), scheme_abi, libraries and features.
std::string version_text(bool json);

}  // namespace pintle::cli
