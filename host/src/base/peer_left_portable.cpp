// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <sys/socket.h>

#include "base/peer_left.h"

namespace pintle {

const short kPeerLeft = POLLIN;

bool has_peer_left(int socket, short revents) noexcept {
  if ((revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return true;
  char next = 0;
  return (revents & POLLIN) != 0 &&
         ::recv(socket, &next, sizeof next, MSG_PEEK | MSG_DONTWAIT) == 0;
}

}  // namespace pintle
