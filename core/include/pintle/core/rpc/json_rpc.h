// SPDX-License-Identifier: Apache-2.0
//
// JSON-RPC 2.0 as the gateway speaks it: one message per text frame (gateway-contract 6).
//
// Only the envelope is parsed. Payloads are passed on as JSON text: the app parses them. Threads:
// pure functions; a reader is used by one thread at a time.

/// @file
/// @snippet reference/rpc.cpp request

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace pintle {

/// The id that matches a response to its request. `json` is the id as in the message ("7", "\"a\"",
/// "null"), ready to be sent back.
struct JsonRpcId {
  enum class Kind { none, null, number, text };

  Kind kind = Kind::none;
  std::int64_t number = 0;  ///< For Kind::number.
  std::string_view text;    ///< For Kind::text, without quotes and escapes.
  std::string_view json;
};

struct JsonRpcMessage {
  enum class Kind {
    event,         ///< method "event": event_type, session_id, seq, payload.
    result,        ///< A response that succeeded: id, payload.
    error,         ///< A response that failed: id, error_code, error_message, payload (its data).
    request,       ///< A request of the server: id, method, payload (its params).
    notification,  ///< Not an event: method, payload (its params).
    malformed,     ///< `why` names the broken rule; `id` is that of a response, if known.
  };

  Kind kind = Kind::malformed;
  JsonRpcId id;
  std::string_view method;
  std::string_view event_type;
  std::string_view session_id;      ///< Empty if the event has no session.
  std::optional<std::int64_t> seq;  ///< The event's position in its session, for a replay.
  std::string_view payload;         ///< JSON text; empty if absent.
  std::int64_t error_code = 0;
  std::string_view error_message;
  std::string_view why;
};

/// Reads messages and reuses its memory. Every view in a message is valid until the next `read` and
/// as long as the text.
///
/// The payload has balanced brackets and is UTF-8, but is not fully validated: its parser does
/// that. A batch (an array) is malformed: the gateway sends none.
class JsonRpcReader {
 public:
  /// The number of zeros after a text that avoid a copy.
  static constexpr std::size_t kPadding = 64;

  JsonRpcReader();
  JsonRpcReader(JsonRpcReader&&) noexcept;
  JsonRpcReader& operator=(JsonRpcReader&&) noexcept;
  ~JsonRpcReader();

  /// Reads the message in `text`. `readable`: the bytes that may be read, from the start of the
  /// text. Unless kPadding zeros follow the text there, as in a PaddedBuffer, it is copied first:
  /// bytes after the text never change the result. Throws only std::bad_alloc.
  JsonRpcMessage read(std::string_view text, std::size_t readable);
  JsonRpcMessage read(std::string_view text) { return read(text, text.size()); }

 private:
  struct Parser;

  std::unique_ptr<Parser> parser_;
};

/// {"jsonrpc":"2.0","id":7,"method":"…","params":…}. `params` is JSON text of an object or an
/// array; if it is empty, the message has none. Throws Error(config) if it is anything else:
/// invalid JSON would end the whole connection. It is sent unchanged, to the last digit.
std::string encode_request(std::int64_t id, std::string_view method, std::string_view params = {});

/// Encodes a message without an id, which is not answered.
std::string encode_notification(std::string_view method, std::string_view params = {});

/// Encodes the response to a request of the server. `id_json` is JsonRpcId::json; `result` is any
/// JSON value.
std::string encode_result(std::string_view id_json, std::string_view result);
std::string encode_error(std::string_view id_json, std::int64_t code, std::string_view message);

}  // namespace pintle
