// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <set>
#include <utility>

#include <pintle/core/text/printable.h>
#include <pintle/host.h>
#include <pintle/loading/loader.h>
#include <pintle/loading/profiles.h>

#include "caged_plugin.h"
#include "commands.h"
#include "output.h"
#include "plugins_check_command.h"
#include "plugins_new_command.h"
#include "plugins_test_command.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

namespace fs = std::filesystem;

std::string profiles_json(const loading::Profiles& profiles) {
  std::vector<std::string> list;
  for (const auto& entry : profiles.entries()) {
    JsonObject object;
    object.text_if_any("profile", entry.profile.id)
        .text_if_any("name", entry.profile.name)
        .text_if_any("file", entry.file.string())
        .boolean("usable", entry.fault.empty())
        .text_if_any("fault", entry.fault);
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

// What the schemes declare, for completion: secrets are inputs, all others settings.
int print_keys(const loading::Catalogue& catalogue, const std::string& option) {
  if (option != "set" && option != "secret-file") {
    throw UsageError("--keys needs set or secret-file");
  }
  std::set<std::string> keys;
  for (const auto& entry : catalogue.entries()) {
    if (!entry.fault.empty()) continue;
    for (const auto& setting : entry.scheme.settings) {
      if (setting.is_secret == (option == "secret-file")) keys.insert(setting.key);
    }
  }
  for (const auto& key : keys) print_line(key);
  return kOk;
}

// Why a scheme cannot be used; empty if it can, as far as its manifest shows.
std::string fault_of(const loading::Entry& entry, const loading::Loader& rules) {
  return entry.fault.empty() ? rules.refusal(entry.scheme.id) : entry.fault;
}

std::string plugins_json(const loading::Catalogue& catalogue, const loading::Loader& rules,
                         const loading::LoadingRules& loading) {
  std::vector<std::string> plugins;
  for (const auto& entry : catalogue.entries()) {
    const auto fault = fault_of(entry, rules);
    JsonObject object;
    object.text_if_any("scheme", entry.scheme.id)
        .text_if_any("name", entry.scheme.name)
        .text_if_any("plugin", entry.plugin_name)
        .text_if_any("version", entry.plugin_version)
        .text_if_any("library", entry.library.string())
        .text("runs", where_it_runs(loading, entry))
        .boolean("usable", fault.empty())
        .text_if_any("fault", fault);
    plugins.push_back(object.str());
  }
  return json_list(plugins);
}

void print_schemes(const loading::Catalogue& catalogue, const loading::Loader& rules,
                   const loading::LoadingRules& loading) {
  Table table({"SCHEME", "NAME", "VERSION", "RUNS IN", "FROM"});
  for (const auto& entry : catalogue.entries()) {
    const auto fault = fault_of(entry, rules);
    table.add({entry.scheme.id.empty() ? "-" : entry.scheme.id,
               printable(entry.scheme.name.empty() ? entry.plugin_name : entry.scheme.name, 40),
               entry.plugin_version.empty() ? "-" : printable(entry.plugin_version, 20),
               where_it_runs(loading, entry),
               fault.empty() ? entry.where() : styled(Style::bad, "refused: " + fault)});
  }
  table.print();
}

void print_folders(const std::vector<fs::path>& folders) {
  print_line(
      styled(Style::dim,
             "Plugin folders, searched in this order; of schemes with one id the first is used:"));
  for (const auto& folder : folders) {
    print_line("  " + folder.string() +
               (fs::exists(folder) ? "" : styled(Style::dim, " (not there)")));
  }
}

int list(const Invocation& invocation) {
  const UserHost user;
  const auto catalogue = user.host().catalogue();
  if (const auto option = invocation.get("keys")) return print_keys(catalogue, *option);
  const loading::Loader rules(user.options().loading, loading::LoadCheck({}, {}));
  const auto& paths = user.paths().plugin_folders;
  if (invocation.json()) {
    std::vector<std::string> folders;
    folders.reserve(paths.size());
    for (const auto& folder : paths) folders.push_back(folder.string());
    print_line(JsonObject()
                   .raw("plugins", plugins_json(catalogue, rules, user.options().loading))
                   .raw("profiles", profiles_json(user.host().profiles()))
                   .raw("folders", json_strings(folders))
                   .str());
    return kOk;
  }
  print_schemes(catalogue, rules, user.options().loading);
  print_line("");
  print_profiles(user.host().profiles());
  print_line("");
  print_folders(paths);
  return kOk;
}

int run(const Invocation& invocation) {
  const auto action = invocation.operand(0).value_or("list");
  const auto file = invocation.operand(1);
  if (action == "list" && !file) return list(invocation);
  if (action == "check" && file) return check_plugin(invocation, *file);
  if (action == "test" && file) return test_plugin(invocation, *file);
  if (action == "manifest" && file) return print_manifest(invocation, *file);
  if (action == "new" && file) return make_scheme(invocation, *file);
  throw UsageError("plugins needs list, check FILE, test FILE, manifest FILE or new NAME");
}

std::vector<Command> actions() {
  return {
      {"plugins list",
       "",
       "List the schemes, the gateway profiles and the plugin folders",
       "It loads nothing: it reads manifests.",
       {{"keys", "set|secret-file", "Print only the keys that schemes declare for that option"}},
       run},
      {"plugins check",
       "FILE",
       "Check a library, a program or a NAME.profile.json as a host does",
       "Owner, mode, manifest, the rules of plugins.json and whether it can be loaded; of a "
       "gateway profile all of its fields.",
       {},
       run},
      {"plugins test", "FILE",
       "Play sign-ins and hostile answers with a scheme, in other processes",
       "It names each rule of docs/plugin-rules.md that the library or program breaks. A library "
       "is "
       "opened with your rights, outside the cage: test what you build.",
       plugins_test_options(), run},
      {"plugins manifest",
       "FILE",
       "Print the manifest of a library or program",
       "It belongs beside the file, as NAME.json.",
       {{"output", "FILE", "Write it to this file instead"}},
       run},
      {"plugins new", "NAME", "Create a scheme with its tests in the new folder NAME",
       "Its tests pass against the practice gateway at once. The last part of NAME is the "
       "scheme's id.",
       plugins_new_options(), run}};
}

// "test: The first of them" in the help of the whole command.
std::vector<Option> options_of(const std::vector<Command>& actions) {
  std::vector<Option> options;
  for (const auto& action : actions) {
    for (auto option : action.options) {
      option.help = action.name.substr(action.name.find(' ') + 1) + ": " + option.help;
      options.push_back(std::move(option));
    }
  }
  return options;
}

}  // namespace

Command plugins_command() {
  auto all = actions();
  auto options = options_of(all);
  return {"plugins",
          "[ACTION] [FILE]",
          "List scheme plugins, check one, or start a new one",
          "",
          std::move(options),
          run,
          std::move(all)};
}

}  // namespace pintle::cli
