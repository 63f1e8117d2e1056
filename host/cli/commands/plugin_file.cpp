// SPDX-License-Identifier: Apache-2.0
#include "plugin_file.h"

#include <pintle/core/base/error.h>

namespace pintle::cli {

namespace fs = std::filesystem;

bool is_library(const fs::path& file) { return file.extension() == ".so"; }

fs::path plugin_file(const std::string& name) {
  auto file = fs::weakly_canonical(fs::absolute(name));
  if (!fs::exists(file)) {
    throw Error(Layer::plugin, file.string() + ": there is no such file").with_user_action();
  }
  if (file.extension() == ".json") {
    throw Error(Layer::plugin, file.string() + ": is a manifest")
        .with_user_action()
        .with_hint("Name the library or the program beside it.");
  }
  return file;
}

}  // namespace pintle::cli
