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
#include "live/loop_resources.h"
#include "live/ws/close_state.h"
#include "live/ws/send_queue.h"
#include "log/connection_meter.h"
#include "net/stream.h"

namespace pintle::live {

struct WsConnectionOptions {
  std::uint64_t max_message_bytes = 0;
  bool in_pieces = false;
  std::chrono::milliseconds silent{30'000};
  std::optional<ws::DeflateParams> deflate{};
  std::shared_ptr<ConnectionMeter> meter{};  ///< Counts the bytes; may be null.
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

  WsConnection(LoopResources& shared, net::Stream stream, const WsConnectionOptions& options,
               Owner& owner);
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
  /// Ends the WebSocket now, for a reason other than the socket. `is_silent`: the peer does not
  /// answer.
  void give_up(Error why, bool is_silent = false);

  /// Stops reading, which applies backpressure to the peer. The idle timeout is off meanwhile.
  void pause();
  void resume();

  /// Returns false once either side closes it: later messages are dropped.
  bool is_open() const noexcept { return close_.is_open(); }
  bool is_paused() const noexcept { return paused_; }
  /// Returns when anything but pings and pongs was last received or sent.
  TimePoint last_progress() const noexcept { return last_progress_; }

 private:
  using Phase = CloseState::Phase;

  // What the last write left to do.
  enum class Write {
    done,
    again,          // TLS wants the same bytes again, and may have encrypted them already.
    awaits_output,  // As `again`, once the socket accepts more.
    awaits_input,   // As `again`, once TLS has read.
  };

  void on_ready(Events events) override;
  void on_round_end() override;
  void flush();
  static Write left_by(net::Stream::State state) noexcept;
  void write_queue();
  void finish();
  void end_if_done();
  void read();
  std::span<char> fill(std::span<char> room);
  bool take(std::span<char> input);
  void answer_ping(std::string_view payload);
  void answer_close(const ws::Event& event);
  void break_off(ws::CloseCode code, std::string_view rule);
  void closing_began();
  bool drop_unbegun();
  void queue_close_after_frame(ws::CloseCode code, std::string_view reason);
  bool wants_input() const noexcept;
  void end(WsConnectionEnd how);
  void check_time();
  void watch_what_is_wanted();
  TimePoint deadline() const;

  LoopResources& shared_;
  Loop& loop_;
  net::Stream stream_;
  Owner& owner_;
  const std::chrono::milliseconds silent_;
  const std::shared_ptr<ConnectionMeter> meter_;
  CloseState close_;
  bool reading_ = false;  // what is sent waits for its end
  bool at_end_ = false;   // on_round_end will come
  bool paused_ = false;
  bool read_wants_write_ = false;  // TLS: to read on, it must write first
  Write write_ = Write::done;
  // The events; none: the peer is gone, and what it sent is not wanted yet.
  std::optional<std::uint32_t> watched_;
  std::variant<ws::FrameDecoder, ws::MessageReader> decoder_;
  std::unique_ptr<ws::Deflater> deflater_;
  SendQueue queue_;
  TimePoint last_byte_;
  TimePoint last_progress_;
  std::optional<std::string> pong_due_;
  TimePoint answer_by_ = kNever;  // a ping is out
  Timer timer_;
};

}  // namespace pintle::live
