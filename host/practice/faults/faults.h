// SPDX-License-Identifier: Apache-2.0
//
// What is to go wrong: a board of faults that can be set while the gateway runs.
//
// Threads: FaultBoard is used from every thread of the gateway and of a test.

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
  // In the place of the gateway: the request never reaches it.
  delay,       ///< `value` milliseconds, then as without; the only one that adds to others.
  drop,        ///< The connection ends without an answer.
  status,      ///< An empty answer of status `value` (default 502), as a proxy gives it.
  html,        ///< A proxy's page of status 200.
  redirect,    ///< 302 to `text`, default the login page of an access proxy.
  wrong_host,  ///< The host guard trips.
  detail,      ///< A refusal of status `value` (default 400) with the detail `text`.
  too_many,    ///< A 429 with the Retry-After `text`, or `value` seconds.
  plain_get,   ///< An upgrade arrives as a plain GET, by a proxy that knows no WebSockets.
  // After the gateway has done what was asked.
  lose_answer,       ///< The connection ends instead of the answer: a rotation or a ticket is lost.
  drop_mid_header,   ///< The connection ends within the answer's header.
  truncated_length,  ///< Content-Length promises more than comes.
  truncated_chunks,  ///< A chunked body without its last chunk.
  slow_body,         ///< Byte by byte, `value` milliseconds apart.
  huge_body,         ///< A body of `value` bytes, streamed.
  close_after,       ///< A whole answer that says keep-alive, and a closed connection.
  not_json,          ///< A 200 of type JSON whose body is not.
  // Outside the request.
  provider_down,  ///< The identity provider `text` ("" for all) can't be reached: 503. No count.
  // On a live WebSocket, when the gateway is about to send a message.
  ws_drop,        ///< The connection ends once `value` messages were sent on it.
  ws_half_open,   ///< The gateway falls silent and keeps the socket, for good. No count.
  ws_malformed,   ///< The next message is cut in half: not JSON.
  ws_bad_frame,   ///< A frame with a reserved bit set comes first (RFC 6455 5.2).
  ws_huge_frame,  ///< An event with `value` bytes of payload comes first.
  ws_close,       ///< A close frame with code `value` comes instead.
};

/// "delay", "drop_mid_header": the names of `POST /practice/faults`.
std::string_view name_of(FaultKind kind) noexcept;

struct Fault {
  // NOLINTNEXTLINE(google-explicit-constructor): a list of faults is written as a table.
  Fault(FaultKind which, std::string where = "/", std::int64_t times = 1, std::int64_t number = 0,
        std::string words = {})
      : kind(which), path(std::move(where)), count(times), value(number), text(std::move(words)) {}

  FaultKind kind;
  std::string path;    ///< Begins the paths that are hit, without the gateway's prefix.
  std::int64_t count;  ///< How many times; -1 for always.
  std::int64_t value;  ///< What the kind says.
  std::string text;    ///< What the kind says.
};

class FaultBoard {
 public:
  void set(std::vector<Fault> faults);
  void clear() { set({}); }

  /// Takes what is to happen to one request of `path`: every delay, and the first other fault, each
  /// counted down.
  struct Taken {
    std::int64_t delay_ms = 0;
    std::optional<Fault> fault;
  };
  Taken take(std::string_view path);

  /// Takes the first WebSocket fault for a connection of `path` that has sent `messages` so far.
  std::optional<Fault> take_ws(std::string_view path, std::int64_t messages);
  /// True where the connection has fallen silent. Counts nothing down.
  bool half_open(std::string_view path) const;

  bool provider_down(std::string_view provider) const;

 private:
  mutable Mutex mutex_;
  std::vector<Fault> faults_ PINTLE_GUARDED_BY(mutex_);
};

/// Reads `[{"kind":"delay","path":"/api","count":1,"value":50,"text":""}]`. Throws Error(config)
/// that says which part is wrong.
std::vector<Fault> faults_from_json(const std::string& text);

}  // namespace pintle::practice
