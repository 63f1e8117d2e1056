// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <cstring>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <pintle/files/unique_fd.h>

#include "sign_in/socket_table_linux.h"

namespace pintle {
namespace {

// Of linux/tcp_states.h: open, or with the sending side closed.
constexpr std::uint8_t kEstablished = 1;
constexpr std::uint8_t kFinWait1 = 4;
constexpr std::uint8_t kFinWait2 = 5;

// A socket that its program has closed is nobody's: it has no inode.
bool has_owner(const inet_diag_msg& found) {
  const auto state = found.idiag_state;
  return found.idiag_inode != 0 &&
         (state == kEstablished || state == kFinWait1 || state == kFinWait2);
}

struct Question {
  nlmsghdr header;
  inet_diag_req_v2 request;
};

struct End {
  int family = AF_UNSPEC;
  std::array<std::uint32_t, 4> address{};
  std::uint16_t port = 0;  // in network order
};

End end_of(const sockaddr_storage& storage) {
  End end{.family = storage.ss_family};
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    end.address[0] = in.sin_addr.s_addr;
    end.port = in.sin_port;
  } else {
    sockaddr_in6 in{};
    std::memcpy(&in, &storage, sizeof in);
    std::memcpy(end.address.data(), &in.sin6_addr, sizeof in.sin6_addr);
    end.port = in.sin6_port;
  }
  return end;
}

Question question_about(const End& from, const End& to) {
  Question question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.request.sdiag_family = static_cast<std::uint8_t>(from.family);
  question.request.sdiag_protocol = IPPROTO_TCP;
  question.request.idiag_states = ~0U;
  auto& id = question.request.id;
  id.idiag_sport = from.port;
  id.idiag_dport = to.port;
  std::memcpy(id.idiag_src, from.address.data(), sizeof id.idiag_src);
  std::memcpy(id.idiag_dst, to.address.data(), sizeof id.idiag_dst);
  id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return question;
}

}  // namespace

std::optional<TableEntry> diagnose_connection(const sockaddr_storage& local,
                                              const sockaddr_storage& remote) {
  const UniqueFd kernel(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!kernel) return std::nullopt;
  const timeval soon{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(kernel.get(), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
  const auto from = end_of(local);
  const auto to = end_of(remote);
  const auto question = question_about(from, to);
  if (::send(kernel.get(), &question, sizeof question, 0) != sizeof question) return std::nullopt;
  alignas(nlmsghdr) std::array<char, 4096> answer;
  const auto size = ::recv(kernel.get(), answer.data(), answer.size(), 0);
  nlmsghdr header{};
  inet_diag_msg found{};
  if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof found))) return std::nullopt;
  std::memcpy(&header, answer.data(), sizeof header);
  if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY) return std::nullopt;  // an error
  std::memcpy(&found, answer.data() + NLMSG_HDRLEN, sizeof found);
  // Nothing else than what was asked for.
  if (found.id.idiag_sport != from.port || found.id.idiag_dport != to.port) return std::nullopt;
  return TableEntry{found.idiag_uid, has_owner(found)};
}

}  // namespace pintle
