// SPDX-License-Identifier: Apache-2.0
#include "practice/pages/ws_methods.h"

#include <sstream>

#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>
#include <Poco/JSON/Stringifier.h>

namespace pintle::practice {
namespace {

using Poco::Dynamic::Var;

constexpr std::int64_t kMaxEmitted = std::int64_t{512} << 20;  // The maximum bytes of one emit.
constexpr std::int64_t kMaxEvents = 1'000'000;

class RpcError : public std::exception {
 public:
  RpcError(int code, std::string message) : code_(code), message_(std::move(message)) {}
  int code() const noexcept { return code_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  int code_;
  std::string message_;
};

std::string to_text(const Poco::JSON::Object& object) {
  std::ostringstream out;
  object.stringify(out);
  return out.str();
}

std::string quoted(std::string_view text) {
  std::ostringstream out;
  Poco::JSON::Stringifier::stringify(Var(std::string(text)), out);
  return out.str();
}

Outgoing result(const Var& id, const Var& value, std::int64_t delay_ms = 0) {
  auto reply = ordered_object();
  reply.set("jsonrpc", "2.0");
  reply.set("id", id);
  reply.set("result", value);
  return {to_text(reply), delay_ms, {}};
}

Outgoing failure(const Var& id, int code, const std::string& message) {
  auto error = ordered_object();
  error.set("code", code);
  error.set("message", message);
  auto reply = ordered_object();
  reply.set("jsonrpc", "2.0");
  reply.set("id", id);
  reply.set("error", error);
  return {to_text(reply), 0, {}};
}

std::int64_t number(const Poco::JSON::Object& params, const std::string& name,
                    std::int64_t standard, std::int64_t max) {
  const auto value = params.get(name);
  if (value.isEmpty()) return standard;
  if (!value.isInteger()) throw RpcError(-32602, "invalid params: " + name + " is not an integer");
  const auto given = value.convert<Poco::Int64>();
  if (given < 0 || given > max) throw RpcError(-32602, "invalid params: " + name);
  return given;
}

}  // namespace

std::string event_text(std::string_view type, std::size_t size, std::string_view session_id,
                       std::int64_t seq) {
  // Built by hand: a payload of many megabytes is copied once.
  std::string text = R"({"jsonrpc":"2.0","method":"event","params":{"type":)" + quoted(type);
  if (!session_id.empty()) text += R"(,"session_id":)" + quoted(session_id);
  if (seq > 0) text += R"(,"seq":)" + std::to_string(seq);
  text += R"(,"payload":{"data":")";
  text.reserve(text.size() + size + 8);
  text.append(size, 'x');
  return text + R"("}}})";
}

std::optional<std::string> WsMethods::ready() const {
  const auto kind = state_.options.ready_frame();
  if (kind == Ready::silent) return std::nullopt;
  auto skin = ordered_object();
  skin.set("name", "practice");
  auto payload = ordered_object();
  payload.set("skin", skin);
  if (kind == Ready::heartbeat) {
    payload.set("heartbeat", true);
    payload.set("replay_epoch", state_.replay_epoch);
  }
  auto params = ordered_object();
  params.set("type", "gateway.ready");
  params.set("payload", payload);
  auto event = ordered_object();
  event.set("jsonrpc", "2.0");
  event.set("method", "event");
  event.set("params", params);
  return to_text(event);
}

Var WsMethods::session_list() const {
  Poco::JSON::Array list;
  for (const auto& id : state_.live_sessions.ids()) {
    auto entry = ordered_object();
    entry.set("session_id", id);
    list.add(entry);
  }
  auto value = ordered_object();
  value.set("sessions", list);
  return value;
}

std::vector<Outgoing> WsMethods::emit(const Var& id, const Params& params) {
  const auto count = number(params, "count", 1, kMaxEvents);
  const auto size = number(params, "size", 0, kMaxEmitted);
  const auto delay_ms = number(params, "delay_ms", 0, 3'600'000);
  const auto session = text_of(params, "session_id");
  auto type = text_of(params, "type");
  if (type.empty()) type = "practice.event";
  if (count > 0 && size > kMaxEmitted / count) {
    throw RpcError(-32602, "invalid params: more than 512 MiB");
  }
  auto value = ordered_object();
  value.set("count", count);
  std::vector<Outgoing> out{result(id, value)};
  for (std::int64_t i = 1; i <= count; ++i) {
    const auto seq = session.empty() ? 0 : state_.live_sessions.next_event(session);
    out.push_back(
        {event_text(type, static_cast<std::size_t>(size), session, seq), i * delay_ms, {}});
  }
  return out;
}

std::vector<Outgoing> WsMethods::call(const Var& id, const std::string& method,
                                      const Params& params) {
  auto value = ordered_object();
  if (method == "echo") {
    return {result(id, params, number(params, "delay_ms", 0, 3'600'000))};
  }
  if (method == "emit") return emit(id, params);
  if (method == "time") {
    value.set("now_ms", state_.now_ms());
    return {result(id, value)};
  }
  if (method == "gateway.ping" && state_.options.ready_frame() == Ready::heartbeat) {
    value.set("pong", true);
    return {result(id, value)};
  }
  if (method == "session.list") return {result(id, session_list())};
  if (method == "session.create") {
    value.set("session_id", state_.live_sessions.create(connection_));
    return {result(id, value)};
  }
  if (method == "session.resume") {
    const auto session = text_of(params, "session_id");
    const auto seq = state_.live_sessions.resume(session, connection_);
    if (!seq) throw RpcError(-32000, "session not found");
    value.set("session_id", session);
    value.set("seq", *seq);
    return {result(id, value)};
  }
  if (method == "close") {
    const auto code = static_cast<ws::CloseCode>(number(params, "code", 1000, 4999));
    if (!ws::may_be_sent(code)) throw RpcError(-32602, "invalid params: code");
    return {Outgoing{"", number(params, "delay_ms", 0, 3'600'000), code}};
  }
  throw RpcError(-32601, "unknown method: " + method);
}

std::vector<Outgoing> WsMethods::receive(std::string_view text) {
  Var id;
  try {
    Poco::JSON::Parser parser;
    const auto request = parser.parse(std::string(text)).extract<Poco::JSON::Object::Ptr>();
    id = request->get("id");
    const auto method = text_of(*request, "method");
    if (method.empty()) throw RpcError(-32600, "invalid request");
    const auto params = request->getObject("params");
    return call(id, method, params ? *params : ordered_object());
  } catch (const RpcError& wrong) {
    return {failure(id, wrong.code(), wrong.what())};
  } catch (const Poco::Exception&) {
    return {failure(id, -32700, "parse error")};
  }
}

}  // namespace pintle::practice
