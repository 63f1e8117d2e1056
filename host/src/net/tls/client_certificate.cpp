// SPDX-License-Identifier: Apache-2.0
#include "net/tls/client_certificate.h"

#include <string>
#include <sys/stat.h>

#include <pintle/core/base/error.h>

namespace pintle::net {
namespace {

constexpr std::int64_t kMaxWaitMs = 60'000;

// Changes with the file, also if it is renewed within a second or a link to it is moved.
std::string stamp_of(const std::string& file) {
  struct stat facts {};
  if (file.empty() || is_pkcs11_uri(file) || ::stat(file.c_str(), &facts) != 0) return "-";
  std::string stamp;
  for (const auto number :
       {static_cast<long long>(facts.st_dev), static_cast<long long>(facts.st_ino),
        static_cast<long long>(facts.st_size), static_cast<long long>(facts.st_mtim.tv_sec),
        static_cast<long long>(facts.st_mtim.tv_nsec), static_cast<long long>(facts.st_ctim.tv_sec),
        static_cast<long long>(facts.st_ctim.tv_nsec)}) {
    stamp += std::to_string(number) + " ";
  }
  return stamp;
}

}  // namespace

ClientIdentityPtr ClientCertificate::current(const std::stop_token& cancel) {
  const auto guard = reading_.take(cancel, kMaxWaitMs);
  // Before the files are read: a change after this is noticed at the next handshake.
  auto stamp = stamp_of(settings_.certificate) + stamp_of(settings_.key);
  if (identity_ && stamp == stamp_) return identity_;
  try {
    identity_ = read_client_identity(settings_, cancel);
    stamp_ = std::move(stamp);
  } catch (const Error&) {
    if (!identity_) throw;
  }
  return identity_;
}

bool is_pkcs11_uri(std::string_view text) noexcept { return text.starts_with("pkcs11:"); }

}  // namespace pintle::net
