// SPDX-License-Identifier: Apache-2.0
//
// JSON-RPC 2.0 as the gateway speaks it: one message a text frame (gateway-contract 6).
//
// Only the envelope is read. What an app sent or asked for is handed on as the JSON text that it
// came as: parsing it is the app's, with whatever it likes. Threads: the functions are pure, a
// reader belongs to one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace pintle {

/// What ties a response to its request. `json` is the id as it stands in the message ("7", "\"a\"",
/// "null"), fit to be sent back.
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
    request,       ///< The server asks: id, method, payload (its params).
    notification,  ///< The server tells, and it is no event: method, payload (its params).
    malformed,     ///< `why` says which rule it breaks; `id` is that of a response, if it was read.
  };

  Kind kind = Kind::malformed;
  JsonRpcId id;
  std::string_view method;
  std::string_view event_type;
  std::string_view session_id;      ///< Empty where the event belongs to no session.
  std::optional<std::int64_t> seq;  ///< The event's place in its session, for a replay.
  std::string_view payload;         ///< JSON text, or empty where there was none.
  std::int64_t error_code = 0;
  std::string_view error_message;
  std::string_view why;
};

/// Reads messages one after another with the same memory. Every view in a message is good until
/// the next `read` and as long as the text that it was given.
///
/// The payload opens as many brackets as it closes and its text is UTF-8; whether it is JSON to the
/// last comma is found out by whoever parses it. A batch (an array) is malformed: the gateway sends
/// none.
class JsonRpcReader {
 public:
  /// How many zeros behind a text save a copy of it.
  static constexpr std::size_t kPadding = 64;

  JsonRpcReader();
  JsonRpcReader(JsonRpcReader&&) noexcept;
  JsonRpcReader& operator=(JsonRpcReader&&) noexcept;
  ~JsonRpcReader();

  /// Reads the message in `text`. `readable` counts the bytes from the beginning of the text that
  /// may be read. Unless kPadding zeros follow the text there, as in a PaddedBuffer, it is copied
  /// into one first: what is behind a text never changes the result. Never throws for what is in
  /// the text; std::bad_alloc is possible.
  JsonRpcMessage read(std::string_view text, std::size_t readable);
  JsonRpcMessage read(std::string_view text) { return read(text, text.size()); }

 private:
  struct Parser;

  std::unique_ptr<Parser> parser_;
};

/// {"jsonrpc":"2.0","id":7,"method":"…","params":…}. `params` is JSON text of an object or an
/// array; where it is empty the message has none. Throws Error(config) where it is anything else:
/// broken JSON would cost the whole connection. It is sent as it is, to the last digit.
std::string encode_request(std::int64_t id, std::string_view method, std::string_view params = {});

/// A message without an id, which is not answered.
std::string encode_notification(std::string_view method, std::string_view params = {});

/// The answer to a request of the server. `id_json` is JsonRpcId::json; `result` any JSON value.
std::string encode_result(std::string_view id_json, std::string_view result);
std::string encode_error(std::string_view id_json, std::int64_t code, std::string_view message);

}  // namespace pintle
