// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/loading/catalogue.h>
#include <pintle/loading/library.h>
#include <pintle/loading/profiles.h>
#include <pintle/loading/trusted_file.h>

#include "first_files.h"

namespace pintle::loading {
namespace {

constexpr std::size_t kMaxManifest = 64 * 1024;
constexpr std::size_t kMaxFiles = 4096;

bool is_there(const std::filesystem::path& file) {
  std::error_code error;
  return std::filesystem::exists(file, error);
}

// Returns the file that the manifest beside `library` is for: the library, or its program. Throws
// Error(plugin) if there is none.
std::filesystem::path file_of(const Manifest& manifest, const std::filesystem::path& library) {
  const bool has_library = is_there(library);
  if (manifest.program.empty()) {
    if (has_library) return library;
    throw Error(Layer::plugin, "has no library beside it (" + library.filename().string() +
                                   "), and names no \"program\"");
  }
  // Its manifest is not about that library, which would be listed nowhere.
  if (has_library) {
    throw Error(Layer::plugin, "names the program " + manifest.program +
                                   ", but is beside the library " + library.filename().string());
  }
  auto program = library.parent_path() / manifest.program;
  if (is_there(program)) return program;
  throw Error(Layer::plugin, "has no program beside it (" + manifest.program + ")");
}

}  // namespace

std::string Entry::where() const { return library.empty() ? kBuiltIn : library.string(); }

Catalogue Catalogue::read(const std::vector<std::filesystem::path>& folders,
                          const std::vector<const pintle_plugin_table*>& built_in) {
  Catalogue catalogue;
  for (const auto& folder : folders) catalogue.add_folder(folder);
  for (const auto* table : built_in) {
    Entry entry;
    entry.built_in = table;
    try {
      check_table(*table, kBuiltIn);
      catalogue.add_schemes(manifest_of(*table), entry);
    } catch (const Error& error) {
      entry.fault = error.message();
      catalogue.entries_.push_back(std::move(entry));
    }
  }
  return catalogue;
}

const Entry* Catalogue::find(std::string_view scheme_id) const noexcept {
  for (const auto& entry : entries_) {
    if (entry.fault.empty() && entry.scheme.id == scheme_id) return &entry;
  }
  return nullptr;
}

void Catalogue::add_folder(const std::filesystem::path& folder) {
  if (!folder.is_absolute()) {
    add_fault(folder, folder.string() + ": is not an absolute path");
    return;
  }
  std::error_code error;
  const auto real = std::filesystem::canonical(folder, error);
  if (error) {
    if (error != std::errc::no_such_file_or_directory) {
      add_fault(folder, folder.string() + ": cannot be read: " + error.message());
    }
    return;
  }
  FirstFiles found(kMaxFiles);
  std::filesystem::directory_iterator file(real, error);
  for (; !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    auto path = file->path();
    if (is_profile_file(path)) continue;
    if (path.extension() == ".json") path.replace_extension(".so");
    if (path.extension() == ".so") found.add(std::move(path));
  }
  if (error) add_fault(folder, folder.string() + ": cannot be read: " + error.message());
  const auto& libraries = found.files();
  if (libraries.empty()) return;
  try {
    check_trusted_folder(real);
  } catch (const Error& refusal) {
    for (const auto& library : libraries) add_fault(library, refusal.message());
    return;
  }
  for (const auto& library : libraries) add_plugin(library);
  if (auto fault = found.fault(real, "libraries"); !fault.empty()) {
    add_fault(real, std::move(fault));
  }
}

void Catalogue::add_plugin(const std::filesystem::path& library) {
  auto manifest_file = library;
  manifest_file.replace_extension(".json");
  try {
    const auto json = read_trusted_file(manifest_file, kMaxManifest);
    if (!json) {
      throw Error(Layer::plugin, library.string() + ": has no manifest beside it (" +
                                     manifest_file.filename().string() +
                                     "); write one with pintle plugins manifest");
    }
    Entry entry;
    try {
      const auto manifest = parse_manifest(*json);
      if (manifest.abi_major != PINTLE_ABI_MAJOR) {
        throw Error(Layer::plugin, "it is for ABI " + std::to_string(manifest.abi_major) +
                                       ", but this program supports ABI " +
                                       std::to_string(PINTLE_ABI_MAJOR));
      }
      entry.library = file_of(manifest, library);
      entry.is_program = !manifest.program.empty();
      add_schemes(manifest, std::move(entry));
    } catch (const Error& error) {
      throw Error(Layer::plugin, manifest_file.string() + ": " + error.message());
    }
  } catch (const Error& error) {
    add_fault(library, error.message());
  }
}

void Catalogue::add_schemes(const Manifest& manifest, Entry entry) {
  entry.plugin_name = manifest.name;
  entry.plugin_version = manifest.version;
  for (const auto& scheme : manifest.schemes) entry.siblings.push_back(scheme.id);
  for (const auto& scheme : manifest.schemes) {
    entry.scheme = scheme;
    entry.fault.clear();
    if (const auto* first = find(scheme.id)) {
      entry.fault = entry.where() + ": is a second scheme with the id " + scheme.id +
                    "; the first is " + first->where();
    }
    entries_.push_back(entry);
  }
}

void Catalogue::add_fault(const std::filesystem::path& library, std::string fault) {
  Entry entry;
  entry.library = library;
  entry.plugin_name = library.stem().string();
  entry.fault = std::move(fault);
  entries_.push_back(std::move(entry));
}

}  // namespace pintle::loading
