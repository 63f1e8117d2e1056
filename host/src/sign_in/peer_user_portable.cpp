// SPDX-License-Identifier: Apache-2.0
#include <sys/types.h>
#include <unistd.h>

#include "sign_in/peer_user.h"

namespace pintle {

PeerUser peer_user(int) { return PeerUser::unknown; }

// Where nobody tells, nobody is let in.
PeerUser unix_peer_user([[maybe_unused]] int fd) {
#ifdef PINTLE_GETPEEREID
  uid_t user = 0;
  gid_t group = 0;
  if (::getpeereid(fd, &user, &group) == 0) return peer_user_of(user);
#endif
  return PeerUser::other;
}

}  // namespace pintle
