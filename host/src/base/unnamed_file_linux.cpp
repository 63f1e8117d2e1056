// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>
#include <unistd.h>

#include "base/unnamed_file.h"
#include "base/write_all.h"

namespace pintle {

UniqueFd unnamed_file_of(std::string_view text) noexcept {
  UniqueFd file(::memfd_create("pintle-input", MFD_CLOEXEC));
  if (!file || !write_all(file.get(), text) || ::lseek(file.get(), 0, SEEK_SET) != 0) return {};
  return file;
}

}  // namespace pintle
