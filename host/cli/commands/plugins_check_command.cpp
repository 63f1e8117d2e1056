// SPDX-License-Identifier: Apache-2.0
#include "plugins_check_command.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include <pintle/core/text/printable.h>
#include <pintle/files/durable_file.h>
#include <pintle/host.h>
#include <pintle/loading/library.h>
#include <pintle/loading/load_check.h>
#include <pintle/loading/manifest.h>
#include <pintle/loading/profiles.h>
#include <pintle/loading/trusted_file.h>
#include <pintle/program_loader.h>

#include "caged_plugin.h"
#include "output.h"
#include "plugin_file.h"
#include "plugin_policy.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

namespace fs = std::filesystem;

// What the plugin says of itself. A library is opened in the cage, or in a child first: it may
// never have been loaded before. A program runs in a process of its own.
loading::Manifest described_by(const fs::path& file, const std::string& digest) {
  if (!is_library(file)) {
    auto manifest = loading::manifest_of(*program_loader()(file, digest));
    manifest.program = file.filename().string();
    return manifest;
  }
  const UserHost user;
  if (is_caged(user, file)) return described_in_the_cage(user, file);
  loading::LoadCheck(user.paths().load_check_program, {}).run(file, digest);
  return loading::manifest_of(loading::open_library(file));
}

bool is_in_a_folder_of(const UserHost& user, const fs::path& file) {
  const auto& folders = user.paths().plugin_folders;
  return std::any_of(folders.begin(), folders.end(), [&](const fs::path& folder) {
    std::error_code error;
    return fs::equivalent(folder, file.parent_path(), error);
  });
}

// Of two profiles with one id a host uses that of the first folder. Returns the installed copy of a
// file that is elsewhere: to install this one replaces it.
std::optional<fs::path> check_is_first(const UserHost& user, const fs::path& file,
                                       const std::string& id) {
  const auto profiles = user.host().profiles();
  for (const auto& entry : profiles.entries()) {
    if (!entry.fault.empty() || entry.profile.id != id) continue;
    std::error_code error;
    if (fs::equivalent(entry.file, file, error)) return std::nullopt;
    if (entry.file.filename() == file.filename() && !is_in_a_folder_of(user, file)) {
      return entry.file;
    }
    throw Error(Layer::config, file.string() + ": the profile " + id + " is already in " +
                                   entry.where() + ", which is used")
        .with_user_action()
        .with_hint("Give it another \"id\", or replace that file.");
  }
  return std::nullopt;
}

// "installed /…/my.profile.json, the same"
std::string installed_text(const fs::path& file, const fs::path& installed) {
  constexpr std::size_t kMaxBytes = 64 * 1024;
  const bool is_same = read_file(file, kMaxBytes) == read_file(installed, kMaxBytes);
  return installed.string() + (is_same ? ", the same" : ", another text: install this one");
}

std::string schemes_for(const loading::Catalogue& catalogue, const std::string& profile) {
  std::string ids;
  for (const auto& entry : catalogue.entries()) {
    if (!entry.fault.empty() || !entry.scheme.fits_profile(profile)) continue;
    ids += (ids.empty() ? "" : ", ") + entry.scheme.id;
  }
  return ids;
}

int check_profile(const Invocation& invocation, const std::string& name) {
  const UserHost user;
  const auto file = fs::weakly_canonical(fs::absolute(name));
  const auto read = loading::read_profile(file);
  if (!read) {
    throw Error(Layer::config, file.string() + ": there is no such file").with_user_action();
  }
  const auto& profile = *read;
  const auto installed = check_is_first(user, file, profile.id);
  if (invocation.json()) {
    print_line(JsonObject()
                   .text("file", file.string())
                   .boolean("usable", true)
                   .text("profile", profile.id)
                   .text("name", profile.name)
                   .str());
    return kOk;
  }
  print_line(styled(Style::good, "good") + "  " + file.string());
  print_line("profile  " + profile.id + ", " + profile.name);
  for (const auto& probe : profile.probes) print_line("asks     GET " + printable(probe.path));
  const auto schemes = schemes_for(user.host().catalogue(), profile.id);
  print_line("schemes  " + (schemes.empty() ? "none is installed yet; one that is for it names " +
                                                  profile.id + " in its profiles"
                                            : schemes));
  if (installed) print_line("installed  " + installed_text(file, *installed));
  return kOk;
}

std::string writing_manifest(const fs::path& file, const fs::path& beside) {
  return "Write it: pintle plugins manifest " + file.string() + " --output " + beside.string();
}

}  // namespace

// All that the loader would ask, against this one file.
int check_plugin(const Invocation& invocation, const std::string& name) {
  if (loading::is_profile_file(name)) return check_profile(invocation, name);
  const UserHost user;
  const auto file = plugin_file(name);
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
        .with_hint(writing_manifest(file, beside));
  }
  if (loading::parse_manifest(*text) != manifest) {
    throw Error(Layer::plugin, beside.string() + ": is not what the " +
                                   (is_library(file) ? "library" : "program") + " says of itself")
        .with_hint(writing_manifest(file, beside));
  }
  if (invocation.json()) {
    print_line(JsonObject()
                   .text("file", file.string())
                   .boolean("usable", true)
                   .text("digest", "sha256:" + digest)
                   .boolean("caged", is_library(file) && is_caged(user, file))
                   .foreign("manifest", loading::to_json(manifest))
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
  if (is_library(file) && is_caged(user, file)) print_line("runs    in the cage");
  return kOk;
}

int print_manifest(const Invocation& invocation, const std::string& name) {
  const UserHost user;
  const auto file = plugin_file(name);
  const auto digest = check_before_opening(user.options().loading, file);
  const auto text = loading::to_json(described_by(file, digest));
  if (const auto output = invocation.get("output")) {
    if (output->empty()) throw UsageError("--output needs FILE");
    write_file_durably(fs::absolute(*output), text);
    return kOk;
  }
  print_line(std::string_view(text).substr(0, text.size() - 1));
  return kOk;
}

}  // namespace pintle::cli
