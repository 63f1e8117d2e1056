// SPDX-License-Identifier: Apache-2.0
#include <pintle/program_loader.h>

#include "program_scheme/program_plugin.h"

namespace pintle {

loading::ProgramLoader program_loader() {
  return [](const std::filesystem::path& file, const std::string& digest) {
    const auto plugin = program::ProgramPlugin::start(file, digest);
    return std::shared_ptr<const pintle_plugin_table>(plugin, &plugin->table());
  };
}

}  // namespace pintle
