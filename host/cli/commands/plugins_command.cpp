// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include <pintle/core/text/printable.h>
#include <pintle/files/durable_file.h>
#include <pintle/host.h>
#include <pintle/loading/library.h>
#include <pintle/loading/load_check.h>
#include <pintle/loading/loader.h>
#include <pintle/loading/manifest.h>
#include <pintle/loading/trusted_file.h>
#include <pintle/program_loader.h>

#include "commands.h"
#include "output.h"
#include "plugin_policy.h"
#include "plugins_test_command.h"
#include "scheme_template.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

namespace fs = std::filesystem;

std::string profiles_json(const loading::Profiles& profiles) {
  std::vector<std::string> list;
  for (const auto& entry : profiles.entries()) {
    JsonObject object;
    object.text("profile", entry.profile.id)
        .text("name", entry.profile.name)
        .text("file", entry.where())
        .boolean("usable", entry.fault.empty());
    if (!entry.fault.empty()) object.text("fault", entry.fault);
    list.push_back(object.str());
  }
  return json_list(list);
}

void print_profiles(const loading::Profiles& profiles) {
  Table table({"PROFILE", "NAME", "FROM"});
  for (const auto& entry : profiles.entries()) {
    table.add(
        {entry.profile.id.empty() ? "-" : entry.profile.id,
         entry.profile.name.empty() ? "-" : printable(entry.profile.name, 40),
         entry.fault.empty() ? entry.where() : styled(Style::bad, "refused: " + entry.fault)});
  }
  table.print();
}

int list(const Invocation& invocation) {
  const UserHost user;
  const auto catalogue = user.host().catalogue();
  const loading::Loader rules(user.options().loading, loading::LoadCheck({}, {}));
  if (invocation.json()) {
    std::vector<std::string> plugins;
    for (const auto& entry : catalogue.entries()) {
      const auto fault = entry.fault.empty() ? rules.refusal(entry.scheme.id) : entry.fault;
      JsonObject object;
      object.text("scheme", entry.scheme.id)
          .text("name", entry.scheme.name)
          .text("plugin", entry.plugin_name)
          .text("version", entry.plugin_version)
          .text("library", entry.where())
          .boolean("usable", fault.empty());
      if (!fault.empty()) object.text("fault", fault);
      plugins.push_back(object.str());
    }
    std::vector<std::string> folders;
    folders.reserve(user.paths().plugin_folders.size());
    for (const auto& folder : user.paths().plugin_folders) folders.push_back(folder.string());
    print_line(JsonObject()
                   .raw("plugins", json_list(plugins))
                   .raw("profiles", profiles_json(user.host().profiles()))
                   .raw("folders", json_strings(folders))
                   .str());
    return kOk;
  }
  Table table({"SCHEME", "NAME", "VERSION", "FROM"});
  for (const auto& entry : catalogue.entries()) {
    const auto fault = entry.fault.empty() ? rules.refusal(entry.scheme.id) : entry.fault;
    table.add({entry.scheme.id.empty() ? "-" : entry.scheme.id,
               printable(entry.scheme.name.empty() ? entry.plugin_name : entry.scheme.name, 40),
               entry.plugin_version.empty() ? "-" : printable(entry.plugin_version, 20),
               fault.empty() ? entry.where() : styled(Style::bad, "refused: " + fault)});
  }
  table.print();
  print_line("");
  print_profiles(user.host().profiles());
  print_line("");
  print_line(styled(Style::dim, "Searched in this order; the first folder with a scheme is used:"));
  for (const auto& folder : user.paths().plugin_folders) {
    const bool there = fs::exists(folder);
    print_line("  " + folder.string() + (there ? "" : styled(Style::dim, " (not there)")));
  }
  return kOk;
}

// Anything that is not named as a library is a program (docs/scheme-protocol.md).
bool is_library(const fs::path& file) { return file.extension() == ".so"; }

void check_is_plugin(const fs::path& file) {
  if (!fs::exists(file)) {
    throw Error(Layer::plugin, file.string() + ": there is no such file").with_user_action();
  }
  if (file.extension() == ".json") {
    throw Error(Layer::plugin, file.string() + ": is a manifest")
        .with_user_action()
        .with_hint("Name the library or the program beside it.");
  }
}

// What the plugin says of itself. A library is opened in a child first: it may never have been
// loaded before. A program runs in a process of its own.
loading::Manifest described_by(const fs::path& file, const std::string& digest) {
  if (!is_library(file)) {
    auto manifest = loading::manifest_of(*program_loader()(file, digest));
    manifest.program = file.filename().string();
    return manifest;
  }
  const UserHost user;
  loading::LoadCheck(user.paths().load_check_program, {}).run(file, digest);
  return loading::manifest_of(loading::open_library(file));
}

// All that the loader would ask, against this one file.
int check(const Invocation& invocation, const std::string& name) {
  const UserHost user;
  const fs::path file = fs::weakly_canonical(fs::absolute(name));
  check_is_plugin(file);
  loading::check_trusted_folder(file.parent_path());
  loading::check_trusted_file(file);
  const auto digest = loading::digest_of(file);
  const auto beside = fs::path(file).replace_extension(".json");
  const auto text = read_file(beside, 64 * 1024);
  // First: what the settings refuse is not run, not even to be checked.
  if (text) check_policy(user.options().loading, file, loading::parse_manifest(*text), digest);
  const auto manifest = described_by(file, digest);
  if (!text) {
    throw Error(Layer::plugin, file.string() + ": has no manifest beside it")
        .with_hint("Write it: pintle plugins manifest " + file.string() + " > " + beside.string());
  }
  if (loading::parse_manifest(*text) != manifest) {
    throw Error(Layer::plugin, beside.string() + ": is not what the " +
                                   (is_library(file) ? "library" : "program") + " says of itself")
        .with_hint("Write it anew: pintle plugins manifest " + file.string() + " > " +
                   beside.string());
  }
  if (invocation.json()) {
    print_line(JsonObject()
                   .text("file", file.string())
                   .boolean("usable", true)
                   .text("digest", "sha256:" + digest)
                   .raw("manifest", loading::to_json(manifest))
                   .str());
    return kOk;
  }
  print_line(styled(Style::good, "good") + "  " + file.string());
  print_line("plugin  " + printable(manifest.name) + " " + printable(manifest.version) + ", ABI " +
             std::to_string(manifest.abi_major));
  for (const auto& scheme : manifest.schemes) {
    print_line("scheme  " + scheme.id + ", " + printable(scheme.name));
  }
  print_line("digest  sha256:" + digest);
  return kOk;
}

int manifest(const std::string& name) {
  const fs::path file = fs::weakly_canonical(fs::absolute(name));
  check_is_plugin(file);
  const auto text = loading::to_json(described_by(file, loading::digest_of(file)));
  print_line(std::string_view(text).substr(0, text.size() - 1));
  return kOk;
}

int make_new(const Invocation& invocation, const std::string& name) {
  const auto folder = fs::absolute(name);
  const auto id = folder.filename().string();
  if (fs::exists(folder)) {
    throw Error(Layer::config, folder.string() + " already exists").with_user_action();
  }
  for (const auto& [file, text] : scheme_template(id, invocation.get("language").value_or("cpp"))) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw Error(Layer::store, folder.string() + ": " + error.message());
    write_file_durably(folder / file, text);
  }
  const auto built = name + "/build/" + id;
  print_line("Created " + folder.string() + ": a scheme that takes an API key, as the gateway of");
  print_line("`pintle practice --gate api-key` does. Build, test and install it:");
  print_line("  cmake -S " + name + " -B " + name + "/build && cmake --build " + name + "/build");
  print_line("  ctest --test-dir " + name + "/build");
  print_line("  pintle plugins check " + built + ".so");
  print_line("  install -D -t \"${XDG_DATA_HOME:-$HOME/.local/share}/pintle/plugins\" " + built +
             ".so " + built + ".json");
  return kOk;
}

std::vector<Option> plugins_options() {
  auto options = plugins_test_options();
  options.push_back({"language", "cpp|c", "new: cpp by default"});
  return options;
}

int run(const Invocation& invocation) {
  const auto action = invocation.operand(0).value_or("list");
  const auto file = invocation.operand(1);
  if (action == "list" && !file) return list(invocation);
  if (action == "check" && file) return check(invocation, *file);
  if (action == "test" && file) return test_plugin(invocation, *file);
  if (action == "manifest" && file) return manifest(*file);
  if (action == "new" && file) return make_new(invocation, *file);
  throw UsageError("plugins needs list, check FILE, test FILE, manifest FILE or new NAME");
}

}  // namespace

Command plugins_command() {
  return {"plugins",
          "[ACTION] [FILE]",
          "List scheme plugins, check one, or start a new one",
          "ACTION is list (loads nothing), check FILE (runs every check of the loader), test FILE "
          "(plays sign-ins and hostile answers with it, in other processes), manifest FILE (prints "
          "its manifest) or new NAME (creates a scheme in a new folder).",
          plugins_options(),
          run};
}

}  // namespace pintle::cli
