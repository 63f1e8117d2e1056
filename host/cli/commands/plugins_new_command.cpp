// SPDX-License-Identifier: Apache-2.0
#include "plugins_new_command.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

#include <pintle/core/base/error.h>
#include <pintle/files/durable_file.h>
#include <pintle/host.h>

#include "base/own_program.h"
#include "output.h"
#include "scheme_template.h"
#include "user_host.h"

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

// As a shell reads it.
std::string quoted(const std::string& word) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._-+").find(c) != std::string_view::npos;
  };
  if (std::all_of(word.begin(), word.end(), plain)) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// "pintle" if that is this program, else its path.
std::string program_word() {
  const auto self = own_program();
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  std::string folder;
  while (std::getline(folders, folder, ':')) {
    std::error_code error;
    const auto candidate = fs::path(folder) / "pintle";
    if (folder.empty() || !fs::exists(candidate, error)) continue;
    return fs::equivalent(candidate, self, error) ? "pintle" : quoted(self.string());
  }
  return self.empty() ? "pintle" : quoted(self.string());
}

// Where CMake finds the package, unless it looks there anyway.
std::string prefix_option() {
  const auto prefix = own_program().parent_path().parent_path();
  if (prefix == "/usr" || prefix == "/usr/local") return {};
  std::error_code error;
  if (!fs::exists(prefix / "include/pintle/plugin.h", error)) return {};
  return " -DCMAKE_PREFIX_PATH=" + quoted(prefix.string());
}

// The installed document if there is one.
std::string document(const std::string& name) {
  const auto installed = own_program().parent_path().parent_path() / "share/doc/pintle/docs" / name;
  std::error_code error;
  return fs::exists(installed, error) ? installed.string() : "docs/" + name;
}

struct NewScheme {
  fs::path folder{};
  std::string id{};
  std::string language{};
  std::string profile{};  ///< Empty: none was made.

  bool has_cmake() const { return language == "cpp" || language == "c"; }
  fs::path plugin() const {
    return language == "python" ? folder / (id + ".py") : folder / "build" / (id + ".so");
  }
  fs::path profile_file() const { return folder / (profile + ".profile.json"); }
};

void print_tests(const NewScheme& made, const std::string& program) {
  if (!made.has_cmake()) {
    const bool is_in_path = program == "pintle";
    print_line("  sh " + quoted((made.folder / "test.sh").string()) +
               (is_in_path ? "" : " " + program));
    return;
  }
  const auto source = quoted(made.folder.string());
  const auto build = quoted((made.folder / "build").string());
  print_line("  cmake -S " + source + " -B " + build + prefix_option() + " && cmake --build " +
             build);
  print_line("  ctest --test-dir " + build + " --output-on-failure");
}

void print_installation(const NewScheme& made, const std::string& program) {
  const auto plugin = made.plugin();
  print_line("  " + program + " plugins check " + quoted(plugin.string()));
  std::string install;
  if (!made.profile.empty()) {
    install = " " + quoted(made.profile_file().string());
    print_line("  " + program + " plugins check" + install);
  }
  print_line("  install -D -t \"${XDG_DATA_HOME:-$HOME/.local/share}/pintle/plugins\" " +
             quoted(plugin.string()) + " " +
             quoted(fs::path(plugin).replace_extension(".json").string()) + install);
}

void print_steps(const NewScheme& made) {
  const auto program = program_word();
  print_line("Created " + fs::absolute(made.folder).string() +
             ": a scheme that takes an API key, as the");
  print_line("gateway of `" + program + " practice --gate api-key` does.");
  print_line(made.language == "python" ? "Test and install it:" : "Build, test and install it:");
  print_tests(made, program);
  print_installation(made, program);
  print_line("");
  print_line("Then make it yours, for your gateway:");
  if (!made.profile.empty()) {
    print_line("  - Describe it in " + quoted(made.profile_file().string()) +
               ", which describes the practice gateway now:");
    print_line("    " + document("gateway-profiles.md"));
  }
  print_line(
      "  - Write the scheme, first its rules: they are about the practice gateway's answer:");
  print_line("    " +
             document(made.language == "python" ? "scheme-protocol.md" : "write-a-scheme.md"));
  print_line("    and what your gateway answers, for the tests, in answers.json: " +
             document("plugin-rules.md"));
  if (made.language == "python") {
    print_line("  - Write its manifest anew when its reply to \"hello\" changes:");
    print_line("    " + program + " plugins manifest " + quoted(made.plugin().string()) +
               " --output " + quoted(fs::path(made.plugin()).replace_extension(".json").string()));
  }
  print_line(
      "  - Delete practice_test.sh, which is for the practice gateway; install, and try yours:");
  print_line("    " + program + " doctor URL" +
             (made.profile.empty() ? "" : " --profile " + made.profile));
}

// Of two schemes with one id a host uses only one.
void check_is_free(const std::string& id) {
  const UserHost user;
  const auto catalogue = user.host().catalogue();
  for (const auto& entry : catalogue.entries()) {
    if (entry.scheme.id != id) continue;
    throw Error(Layer::config, "there is a scheme " + id + " already (" + entry.where() + ")")
        .with_user_action()
        .with_hint("Choose another name: the last part of NAME is the scheme's id.");
  }
}

}  // namespace

std::vector<Option> plugins_new_options() {
  return {{"language", "cpp|c|rust|python", "cpp by default"},
          {"profile", "NAME",
           "It is for another kind of gateway: also write NAME.profile.json, to fill in"}};
}

int make_scheme(const Invocation& invocation, const std::string& name) {
  if (name.empty()) throw UsageError("plugins new needs NAME");
  NewScheme made{.folder = fs::path(name).lexically_normal()};
  if (!made.folder.has_filename()) made.folder = made.folder.parent_path();  // "my-way/"
  made.id = fs::absolute(made.folder).filename().string();
  made.language = invocation.get("language").value_or("cpp");
  made.profile = invocation.get("profile").value_or("");
  if (invocation.has("profile") && made.profile.empty()) throw UsageError("--profile needs NAME");
  const auto folder = fs::absolute(made.folder);
  if (fs::exists(folder)) {
    throw Error(Layer::config, folder.string() + " already exists").with_user_action();
  }
  const auto files = scheme_template(made.id, made.language, made.profile);
  check_is_free(made.id);
  write_all(folder, files);
  print_steps(made);
  return kOk;
}

}  // namespace pintle::cli
