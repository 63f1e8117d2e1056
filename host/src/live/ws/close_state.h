// SPDX-License-Identifier: Apache-2.0
//
// How far one WebSocket is on its way from open to ended, and what its owner is told at the end
// (RFC 6455 7.1).
//
// Threads: the loop's. It holds no clock and no socket.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/core/ws/ws_protocol.h>
#include <pintle/counters.h>

#include "io/loop.h"

namespace pintle::live {

/// How a link ended.
struct WsConnectionEnd {
  /// Of the peer's close frame; 1006 if none was received.
  std::uint16_t code = 0;
  std::string reason{};
  /// Nothing if this side closed in good order.
  std::optional<Error> why{};
  bool is_silent = false;  ///< The peer answered no ping.

  /// Of a loss: an end that this side did not ask for.
  LossCause cause() const noexcept;
};

/// Returns the error for a connection that ended without a Close.
Error link_lost(const std::string& why);

class CloseState {
 public:
  enum class Phase {
    open,
    closing,       ///< Our Close is queued or sent, and the peer's is awaited.
    answering,     ///< The peer's Close came: ours leaves, behind the frame in progress.
    breaking_off,  ///< The peer was wrong, and what it sends is dropped: it reads our Close and
                   ///< closes. Closed before that, a socket with unread bytes sends a RST, which
                   ///< takes the Close with it.
    ended,
  };

  bool is(Phase phase) const noexcept { return phase_ == phase; }
  /// Returns false once either side closes it or the socket is lost.
  bool is_open() const noexcept { return phase_ == Phase::open && !lost_; }
  bool is_lost() const noexcept { return lost_.has_value(); }

  /// This side queued its Close.
  void close(TimePoint now) { enter(Phase::closing, now); }
  /// The peer's Close was received, and ours is queued or sent.
  void answer(WsConnectionEnd how, TimePoint now);
  /// The peer broke the protocol, and our Close is queued or sent.
  void break_off(Error why, TimePoint now);
  /// The socket is unusable. The first reason is kept. What was received before it still counts,
  /// the peer's Close above all.
  void lose(std::string why);
  void end() noexcept { phase_ = Phase::ended; }

  /// Returns whether it is to end now. `all_sent`: nothing is queued.
  bool is_due(bool all_sent) const noexcept {
    return phase_ != Phase::ended && (lost_ || (phase_ == Phase::answering && all_sent));
  }
  /// Returns what to tell the owner of a link that `is_due`, or whose time is over.
  WsConnectionEnd outcome();

  /// When the handshake must be over: 3 seconds after the peer last accepted bytes, but at the
  /// limit of 30 seconds in all. kNever while it is open.
  TimePoint deadline() const noexcept { return deadline_; }
  bool is_at_limit(TimePoint now) const noexcept { return now >= limit_; }
  /// The peer accepted bytes.
  void progressed(TimePoint now);
  /// Allows the last 3 seconds, for the Close alone.
  void allow_last(TimePoint now);

 private:
  void enter(Phase next, TimePoint now);

  Phase phase_ = Phase::open;
  std::optional<std::string> lost_;  // why
  WsConnectionEnd end_{ws::number_of(ws::CloseCode::abnormal)};
  TimePoint deadline_ = kNever;
  TimePoint limit_ = kNever;
};

}  // namespace pintle::live
