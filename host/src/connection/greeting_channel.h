// SPDX-License-Identifier: Apache-2.0
//
// The messages of a greeting on a new WebSocket, before the live connection or a client gets it.
//
// Blocks, unlike a live connection: a greeting is a few messages in the dialling thread. Answers
// pings. Leaves nothing of the stream behind that is not its own: bytes after the last message that
// was received are returned.
//
// Threads: one at a time; cancel with the token.

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/ws/ws_message.h>

#include "net/stream.h"
#include "net/watchdog.h"
#include "scheme/message_channel.h"

namespace pintle {

class GreetingChannel final : public MessageChannel {
 public:
  /// The largest message in either direction, in bytes.
  static constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 20;

  /// How many pings and pongs of the gateway are taken: they have no end, unlike messages.
  static constexpr int kMaxControlFrames = 1024;

  /// `stream` is blocking and must outlive this; `early` was received with the 101. `limit` is for
  /// the whole greeting.
  GreetingChannel(net::Stream& stream, std::string early, std::chrono::milliseconds limit,
                  std::stop_token cancel);
  GreetingChannel(const GreetingChannel&) = delete;
  GreetingChannel& operator=(const GreetingChannel&) = delete;
  ~GreetingChannel() override;

  /// Both block. They throw Error(gate) with needs_sign_in() if the gateway closes with 4401, and
  /// Error(gate, host_guard, websocket) for other codes; Error(tcp) if the connection ends, the
  /// time is over, or it is cancelled. After that the stream is of no use.
  void send(std::string_view bytes, bool is_binary) override;
  Message receive() override;

  /// Ends the greeting and returns the bytes that were received and are not part of it. Throws
  /// Error(tcp) if the time is over or it is cancelled, and what `send` or `receive` threw.
  std::string finish();

 private:
  void fill();
  void write(std::string frames);
  void close(ws::CloseCode code, std::string_view reason) noexcept;
  Error explain(const Error& cause) const;

  void count_control_frame();
  // Keeps why the channel ended: a scheme that ignores it must not count as having greeted.
  [[noreturn]] void end_with(Error why);
  void throw_if_ended() const;

  net::Stream& stream_;
  const std::chrono::milliseconds limit_;
  net::Watch watch_;
  net::Attached attached_;
  std::stop_callback<std::function<void()>> on_cancel_;
  ws::MessageReader reader_;
  std::string in_;          // Received bytes.
  std::span<char> unread_;  // The end of `in_`, not consumed yet.
  bool has_sent_ = false;
  int control_frames_ = 0;
  std::optional<Error> ended_;
};

}  // namespace pintle
