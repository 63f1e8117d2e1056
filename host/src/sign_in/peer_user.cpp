// SPDX-License-Identifier: Apache-2.0
#include "sign_in/peer_user.h"

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace pintle {
namespace {

// Under sudo, a browser of the invoking user counts as ours too.
bool is_ours(uid_t user) {
  if (user == ::geteuid()) return true;
  const char* sudo = std::getenv("SUDO_UID");
  if (::geteuid() != 0 || sudo == nullptr) return false;
  const std::string_view text(sudo);
  uid_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value == user;
}

}  // namespace

PeerUser peer_user_of(uid_t user) {
  if (is_ours(user)) return PeerUser::ours;
  return user == 0 ? PeerUser::root : PeerUser::other;
}

bool is_wsl() {
  return std::getenv("WSL_DISTRO_NAME") != nullptr || std::getenv("WSL_INTEROP") != nullptr;
}

}  // namespace pintle
