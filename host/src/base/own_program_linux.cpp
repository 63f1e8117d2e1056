// SPDX-License-Identifier: Apache-2.0
#include <system_error>

#include "base/own_program.h"

namespace pintle {

std::filesystem::path own_program() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error);
}

}  // namespace pintle
