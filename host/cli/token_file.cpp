// SPDX-License-Identifier: Apache-2.0
#include "token_file.h"

#include <cstdlib>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <pintle/files/durable_file.h>

namespace pintle::cli {
namespace {

// Empty if there is none, or if others can enter it.
std::filesystem::path runtime_folder() {
  const char* value = ::secure_getenv("XDG_RUNTIME_DIR");
  struct stat facts {};
  if (value == nullptr || *value != '/' || ::stat(value, &facts) != 0) return {};
  const bool is_private = S_ISDIR(facts.st_mode) && facts.st_uid == ::geteuid() &&
                          (facts.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  return is_private ? std::filesystem::path(value) / "pintle" : std::filesystem::path();
}

}  // namespace

TokenFile::TokenFile(const Secret& token) {
  auto folder = runtime_folder();
  if (folder.empty()) folder = folder_.emplace().path();
  path_ = folder / ("broker-" + std::to_string(::getpid()) + ".token");
  write_file_durably(path_, token.reveal());
}

TokenFile::~TokenFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace pintle::cli
