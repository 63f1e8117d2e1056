// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <string_view>
#include <system_error>

#include "base/own_program.h"
#include "base/spawn.h"

namespace pintle {

// As the dynamic linker names the file with this code. For a program that may be the word by which
// it was started: relative to the folder of then, or found in PATH. Within a library it is that.
std::filesystem::path own_program() {
  Dl_info info{};
  const auto* here = reinterpret_cast<const void*>(&own_program);
  if (::dladdr(here, &info) == 0 || info.dli_fname == nullptr) return {};
  const auto file = find_program(std::string_view(info.dli_fname));
  std::error_code error;
  auto found = file ? std::filesystem::canonical(*file, error) : std::filesystem::path();
  return error ? std::filesystem::path() : found;
}

}  // namespace pintle
