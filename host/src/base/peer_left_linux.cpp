// SPDX-License-Identifier: Apache-2.0
#include <poll.h>

#include "base/peer_left.h"

namespace pintle {

const short kPeerLeft = POLLRDHUP;

bool has_peer_left(int, short revents) noexcept { return revents != 0; }

}  // namespace pintle
