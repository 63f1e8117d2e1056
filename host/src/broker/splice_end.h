// SPDX-License-Identifier: Apache-2.0
//
// One end of a spliced WebSocket: its socket, what could not be sent to it yet, and where its
// frames end.
//
// Threads: the loop's.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "broker/frame_boundary.h"
#include "io/loop.h"
#include "net/stream.h"

namespace pintle::broker {

class SpliceEnd {
 public:
  enum class State { bytes, later, ended };
  struct Result {
    State state = State::later;
    std::size_t size = 0;
  };

  /// Takes ownership of a connected stream, which becomes non-blocking.
  explicit SpliceEnd(net::Stream stream);

  Result read(std::span<char> buffer) noexcept;
  /// Sends what the socket takes, and keeps the rest.
  void send(std::string_view bytes) noexcept;
  void send_rest() noexcept;
  /// Sends what is kept, then ends this direction; later bytes are dropped.
  void end_sending() noexcept;

  bool has_unsent() const noexcept { return !unsent_.empty(); }
  bool is_read() const noexcept { return !read_ended_; }
  void end_reading() noexcept { read_ended_ = true; }
  bool has_ended() const noexcept { return read_ended_ && write_ended_; }
  bool may_have_more() const { return stream_.may_have_more(); }
  void release_memory() noexcept { stream_.release_memory(); }

  /// Watches for what is wanted: input if `reads`, and space if there are unsent bytes.
  void watch(live::Loop& loop, live::Loop::Watcher& watcher, bool reads);
  void unwatch(live::Loop& loop, live::Loop::Watcher& watcher) noexcept;

  /// Of what was received here.
  FrameBoundary frames;

 private:
  std::size_t write_some(std::string_view bytes) noexcept;
  void finish_sending() noexcept;

  net::Stream stream_;
  std::string unsent_;
  std::uint32_t watched_ = 0;
  bool is_watched_ = false;
  bool needs_read_to_write_ = false;  // of TLS
  bool read_ended_ = false;
  bool write_ending_ = false;
  bool write_ended_ = false;
};

}  // namespace pintle::broker
