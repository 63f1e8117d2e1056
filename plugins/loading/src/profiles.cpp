// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <system_error>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/loading/profiles.h>
#include <pintle/loading/trusted_file.h>

#include "first_files.h"

namespace pintle::loading {
namespace {

constexpr std::size_t kMaxBytes = 64 * 1024;
constexpr std::size_t kMaxFiles = 256;

}  // namespace

bool is_profile_file(const std::filesystem::path& file) {
  return file.filename().string().ends_with(".profile.json");
}

std::optional<GatewayProfile> read_profile(const std::filesystem::path& file) {
  const auto json = read_trusted_file(file, kMaxBytes);
  if (!json) return std::nullopt;
  try {
    return parse_profile(*json);
  } catch (const Error& error) {
    throw Error(Layer::config, file.string() + ": " + error.message());
  }
}

std::string ProfileEntry::where() const { return file.empty() ? "built in" : file.string(); }

Profiles Profiles::read(const std::vector<std::filesystem::path>& folders) {
  Profiles profiles;
  profiles.entries_.push_back({{}, GatewayProfile::hermes(), {}});
  for (const auto& folder : folders) profiles.add_folder(folder);
  return profiles;
}

const GatewayProfile* Profiles::find(std::string_view id) const noexcept {
  for (const auto& entry : entries_) {
    if (entry.fault.empty() && entry.profile.id == id) return &entry.profile;
  }
  return nullptr;
}

// The catalogue reports folders that cannot be read.
void Profiles::add_folder(const std::filesystem::path& folder) {
  std::error_code error;
  const auto real = std::filesystem::canonical(folder, error);
  if (error || !folder.is_absolute()) return;
  FirstFiles found(kMaxFiles);
  std::filesystem::directory_iterator file(real, error);
  for (; !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    if (is_profile_file(file->path())) found.add(file->path());
  }
  for (const auto& path : found.files()) add_file(path);
  if (auto fault = found.fault(real, "profiles"); !fault.empty()) {
    entries_.push_back({.file = real, .profile = {}, .fault = std::move(fault)});
  }
}

void Profiles::add_file(const std::filesystem::path& file) {
  ProfileEntry entry{.file = file, .profile = {}, .fault = {}};
  try {
    auto profile = read_profile(file);
    if (!profile) return;  // removed meanwhile
    entry.profile = std::move(*profile);
    if (find(entry.profile.id) != nullptr) {
      throw Error(Layer::config,
                  file.string() + ": is a second profile with the id " + entry.profile.id);
    }
  } catch (const Error& error) {
    entry.fault = error.message();
  }
  entries_.push_back(std::move(entry));
}

}  // namespace pintle::loading
