// SPDX-License-Identifier: Apache-2.0
//
// What a live connection receives, and the outcome of a request on it.
//
// Threads: values. A text that is a view is valid until the callback returns, or until the next
// `LiveConnection::next`.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/live_state.h>

namespace pintle {

/// The gateway's answer to a request was an error: the request was let in and refused.
class RpcError : public Error {
 public:
  RpcError(std::int64_t code, std::string message)
      : Error(Layer::protocol, std::move(message)), code_(code) {}
  /// As JSON-RPC 2.0 5.1 numbers them.
  std::int64_t code() const noexcept { return code_; }

 private:
  std::int64_t code_;
};

/// What the bytes of a message or of a piece are.
struct LivePart {
  bool is_text = true;  ///< Text (valid UTF-8 as a whole), or binary.
  bool first = true;    ///< The message begins here; always true for whole ones.
  bool last = true;     ///< The message ends here.
};

/// Something that came. Its texts are good until the callback returns, or until the next `next`.
struct LiveEvent {
  enum class Kind : std::uint8_t {
    state,         ///< `state`.
    event,         ///< `type`, `session_id`, `seq`, `json` (the payload).
    result,        ///< To a request without a callback: `id`, `json` (the result).
    error,         ///< To a request without a callback: `id`, `code`, `text`, `json` (the data).
    unanswered,    ///< To a request without a callback: `id`, `failure`, `was_sent`.
    request,       ///< The gateway asks: `id_json`, `type` (the method), `json`; see `answer`.
    notification,  ///< The gateway tells: `type` (the method), `json` (the params).
    malformed,     ///< A message that is none; `text` says why. The connection goes on.
    message,       ///< LiveOptions::Content::messages: `json` holds its bytes, whatever they are.
    piece,         ///< LiveOptions::Content::pieces: the same for a part of one.
  };

  Kind kind = Kind::event;
  bool was_sent = false;  ///< unanswered: it left, and may have been carried out.
  LivePart part{};        ///< message, piece.
  std::uint64_t generation = 0;
  std::int64_t id = 0;  ///< Of the request that it answers.
  std::int64_t code = 0;
  std::optional<std::int64_t> seq{};
  std::string_view id_json{};
  std::string_view type{};
  std::string_view session_id{};
  std::string_view json{};
  std::string_view text{};
  const LiveState* state = nullptr;
  const Error* failure = nullptr;
};

/// "state", "event", "result", …
const char* name_of(LiveEvent::Kind kind) noexcept;

/// What became of a request. Its texts are good until the callback returns.
struct CallResult {
  enum class Kind : std::uint8_t {
    result,   ///< `json`.
    refused,  ///< The gateway's answer is an error: `code`, `text`, `json` (the data).
    unsent,   ///< It never left: `error` says why. Sending it again is safe.
    unknown,  ///< It left, and no answer came in time or before the connection was lost, or a
              ///< malformed one: `error`.
  };

  Kind kind = Kind::result;
  std::int64_t code = 0;
  std::string_view json{};
  std::string_view text{};
  const Error* error = nullptr;
};

/// The same of a request that was waited for, with texts of its own.
struct CallAnswer {
  CallResult::Kind kind = CallResult::Kind::result;
  std::int64_t code = 0;
  std::string json{};
  std::string text{};
  std::optional<Error> error{};
};

/// The result's JSON. Throws RpcError with the gateway's text where it was refused, and `error`
/// where it was not sent or not answered.
std::string result_of(const CallResult& result, std::string_view method);

}  // namespace pintle
