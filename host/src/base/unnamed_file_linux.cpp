// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstddef>
#include <sys/mman.h>
#include <unistd.h>

#include "base/unnamed_file.h"

namespace pintle {

UniqueFd unnamed_file_of(std::string_view text) noexcept {
  UniqueFd file(::memfd_create("pintle-input", MFD_CLOEXEC));
  while (file && !text.empty()) {
    const auto count = ::write(file.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return {};
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (file && ::lseek(file.get(), 0, SEEK_SET) != 0) return {};
  return file;
}

}  // namespace pintle
