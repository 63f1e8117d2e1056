// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <dlfcn.h>
#include <pwd.h>
#include <sstream>
#include <string>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/paths.h>

#include "base/own_program.h"
#include "base/own_variable.h"

namespace pintle {
namespace {

namespace fs = std::filesystem;

fs::path home_folder() {
  if (const char* home = own_variable("HOME"); home != nullptr && *home == '/') return home;
  std::array<char, 4096> text{};
  passwd store{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &store, text.data(), text.size(), &found) == 0 &&
      found != nullptr) {
    return found->pw_dir;
  }
  throw Error(Layer::config, "cannot find the home folder: HOME is not set").with_user_action();
}

fs::path folder_from(const char* variable, const char* below_home) {
  const char* value = own_variable(variable);
  const fs::path base =
      value != nullptr && *value == '/' ? fs::path(value) : home_folder() / below_home;
  return base / "pintle";
}

// The file that contains this code: an app, or a library such as libpintle.so.
fs::path this_file() {
  Dl_info info{};
  const auto* here = reinterpret_cast<const void*>(&this_file);
  // For a program this is argv[0], which may be relative to any folder.
  if (::dladdr(here, &info) == 0 || info.dli_fname == nullptr || *info.dli_fname != '/') return {};
  std::error_code error;
  return fs::canonical(info.dli_fname, error);
}

// Returns what is above lib/ or bin/, or an empty path.
fs::path prefix_of(const fs::path& file) {
  const auto folder = file.parent_path();
  const fs::path libraries = PINTLE_LIBDIR;
  if (!folder.string().ends_with("/" + libraries.string())) return folder.parent_path();
  auto prefix = folder;
  for (auto part = libraries.begin(); part != libraries.end(); ++part)
    prefix = prefix.parent_path();
  return prefix;
}

// Returns the first prefix that contains `what`.
fs::path prefix_with(const fs::path& what, const fs::path& package) {
  std::error_code error;
  for (const auto& prefix : {prefix_of(this_file()), prefix_of(own_program()), package}) {
    if (prefix.is_absolute() && fs::exists(prefix / what, error)) return prefix;
  }
  return PINTLE_INSTALL_PREFIX;
}

}  // namespace

Paths Paths::standard(const fs::path& package) {
  Paths paths;
  paths.connections = folder_from("XDG_CONFIG_HOME", ".config") / "connections.json";
  paths.settings = folder_from("XDG_CONFIG_HOME", ".config") / "settings.json";
  paths.sessions = folder_from("XDG_STATE_HOME", ".local/state") / "sessions";
  paths.load_checks = folder_from("XDG_CACHE_HOME", ".cache") / "load-checks";
  paths.probes = folder_from("XDG_CACHE_HOME", ".cache") / "probes";
  const auto program = fs::path(PINTLE_LIBEXECDIR) / "pintle/pintle-load-check";
  paths.load_check_program = prefix_with(program, package) / program;
  if (const char* list = own_variable("PINTLE_PLUGIN_PATH"); list != nullptr) {
    std::istringstream in(list);
    std::string folder;
    while (std::getline(in, folder, ':')) {
      if (!folder.empty()) paths.plugin_folders.emplace_back(folder);
    }
  }
  paths.plugin_folders.push_back(folder_from("XDG_DATA_HOME", ".local/share") / "plugins");
  const auto installed = fs::path(PINTLE_LIBDIR) / "pintle/plugins";
  paths.plugin_folders.push_back(prefix_with(installed, package) / installed);
  return paths;
}

}  // namespace pintle
