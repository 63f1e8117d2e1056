// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/loading/load_check.h>
#include <pintle/loading/trusted_file.h>

#include "sealed_copy.h"

namespace pintle::loading {

std::string path_of_copy(const std::filesystem::path&, int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

SealedCopy seal(const std::filesystem::path& file) {
  const auto failed = [&](const char* what) {
    return Error(Layer::plugin, file.string() + ": must be loaded from a copy in memory, but " +
                                    what + ": " + std::strerror(errno));
  };
  const UniqueFd from(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (from.get() < 0) throw failed("cannot be read");
  check_trusted_file(from.get(), file);
  struct stat facts {};
  constexpr off_t kMaxLibrary = off_t{128} << 20;
  if (::fstat(from.get(), &facts) == 0 && facts.st_size > kMaxLibrary) {
    throw Error(Layer::plugin, file.string() + ": is larger than a library may be (128 MiB)");
  }
  SealedCopy copy{
      UniqueFd(::memfd_create(file.filename().c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING)), {}};
  if (copy.fd.get() < 0) throw failed("cannot be copied into memory");
  constexpr std::size_t kPiece = 1 << 20;
  while (const auto put = ::sendfile(copy.fd.get(), from.get(), nullptr, kPiece)) {
    if (put < 0 && errno != EINTR) throw failed("cannot be copied into memory");
  }
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (::fcntl(copy.fd.get(), F_ADD_SEALS, kSeals) != 0) throw failed("cannot be sealed in memory");
  if (::access(path_of_copy(file, copy.fd.get()).c_str(), R_OK) != 0)
    throw failed("cannot be opened through /proc");
  copy.digest = digest_of(path_of_copy(file, copy.fd.get()));
  return copy;
}

void check_unchanged(const std::filesystem::path&, const std::string&) {}  // it cannot change

}  // namespace pintle::loading
