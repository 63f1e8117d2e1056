// The inside of a LiveConnection: the socket, the codec and the queue of events.
//
// Threads: one.

#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/json_rpc.h>
#include <pintle/core/ws_message.h>
#include <pintle/live.h>

#include "net/stream.h"

namespace pintle {

struct LiveConnection::Parts {
  using Clock = std::chrono::steady_clock;

  /// `early`: bytes that came in one piece with the 101.
  Parts(net::Stream stream, std::string_view early, const LiveOptions& options, bool reused);

  std::optional<LiveEvent> next(std::int64_t most_ms, const std::stop_token& cancel);
  std::int64_t request(std::string_view method, std::string_view params_json);
  void close(std::uint16_t code, std::string_view reason);
  bool wants_write() const noexcept { return waiting_out() != 0 || read_wants_write_; }

  net::Stream stream;
  bool reused;
  bool open = true;
  std::uint64_t malformed = 0;
  std::deque<LiveEvent> events;

 private:
  enum class State { opening, ready, closing, closed };

  std::size_t waiting_out() const noexcept { return out_.size() - sent_; }
  void pump();
  void read_some();
  void flush();
  void take(std::span<char> input);
  void take_message(std::string_view text, std::size_t readable, ws::Opcode opcode);
  void announce_ready(std::string type, std::string payload);
  void answer_close(const ws::Event& event);
  void break_off(ws::CloseCode code, std::string_view why);
  void end(std::int64_t code, std::string text, std::optional<Error> failure);
  void check_deadlines();
  Clock::time_point next_deadline() const;
  bool wait(Clock::time_point until, const std::stop_token& cancel);

  LiveOptions options_;
  State state_ = State::opening;
  ws::MessageReader messages_;
  JsonRpcReader rpc_;
  std::vector<char> in_;
  std::string out_;
  std::size_t sent_ = 0;           // of out_, from its front
  bool may_have_more_ = true;      // the socket was not read to its end yet
  bool read_wants_write_ = false;  // TLS: to read on, it must write first
  bool write_wants_read_ = false;
  std::int64_t last_id_ = 0;
  Clock::time_point ready_by_;
  Clock::time_point last_byte_;
  bool pinged_ = false;
  std::optional<Error> ended_by_;
  Clock::time_point close_by_ = Clock::time_point::max();
};

}  // namespace pintle
