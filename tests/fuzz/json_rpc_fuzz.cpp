// SPDX-License-Identifier: Apache-2.0
//
// JSON-RPC as received, whatever follows it, and as sent.

#include <pintle/core/rpc/json_rpc.h>
#include <pintle/core/text/utf8.h>

#include "fuzz.h"
#include "json_grammar.h"

namespace pintle {
namespace {

using namespace std::string_view_literals;
using fuzz::require;
using fuzz::require_same;
using Kind = JsonRpcMessage::Kind;

std::string text_of(const JsonRpcMessage& message) {
  std::string out = std::to_string(static_cast<int>(message.kind));
  for (const auto part :
       {message.why, message.id.json, message.id.text, message.method, message.event_type,
        message.session_id, message.payload, message.error_message}) {
    out.append("|").append(part);
  }
  return out + "|" + std::to_string(message.id.number) + "|" + std::to_string(message.error_code) +
         "|" + (message.seq ? std::to_string(*message.seq) : "none");
}

// The message with `behind` after it, over and over.
std::string read_before(std::string_view text, std::string_view behind) {
  std::string bytes(text);
  while (bytes.size() < text.size() + JsonRpcReader::kPadding) bytes += behind;
  bytes.resize(text.size() + JsonRpcReader::kPadding);
  fuzz::Block block(bytes);
  JsonRpcReader reader;
  return text_of(reader.read(block.view().substr(0, text.size()), bytes.size()));
}

void check_views(const JsonRpcMessage& message) {
  for (const auto view : {message.payload, message.method, message.event_type, message.session_id,
                          message.error_message, message.id.json}) {
    require(is_valid_utf8(view), "every text is UTF-8", view);
  }
  const auto& json = message.id.json;
  require(json.empty() == (message.id.kind == JsonRpcId::Kind::none), "an id has its text", json);
  require(json.empty() || fuzz::read_json(json).is_json, "an id can be sent back", json);
  if (message.kind == Kind::malformed) return;
  require(message.why.empty(), "a good message has no fault", message.why);
  if (message.payload.empty()) return;
  const auto payload = message.payload;
  require(payload.find_first_of(" \t\r\n") != 0 &&
              payload.find_last_of(" \t\r\n") != payload.size() - 1,
          "a payload has no blanks around it", payload);
}

void check_read(std::string_view text) {
  JsonRpcReader reader;
  const fuzz::Block block(text);
  const auto message = reader.read(block.view(), text.size());
  const auto said = text_of(message);
  check_views(message);
  require((message.kind == Kind::malformed) == !message.why.empty(), "a fault has a reason", said);
  for (const std::string_view behind : {"\0"sv, " "sv, "}"sv, "\"]"sv, "0"sv, "\xff"sv}) {
    require_same(said, read_before(text, behind), "what stands behind a message is no part of it");
  }
  require_same(said, text_of(reader.read(block.view(), text.size())),
               "a reader reads twice the same");
}

void check_request(std::string_view method, std::string_view params) {
  const auto facts = fuzz::read_json(params);
  std::string text;
  try {
    text = encode_request(7, method, params);
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::config, "the app is to blame", error.what());
    const bool ordinary = facts.depth < 60 && !facts.wide_number && !facts.surrogate;
    const auto first = params.find_first_not_of(" \t\r\n");
    require(!facts.is_json || !ordinary || (params[first] != '{' && params[first] != '['),
            "ordinary params are taken", params);
    return;
  }
  require(params.empty() || facts.is_json, "broken params would cost the connection", params);
  require(fuzz::read_json(text).is_json, "a request is JSON", text);
  if (facts.wide_number || facts.surrogate || facts.depth > 60) return;
  JsonRpcReader reader;
  const auto message = reader.read(text);
  if (method == "event") return;
  require(message.kind == Kind::request && message.id.number == 7, "a request is a request", text);
  if (is_valid_utf8(method)) require_same(message.method, method, "a method arrives as it was");
  const auto begin = std::min(params.find_first_not_of(" \t\r\n"), params.size());
  const auto end = params.find_last_not_of(" \t\r\n") + 1;
  if (!params.empty()) {
    require_same(message.payload, params.substr(begin, end - begin), "params arrive as they were");
  }
}

void check_answer(std::string_view id, std::string_view value) {
  for (const bool is_error : {false, true}) {
    try {
      const auto text = is_error ? encode_error(id, -32601, value) : encode_result(id, value);
      require(fuzz::read_json(text).is_json, "an answer is JSON", text);
    } catch (const Error& error) {
      fuzz::require_good(error);
    }
  }
}

void check(std::string_view bytes) {
  check_read(bytes);
  fuzz::Input input(bytes);
  const auto first = input.line();
  check_request(first, input.rest());
  check_request("m", bytes);
  check_answer(first, input.rest());
}

fuzz::Target target() {
  return {
      check,
      {R"({"jsonrpc":"2.0","method":"event","params":{"type":"gateway.ready","session_id":"s","seq":7,"payload":{"skin":{"a":[1,"}"]}}}})",
       R"({"params":{"payload":[1,2],"type":"t"},"method":"event"})",
       R"({"jsonrpc":"2.0","id":"a\u00e9\"","result":{"x":[{},[],null,true,-1.5e3]}})",
       R"({"id":5,"error":{"code":-32601,"message":"no","data":{"a":1}}})",
       R"({"id":6,"method":"ask","params":[1,"ü"]})", R"({"id":null,"result":0} )",
       R"({"id":1,"result":12345678901234567890123})", R"({"id":1,"result":1e400})",
       R"({"id":1,"result":[1,)", R"({"id":1,"result":tru)", R"({"id":1,"result":"\ud800"})",
       "chat.send\n{\"text\":\"a\"}", "7\n[1, 2.5, {}] ", "\"a\"\nnull"},
      {"\"jsonrpc\":\"2.0\"",
       "\"id\":",
       "\"method\":",
       "\"event\"",
       "\"params\":{",
       "\"result\":",
       "\"error\":{",
       "\"code\":",
       "\"message\":",
       "\"data\":",
       "\"type\":",
       "\"payload\":",
       "\"seq\":",
       "\"session_id\":",
       "null",
       "1e400",
       "18446744073709551616",
       "\\ud800",
       "[[",
       "]]"},
      nullptr,
      1000};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(JsonRpcFuzz, WhatStandsBehindAMessageIsNoPartOfIt, pintle::target())
