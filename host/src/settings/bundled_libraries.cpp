// SPDX-License-Identifier: Apache-2.0
#include "settings/bundled_libraries.h"

#include <sstream>
#include <string>

namespace pintle {

namespace fs = std::filesystem;

// PINTLE_BUNDLED_LIBRARIES: their names, each with a space behind it, as the build lists them.
std::vector<fs::path> bundled_libraries(const fs::path& load_check_program) {
  auto prefix = load_check_program;
  const auto installed = fs::path(PINTLE_LIBEXECDIR) / "pintle" / "pintle-load-check";
  for (auto part = installed.end(); part != installed.begin();) {
    --part;
    if (prefix.filename() != *part) return {};
    prefix = prefix.parent_path();
  }
  std::vector<fs::path> libraries;
  std::istringstream names(PINTLE_BUNDLED_LIBRARIES);
  std::string name;
  while (names >> name) {
    libraries.push_back(prefix / PINTLE_LIBDIR / "pintle" / "plugins" / (name + ".so"));
  }
  return libraries;
}

}  // namespace pintle
