// SPDX-License-Identifier: Apache-2.0
//
// Whether the peer of a socket has closed its side, for who polls it and reads nothing.
//
// A room of the system (docs/porting.md): Linux's poll tells it. Elsewhere it is told by the end of
// what can be read, so not behind bytes that nobody reads. Threads: any.

#pragma once

namespace pintle {

/// What to poll for.
extern const short kPeerLeft;

/// Returns whether `revents`, which poll has reported for `socket`, say that its peer has left.
bool has_peer_left(int socket, short revents) noexcept;

}  // namespace pintle
