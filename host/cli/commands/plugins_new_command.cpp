// SPDX-License-Identifier: Apache-2.0
#include "plugins_new_command.h"

#include <filesystem>
#include <map>

#include <pintle/core/base/error.h>
#include <pintle/files/durable_file.h>

#include "output.h"
#include "scheme_template.h"

namespace pintle::cli {
namespace {

namespace fs = std::filesystem;

void write_all(const fs::path& folder, const std::map<std::string, std::string>& files) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(Layer::store, folder.string() + ": " + error.message());
  for (const auto& [name, text] : files) {
    write_file_durably(folder / name, text);
    if (text.starts_with("#!")) {
      fs::permissions(folder / name, fs::perms::owner_exec, fs::perm_options::add);
    }
  }
}

// What to run next, and the plugin file that comes of it.
fs::path print_tests(const std::string& name, const std::string& id, const std::string& language) {
  const fs::path folder(name);
  if (language == "python") {
    print_line("  " + (folder / "test.sh").string());
    return folder / (id + ".py");
  }
  if (language == "rust") {
    print_line("  " + (folder / "test.sh").string());
  } else {
    print_line("  cmake -S " + name + " -B " + name + "/build && cmake --build " + name + "/build");
    print_line("  ctest --test-dir " + name + "/build");
  }
  return folder / "build" / (id + ".so");
}

void print_steps(const std::string& name, const std::string& id, const std::string& language,
                 const std::string& profile) {
  print_line("Created " + fs::absolute(name).string() + ": a scheme that takes an API key, as the");
  print_line("gateway of `pintle practice --gate api-key` does.");
  auto install = std::string();
  if (!profile.empty()) {
    install = " " + (fs::path(name) / (profile + ".profile.json")).string();
    print_line("Describe the kind of gateway in" + install +
               ", which describes the practice gateway now (docs/gateway-profiles.md).");
  }
  print_line(language == "python" ? "Test and install it:" : "Build, test and install it:");
  const auto plugin = print_tests(name, id, language);
  print_line("  pintle plugins check " + plugin.string());
  if (!profile.empty()) print_line("  pintle plugins check" + install);
  print_line("  install -D -t \"${XDG_DATA_HOME:-$HOME/.local/share}/pintle/plugins\" " +
             plugin.string() + " " + fs::path(plugin).replace_extension(".json").string() +
             install);
}

}  // namespace

std::vector<Option> plugins_new_options() {
  return {{"language", "cpp|c|rust|python", "cpp by default"},
          {"profile", "NAME",
           "It is for another kind of gateway: also write NAME.profile.json, to fill in"}};
}

int make_scheme(const Invocation& invocation, const std::string& name) {
  const auto folder = fs::absolute(name);
  const auto id = folder.filename().string();
  if (fs::exists(folder)) {
    throw Error(Layer::config, folder.string() + " already exists").with_user_action();
  }
  const auto language = invocation.get("language").value_or("cpp");
  const auto profile = invocation.get("profile").value_or("");
  if (invocation.has("profile") && profile.empty()) throw UsageError("--profile needs NAME");
  write_all(folder, scheme_template(id, language, profile));
  print_steps(name, id, language, profile);
  return kOk;
}

}  // namespace pintle::cli
