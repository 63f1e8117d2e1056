// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstring>
#include <fcntl.h>

#include <pintle/core/base/error.h>
#include <pintle/loading/load_check.h>
#include <pintle/loading/trusted_file.h>

#include "sealed_copy.h"

namespace pintle::loading {

std::string path_of_copy(const std::filesystem::path& file, int) { return file.string(); }

SealedCopy seal(const std::filesystem::path& file) {
  UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!opened) {
    throw Error(Layer::plugin, file.string() + ": cannot be read: " + std::strerror(errno));
  }
  check_trusted_file(opened.get(), file);
  return {std::move(opened), digest_of(file)};
}

void check_unchanged(const std::filesystem::path& file, const std::string& digest) {
  check_trusted_file(file);
  if (digest_of(file) == digest) return;
  throw Error(Layer::plugin, file.string() + ": changed while it was being loaded");
}

}  // namespace pintle::loading
