// SPDX-License-Identifier: Apache-2.0
//
// What a live connection receives, and the outcome of a request on it.
//
// Threads: values. Views are valid until the callback returns, or until the next
// `LiveConnection::next`.

/// @file
/// @snippet reference/live.cpp event

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/live_state.h>

namespace pintle {

/// The gateway accepted the request and responded with an error.
class RpcError : public Error {
 public:
  /// `text` and `data_json`: the members of the gateway's error object.
  RpcError(std::int64_t code, std::string message, std::string text = {},
           std::string data_json = {})
      : Error(Layer::protocol, std::move(message)),
        code_(code),
        text_(std::move(text)),
        data_(std::move(data_json)) {}
  /// The JSON-RPC error code (JSON-RPC 2.0 5.1).
  std::int64_t code() const noexcept { return code_; }
  /// The gateway's own message, as it came but for credentials of the connection (see
  /// Connection::without_secrets).
  const std::string& text() const noexcept { return text_; }
  /// The error's data as JSON; empty if there is none.
  const std::string& data_json() const noexcept { return data_; }

 private:
  std::int64_t code_;
  std::string text_;
  std::string data_;
};

/// Describes the bytes of a message or piece.
struct LivePart {
  bool is_text = true;  ///< Text (the whole message is valid UTF-8), else binary.
  bool first = true;    ///< First piece of its message; always true for whole messages.
  bool last = true;     ///< Last piece of its message; always true for whole messages.
};

/// A received event. Its views are valid until the callback returns, or until the next `next`.
struct LiveEvent {
  enum class Kind : std::uint8_t {
    state,         ///< `state`.
    event,         ///< `type`, `session_id`, `seq`, `json` (the payload).
    result,        ///< Of a request without a callback: `id`, `json` (the result).
    error,         ///< Of a request without a callback: `id`, `code`, `text`, `json` (the data).
    unanswered,    ///< A request without a callback: `id`, `failure`, `was_sent`.
    request,       ///< From the gateway: `id_json`, `type` (the method), `json`; see `answer`.
    notification,  ///< From the gateway: `type` (the method), `json` (the params).
    malformed,     ///< An invalid message; `text` says why. The connection stays open.
    message,       ///< LiveOptions::Content::messages: `json` holds its bytes, of any content.
    piece,         ///< LiveOptions::Content::pieces: `json` holds the bytes of one piece.
  };

  Kind kind = Kind::event;
  bool was_sent = false;  ///< unanswered: it was sent and may have been executed.
  LivePart part{};        ///< message, piece.
  std::uint64_t generation = 0;
  std::int64_t id = 0;  ///< result, error, unanswered: the id of the request.
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

/// Returns "state", "event", "result", …
const char* name_of(LiveEvent::Kind kind) noexcept;

/// The outcome of a request. Its views are valid until the callback returns.
struct CallResult {
  enum class Kind : std::uint8_t {
    result,   ///< `json`.
    refused,  ///< The gateway responded with an error: `code`, `text`, `json` (the data).
    unsent,   ///< Not sent: `error` says why. Sending it again is safe.
    unknown,  ///< Sent, but the response was malformed or did not arrive in time or before the
              ///< connection was lost: `error`.
  };

  Kind kind = Kind::result;
  std::int64_t code = 0;
  std::string_view json{};
  std::string_view text{};
  const Error* error = nullptr;
};

/// A CallResult that owns its texts.
struct CallAnswer {
  CallResult::Kind kind = CallResult::Kind::result;
  std::int64_t code = 0;
  std::string json{};
  std::string text{};
  std::optional<Error> error{};
};

/// Returns the result's JSON. Throws RpcError with the gateway's text if the request was refused,
/// and `error` if it was not sent or not answered.
std::string result_of(const CallResult& result, std::string_view method);

}  // namespace pintle
