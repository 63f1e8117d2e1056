// SPDX-License-Identifier: Apache-2.0
//
// One open WebSocket on the I/O thread: parses input, sends messages, answers and sends pings, and
// does the closing handshake. Single use: a reconnect creates a new one.
//
// Threads: the loop's.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <pintle/core/base/error.h>
#include <pintle/core/ws/ws_deflate.h>
#include <pintle/core/ws/ws_message.h>

#include "io/loop.h"
#include "live/ws/send_queue.h"
#include "net/stream.h"

namespace pintle::live {

struct WsConnectionOptions {
  std::uint64_t max_message_bytes = 0;
  bool in_pieces = false;
  std::chrono::milliseconds silent{30'000};
  std::optional<ws::DeflateParams> deflate{};
};

/// How the WebSocket ended.
struct WsConnectionEnd {
  /// The code of the peer's close frame; 1006 if none was received.
  std::uint16_t code = 0;
  std::string reason{};
  /// Not set if this side closed cleanly.
  std::optional<Error> why{};
};

class WsConnection final : private Loop::Watcher {
 public:
  class Owner {
   public:
    /// A message, or a piece of one. kPadding bytes after it are readable.
    virtual void on_data(const ws::Event& data) = 0;
    /// After each read round.
    virtual void on_batch_end() = 0;
    /// After the socket accepted bytes.
    virtual void on_sent() = 0;
    /// Called once, last. The WsConnection is still in use: destroy it later.
    virtual void on_end(WsConnectionEnd end) = 0;

   protected:
    ~Owner() = default;
  };

  WsConnection(Loop& loop, net::Stream stream, const WsConnectionOptions& options, Owner& owner);
  ~WsConnection();

  /// Starts reading; `early` was received with the 101. Call it once, when the owner is ready for
  /// events.
  void start(std::string_view early);

  /// Queues a message; it is sent at the end of this round.
  void send(ws::Opcode opcode, std::string_view payload);
  std::size_t unsent_bytes() const noexcept { return queue_.size(); }

  /// Begins the closing handshake: queued messages are sent before the Close. `on_end` is called on
  /// the peer's response; 3 seconds after the peer last accepted queued bytes; or after 30 seconds,
  /// and then frames not yet started are dropped so that the Close is sent.
  void close(ws::CloseCode code, std::string_view reason);
  /// Requires a pong or other data from the peer within `within`.
  void require_pong(std::chrono::milliseconds within);
  /// Ends the WebSocket now, for a reason other than the socket.
  void give_up(Error why);

  /// Stops reading, which applies backpressure to the peer. The idle timeout is off meanwhile.
  void pause();
  void resume();

  /// Returns false once either side closes: later messages are dropped.
  bool is_open() const noexcept { return state_ == State::open && !ending_; }
  bool is_paused() const noexcept { return paused_; }
  /// Returns when anything but pings and pongs was last received or sent.
  TimePoint last_progress() const noexcept { return last_progress_; }

 private:
  // The limit of a closing handshake, from the last progress on.
  static constexpr std::chrono::milliseconds kCloseTime{3'000};

  enum class State { open, closing, ended };
  // What a WebSocket that is ending still waits for.
  enum class EndsWhen {
    now,          // The socket is unusable.
    sent,         // The peer's Close was received: ours is sent after the current frame.
    peer_closed,  // The peer was wrong: it reads our Close and closes. Closed before that, a socket
                  // with unread bytes sends a RST, which takes the Close with it.
  };

  void on_ready(std::uint32_t epoll_events) override;
  void on_round_end() override;
  void flush();
  void write_queue();
  void finish();
  void end_if_done();
  void read();
  std::span<char> fill(std::span<char> room);
  bool take(std::span<char> input);
  void answer_ping(std::string_view payload);
  void answer_close(const ws::Event& event);
  void break_off(ws::CloseCode code, std::string_view rule);
  void begin_closing();
  bool drop_unbegun();
  void close_after_frame(ws::CloseCode code, std::string_view reason);
  bool wants_input() const noexcept;
  void end(WsConnectionEnd how);
  void fail(const std::string& why);
  void check_time();
  void watch_what_is_wanted();
  TimePoint deadline() const;

  Loop& loop_;
  net::Stream stream_;
  Owner& owner_;
  const std::chrono::milliseconds silent_;
  State state_ = State::open;
  bool reading_ = false;  // Frames queued meanwhile are sent at the end of the read.
  bool at_end_ = false;   // on_round_end is pending.
  bool paused_ = false;
  bool read_wants_write_ = false;  // TLS: to continue reading, it must write first.
  bool write_wants_read_ = false;
  bool write_pending_ = false;  // TLS requires the same bytes again.
  bool blocked_ = false;        // The socket accepted no more.
  bool deaf_ = false;           // The peer violated the protocol: its data is dropped.
  bool unwatched_ = false;      // The peer is gone; its data will be read after resume().
  std::uint32_t watched_ = 0;
  std::variant<ws::FrameDecoder, ws::MessageReader> decoder_;
  std::unique_ptr<ws::Deflater> deflater_;
  SendQueue queue_;
  TimePoint last_byte_;
  TimePoint last_progress_;
  std::optional<std::string> pong_due_;
  TimePoint answer_by_ = kNever;  // A ping is unanswered.
  TimePoint close_by_ = kNever;   // Extended while the peer accepts bytes.
  TimePoint close_end_ = kNever;  // Not extended by that.
  std::optional<WsConnectionEnd> ending_;
  EndsWhen ends_when_ = EndsWhen::now;
  Timer timer_;
};

/// Returns the error for a connection that ended without a Close.
Error link_lost(const std::string& why);

}  // namespace pintle::live
