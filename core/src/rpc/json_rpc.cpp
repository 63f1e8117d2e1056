// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <new>

#include <pintle/core/base/padded_buffer.h>
#include <pintle/core/rpc/json_rpc.h>

#include "text/json_value.h"

namespace pintle {
namespace {

namespace od = simdjson::ondemand;
using Error = simdjson::error_code;
using Kind = JsonRpcMessage::Kind;

static_assert(JsonRpcReader::kPadding == kPadding && kPadding >= simdjson::SIMDJSON_PADDING);

// The memory for a message above this is freed: simdjson keeps about six times its size.
constexpr std::size_t kMaxRetainedBytes = 1024 * 1024;

// simdjson reads the bytes after a truncated text: they must be neutral.
bool are_zeros(const char* bytes) {
  static constexpr char kZeros[kPadding] = {};
  return std::memcmp(bytes, kZeros, kPadding) == 0;
}

// One message being parsed. Each reading function sets `why` and returns false on a fault.
class Reading {
 public:
  JsonRpcMessage message;

  bool envelope(od::object object) {
    return each_member(object, [this](auto key, auto value) { return member(key, value); });
  }

  // Decides what kind of message the members make up.
  bool conclude() {
    is_whole_ = true;
    if (has_method_) return conclude_method();
    if (has_error_ && !is_null(error_)) {
      if (has_result_ && !is_null(result_)) return fault("it has both a result and an error");
      if (!error_why_.empty()) return fault(error_why_);
      return response(Kind::error, message.payload);
    }
    if (has_result_) return response(Kind::result, result_);
    return fault("it has neither a method nor a result nor an error");
  }

  bool broken(Error error) {
    switch (error) {
      case simdjson::MEMALLOC:
        throw std::bad_alloc();
      case simdjson::EMPTY:
        return fault("it is empty");
      case simdjson::UTF8_ERROR:
        return fault("it is not valid UTF-8");
      case simdjson::CAPACITY:
        return fault("it is too large");
      default:
        return fault("it is not valid JSON");
    }
  }
  bool fault(std::string_view why) {
    // A request has an id of the gateway's own: it must not be taken for that of a response.
    const auto id = is_response() ? message.id : JsonRpcId();
    message = JsonRpcMessage();
    message.id = id;
    message.why = why;
    return false;
  }

 private:
  // A member that was not read yet may still be a method.
  bool is_response() const { return !has_method_ && (has_result_ || has_error_ || is_whole_); }

  static bool is_null(std::string_view text) { return text == "null"; }

  // Until `use` returns false.
  template <class Use>
  bool each_member(od::object& object, const Use& use) {
    for (auto item : object) {
      std::string_view key;
      od::value value;
      if (const Error error = item.unescaped_key().get(key)) return broken(error);
      if (const Error error = item.value().get(value)) return broken(error);
      if (!use(key, value)) return false;
    }
    return true;
  }

  bool once(bool& seen) {
    if (seen) return fault("it has a duplicate member");
    return seen = true;
  }

  bool member(std::string_view key, od::value value) {
    if (key == "jsonrpc") {
      std::string_view version;
      if (!once(has_version_)) return false;
      if (value.get_string().get(version) || version != "2.0")
        return fault("it is not JSON-RPC 2.0");
      return true;
    }
    if (key == "id") {
      message.id = {};  // of two, neither counts
      return once(has_id_) && read_id(value);
    }
    if (key == "method") {
      if (!once(has_method_)) return false;
      if (value.get_string().get(message.method)) return fault("its method is not a string");
      return true;
    }
    if (key == "params") return once(has_params_) && read_params(value);
    if (key == "result") return once(has_result_) && read_raw(value, result_);
    if (key == "error") return once(has_error_) && read_error(value);
    return true;
  }

  bool read_raw(od::value& value, std::string_view& text) {
    const Error error = raw_text(value, text);
    return error ? broken(error) : true;
  }

  bool read_id(od::value& value) {
    constexpr const char* kWhy = "its id is not a string, an integer or null";
    od::json_type type = od::json_type::null;
    if (const Error error = value.type().get(type)) return broken(error);
    auto& id = message.id;
    id.json = token_of(value);
    if (type == od::json_type::null && is_null(id.json)) {
      id.kind = JsonRpcId::Kind::null;
    } else if (type == od::json_type::number && !value.get_int64().get(id.number)) {
      id.kind = JsonRpcId::Kind::number;
    } else if (type == od::json_type::string && !value.get_string().get(id.text)) {
      id.kind = JsonRpcId::Kind::text;
    } else {
      id = {};
      return fault(kWhy);
    }
    return true;
  }

  // An event's params are parsed in place. If they come before the method, it is not known yet
  // whether they are an event's: they are kept as text and parsed as well.
  bool read_params(od::value& value) {
    od::object object;
    const bool may_be_event = !has_method_ || message.method == "event";
    if (!may_be_event || value.get_object().get(object)) return read_raw(value, params_);
    params_are_object_ = true;
    if (!has_method_) {
      if (const Error error = object.raw_json().get(params_)) return broken(error);
      params_ = trim_json(params_);
      if (const Error error = object.reset().error()) return broken(error);
    }
    return read_event(object);
  }

  struct EventMembers {
    bool type = false;
    bool session = false;
    bool seq = false;
    bool payload = false;

    bool* named(std::string_view key) {
      return key == "type"         ? &type
             : key == "session_id" ? &session
             : key == "seq"        ? &seq
             : key == "payload"    ? &payload
                                   : nullptr;
    }
  };

  // A fault of the event is kept until the message is known to be one.
  bool read_event(od::object& object) {
    EventMembers seen;
    const bool is_whole = each_member(
        object, [&](auto key, auto value) { return read_event_member(seen, key, value); });
    if (!is_whole) return false;
    if (!seen.type) event_why_ = "its event has no type";
    return true;
  }

  bool read_event_member(EventMembers& seen, std::string_view key, od::value value) {
    bool* const member = seen.named(key);
    if (member == nullptr) return true;
    if (*member) event_why_ = "its event has a duplicate member";
    *member = true;
    if (member == &seen.payload) return read_raw(value, message.payload);
    if (member == &seen.type) {
      if (value.get_string().get(message.event_type))
        event_why_ = "its event's type is not a string";
    } else if (is_null(token_of(value))) {
      return true;
    } else if (member == &seen.session) {
      if (value.get_string().get(message.session_id)) {
        event_why_ = "its event's session_id is not a string";
      }
    } else {
      std::int64_t seq = 0;
      if (value.get_int64().get(seq)) {
        event_why_ = "its event's seq is not an integer";
      } else {
        message.seq = seq;
      }
    }
    return true;
  }

  bool read_error(od::value& value) {
    if (is_null(token_of(value))) return read_raw(value, error_);
    od::object object;
    if (value.get_object().get(object)) {
      error_why_ = "its error is not an object";
      return true;
    }
    bool has_code = false;
    const bool is_whole = each_member(object, [&](auto key, auto member) {
      if (key == "code") {
        if (has_code) error_why_ = "its error has a duplicate member";
        has_code = true;
        if (member.get_int64().get(message.error_code)) {
          error_why_ = "its error's code is not an integer";
        }
      } else if (key == "message") {
        if (member.get_string().get(message.error_message)) {
          error_why_ = "its error's message is not a string";
        }
      } else if (key == "data") {
        return read_raw(member, message.payload);
      }
      return true;
    });
    if (is_whole && !has_code) error_why_ = "its error has no code";
    return is_whole;
  }

  bool conclude_method() {
    if (has_result_ || has_error_) return fault("it is both a request and a response");
    if (message.method == "event") {
      if (!params_are_object_) return fault("its event's params are not an object");
      if (!event_why_.empty()) return fault(event_why_);
      message.kind = Kind::event;
      return true;
    }
    if (!params_.empty() && params_.front() != '{' && params_.front() != '[') {
      return fault("its params are neither an object nor an array");
    }
    message.kind = has_id_ ? Kind::request : Kind::notification;
    message.payload = params_;
    message.event_type = message.session_id = {};
    message.seq.reset();
    return true;
  }

  bool response(Kind kind, std::string_view payload) {
    if (!has_id_) return fault("it is a response without an id");
    const auto id = message.id;
    const auto code = message.error_code;
    const auto text = message.error_message;
    message = JsonRpcMessage();
    message.kind = kind;
    message.id = id;
    message.payload = payload;
    if (kind == Kind::error) {
      message.error_code = code;
      message.error_message = text;
    }
    return true;
  }

  bool is_whole_ = false;  // All members are read.
  bool has_version_ = false;
  bool has_id_ = false;
  bool has_method_ = false;
  bool has_params_ = false;
  bool has_result_ = false;
  bool has_error_ = false;
  bool params_are_object_ = false;
  std::string_view params_;
  std::string_view result_;
  std::string_view error_;
  std::string_view event_why_;
  std::string_view error_why_;
};

}  // namespace

struct JsonRpcReader::Parser {
  od::parser simd;
  PaddedBuffer copy;
};

JsonRpcReader::JsonRpcReader() : parser_(std::make_unique<Parser>()) {}
JsonRpcReader::JsonRpcReader(JsonRpcReader&&) noexcept = default;
JsonRpcReader& JsonRpcReader::operator=(JsonRpcReader&&) noexcept = default;
JsonRpcReader::~JsonRpcReader() = default;

JsonRpcMessage JsonRpcReader::read(std::string_view text, std::size_t readable) {
  const bool was_large = parser_->simd.capacity() > kMaxRetainedBytes;
  if (was_large && text.size() <= kMaxRetainedBytes) *parser_ = Parser();
  if (readable < text.size() + kPadding || !are_zeros(text.data() + text.size())) {
    parser_->copy.clear();
    parser_->copy.append(text);
    text = parser_->copy.view();
  }
  Reading reading;
  od::document document;
  od::object object;
  const Error error =
      parser_->simd.iterate(text.data(), text.size(), text.size() + kPadding).get(document);
  if (error) {
    reading.broken(error);
  } else if (const Error shape = document.get_object().get(object)) {
    if (shape == simdjson::INCORRECT_TYPE) {
      reading.fault("it is not an object");
    } else {
      reading.broken(shape);
    }
  } else if (reading.envelope(object)) {
    const char* rest = nullptr;
    if (document.current_location().get(rest) == simdjson::SUCCESS) {
      reading.fault("it has trailing characters after its object");
    } else {
      reading.conclude();
    }
  }
  return reading.message;
}

}  // namespace pintle
