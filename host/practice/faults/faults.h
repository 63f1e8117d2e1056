// SPDX-License-Identifier: Apache-2.0
//
// What is to go wrong: faults that can be set while the gateway runs.
//
// Threads: FaultBoard, any: it is used by every thread of the gateway and of a test.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace pintle::practice {

enum class FaultKind {
  // Instead of the gateway: the request never reaches it.
  delay,  ///< `value` milliseconds, then a normal response; the only one that combines with others.
  drop,   ///< The connection ends without a response.
  status,      ///< An empty response with status `value` (default 502), as from a proxy.
  html,        ///< A proxy's page with status 200.
  redirect,    ///< 302 to `text`, by default the login page of an access proxy.
  wrong_host,  ///< The host guard refuses the Host.
  detail,      ///< A refusal of status `value` (default 400) with the detail `text`.
  too_many,    ///< A 429 with the Retry-After `text`, or `value` seconds.
  echo,        ///< A response that repeats the request's credential: as its `text` says, in the
               ///< "detail" (default), the "reason", a "redirect" or instead of a "head".
  plain_get,   ///< An upgrade arrives as a plain GET, from a proxy without WebSocket support.
  // After the gateway has processed the request.
  lose_answer,  ///< The connection ends instead of the response: a rotation or a ticket is lost.
  drop_mid_header,   ///< The connection ends within the response header.
  truncated_length,  ///< Content-Length is larger than the body.
  truncated_chunks,  ///< A chunked body without its last chunk.
  slow_body,         ///< Byte by byte, `value` milliseconds apart.
  huge_body,         ///< A body of `value` bytes, streamed.
  close_after,       ///< A complete response with keep-alive, and a closed connection.
  not_json,          ///< A 200 of type JSON with an invalid body.
  // Outside the request.
  provider_down,  ///< The identity provider `text` ("" for all) is unreachable: 503. Not counted.
  // On a live WebSocket, when the gateway is about to send a message.
  ws_drop,        ///< The connection ends once `value` messages were sent on it.
  ws_half_open,   ///< The gateway stops sending but keeps the socket, permanently. Not counted.
  ws_malformed,   ///< The next message is cut in half: invalid JSON.
  ws_bad_frame,   ///< Sends a frame with a reserved bit set first (RFC 6455 5.2).
  ws_huge_frame,  ///< Sends an event with `value` bytes of payload first.
  ws_close,       ///< Sends a close frame with code `value` instead.
  ws_echo,        ///< The same, with the credential of the upgrade as its reason (default 1011).
  // On a WebSocket of Gate::greeting, when the client has sent its key.
  greet_refuse,        ///< Refuses the right key too: a message, then a close frame with 1008.
  greet_drop,          ///< The connection ends instead of the answer.
  greet_chatter,       ///< Sends a message about something else before the answer.
  greet_delay,         ///< Answers after `value` milliseconds.
  greet_empty_frames,  ///< Splits the answer, with `value` empty frames between its halves.
};

/// "delay", "drop_mid_header": the names of `POST /practice/faults`.
std::string_view name_of(FaultKind kind) noexcept;

struct Fault {
  // NOLINTNEXTLINE(google-explicit-constructor): a list of faults is written as a table.
  Fault(FaultKind which, std::string where = "/", std::int64_t times = 1, std::int64_t number = 0,
        std::string words = {})
      : kind(which), path(std::move(where)), count(times), value(number), text(std::move(words)) {}

  FaultKind kind;
  std::string path;    ///< Prefix of the affected paths, without the gateway's prefix.
  std::int64_t count;  ///< How many times; -1: always.
  std::int64_t value;  ///< As described for the kind.
  std::string text;    ///< As described for the kind.
};

class FaultBoard {
 public:
  void set(std::vector<Fault> faults);
  void clear() { set({}); }

  /// Takes the faults for one request of `path`: every delay, and the first other fault; decrements
  /// the count of each.
  struct Taken {
    std::int64_t delay_ms = 0;
    std::optional<Fault> fault;
  };
  Taken take(std::string_view path);

  /// Takes the first WebSocket fault for a connection of `path` that has sent `messages` messages.
  std::optional<Fault> take_ws(std::string_view path, std::int64_t messages);
  /// Takes the first fault of a greeting on a WebSocket of `path`.
  std::optional<Fault> take_greeting(std::string_view path);
  /// Returns true if the connection no longer sends. Decrements no count.
  bool half_open(std::string_view path) const;

  bool provider_down(std::string_view provider) const;

 private:
  mutable Mutex mutex_;
  std::vector<Fault> faults_ PINTLE_GUARDED_BY(mutex_);
};

/// Parses `[{"kind":"delay","path":"/api","count":1,"value":50,"text":""}]`. Throws Error(config)
/// that names the invalid part.
std::vector<Fault> faults_from_json(const std::string& text);

}  // namespace pintle::practice
