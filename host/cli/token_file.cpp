// SPDX-License-Identifier: Apache-2.0
#include "token_file.h"

#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "base/own_variable.h"

namespace pintle::cli {
namespace {

constexpr std::string_view kBegin = "broker-";
constexpr std::string_view kEnd = ".token";

// Empty if there is none, or if others can enter it.
std::filesystem::path runtime_folder() {
  const char* value = own_variable("XDG_RUNTIME_DIR");
  struct stat facts {};
  if (value == nullptr || *value != '/' || ::stat(value, &facts) != 0) return {};
  const bool is_private = S_ISDIR(facts.st_mode) && facts.st_uid == ::geteuid() &&
                          (facts.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  return is_private ? std::filesystem::path(value) / "pintle" : std::filesystem::path();
}

// Also of processes that were killed while they wrote one: ".broker-1234.token.Xa3s9f".
void remove_abandoned(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const auto name = entry->path().filename().string();
    const bool is_whole = name.starts_with(kBegin) && name.ends_with(kEnd);
    if (is_whole || name.starts_with("." + std::string(kBegin))) {
      remove_if_abandoned(entry->path());
    }
  }
}

}  // namespace

TokenFile::TokenFile(const Secret& token) {
  auto folder = runtime_folder();
  if (folder.empty()) {
    folder = folder_.emplace("broker").path();
  } else {
    remove_abandoned(folder);
  }
  path_ = folder / (std::string(kBegin) + std::to_string(::getpid()) + std::string(kEnd));
  file_.emplace(path_, 0);
  file_->append(token.reveal());
  file_->commit();
}

TokenFile::~TokenFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace pintle::cli
