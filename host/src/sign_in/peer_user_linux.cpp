// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <sstream>
#include <string>
#include <sys/socket.h>

#include "sign_in/peer_user.h"
#include "sign_in/socket_table_linux.h"

namespace pintle {
namespace {

// Returns the file's text, or an empty one if it cannot be read.
std::string read_table(const char* file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Tables {
  std::string tcp = read_table("/proc/net/tcp");
  std::string tcp6 = read_table("/proc/net/tcp6");
};

// The other end of an IPv4 connection may be an IPv6 socket.
std::string mapped(const std::string& address) { return "0000000000000000FFFF0000" + address; }

}  // namespace

PeerUser peer_user(int fd) {
  sockaddr_storage peer{};
  sockaddr_storage own{};
  socklen_t size = sizeof peer;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return PeerUser::other;
  size = sizeof own;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) != 0) return PeerUser::other;
  if (const auto entry = diagnose_connection(peer, own)) {
    return entry->established ? peer_user_of(entry->user) : PeerUser::other;
  }
  const Tables tables;
  const bool v4 = peer.ss_family == AF_INET;
  const auto find = [&](const std::string& from, const std::string& to) {
    auto found = find_connection(v4 ? tables.tcp : tables.tcp6, from, to);
    if (!found && v4) found = find_connection(tables.tcp6, mapped(from), mapped(to));
    return found;
  };
  const auto local = table_address(peer);
  const auto remote = table_address(own);
  // If even this end is not listed, a missing other end proves nothing.
  if (!find(remote, local)) return PeerUser::unknown;
  const auto found = find(local, remote);
  if (!found) return is_wsl() ? PeerUser::unknown : PeerUser::other;
  if (!found->established) return PeerUser::other;
  return peer_user_of(found->user);
}

PeerUser unix_peer_user(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return PeerUser::other;
  return peer_user_of(peer.uid);
}

}  // namespace pintle
