// SPDX-License-Identifier: Apache-2.0
#include "sign_in/peer_user.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <netinet/in.h>
#include <sstream>
#include <unistd.h>

namespace pintle {
namespace {

constexpr std::string_view kEstablished = "01";

std::string_view next_word(std::string_view& line) {
  const auto begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin);
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

std::optional<uid_t> number(std::string_view text) {
  uid_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return whole && !text.empty() ? std::optional(value) : std::nullopt;
}

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

// Under sudo, a browser of the invoking user counts as ours too.
bool is_ours(uid_t user) {
  if (user == ::geteuid()) return true;
  const char* sudo = std::getenv("SUDO_UID");
  return ::geteuid() == 0 && sudo != nullptr && number(sudo) == user;
}

PeerUser kind_of(uid_t user) {
  if (is_ours(user)) return PeerUser::ours;
  return user == 0 ? PeerUser::root : PeerUser::other;
}

// The other end of an IPv4 connection may be an IPv6 socket.
std::string mapped(const std::string& address) { return "0000000000000000FFFF0000" + address; }

}  // namespace

std::string table_address(const sockaddr_storage& address) {
  std::array<char, 48> text{};
  if (address.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    std::snprintf(text.data(), text.size(), "%08X:%04X", in.sin_addr.s_addr, ntohs(in.sin_port));
  } else {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    std::array<std::uint32_t, 4> words{};
    std::memcpy(words.data(), &in.sin6_addr, sizeof words);
    std::snprintf(text.data(), text.size(), "%08X%08X%08X%08X:%04X", words[0], words[1], words[2],
                  words[3], ntohs(in.sin6_port));
  }
  return text.data();
}

std::optional<TableEntry> find_connection(std::string_view table, std::string_view local,
                                          std::string_view remote) {
  while (!table.empty()) {
    const auto end = table.find('\n');
    auto line = table.substr(0, end);
    table = end == std::string_view::npos ? std::string_view() : table.substr(end + 1);
    next_word(line);  // its number
    if (next_word(line) != local || next_word(line) != remote) continue;
    const bool established = next_word(line) == kEstablished;
    for (int skipped = 0; skipped < 3; ++skipped) next_word(line);  // queues, timer, retransmits
    const auto user = number(next_word(line));
    return user ? std::optional(TableEntry{*user, established}) : std::nullopt;
  }
  return std::nullopt;
}

bool is_wsl() {
  return std::getenv("WSL_DISTRO_NAME") != nullptr || std::getenv("WSL_INTEROP") != nullptr;
}

PeerUser peer_user(int fd) {
  sockaddr_storage peer{};
  sockaddr_storage own{};
  socklen_t size = sizeof peer;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return PeerUser::other;
  size = sizeof own;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) != 0) return PeerUser::other;
  if (const auto entry = diagnose_connection(peer, own)) {
    return entry->established ? kind_of(entry->user) : PeerUser::other;
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
  return kind_of(found->user);
}

PeerUser unix_peer_user(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return PeerUser::other;
  return kind_of(peer.uid);
}

}  // namespace pintle
