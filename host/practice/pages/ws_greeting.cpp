// SPDX-License-Identifier: Apache-2.0
#include "practice/pages/ws_greeting.h"

#include <utility>

#include <Poco/Exception.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

namespace pintle::practice {
namespace {

// Returns the key that a message holds; nothing if it is not a sign-in.
std::optional<Secret> key_in(std::string_view text) {
  try {
    Poco::JSON::Parser parser;
    const auto object = parser.parse(std::string(text)).extract<Poco::JSON::Object::Ptr>();
    if (object->optValue<std::string>("type", "") != "auth") return std::nullopt;
    auto key = object->getValue<std::string>("access_token");
    return Secret::take(key);
  } catch (const Poco::Exception&) {
    return std::nullopt;
  }
}

}  // namespace

std::string WsGreeting::question() { return R"({"type":"auth_required"})"; }

WsGreeting::Answer WsGreeting::answer(std::string_view text) {
  Answer answer;
  const auto key = key_in(text);
  const auto fault = state_.faults.take_greeting(path_);
  const auto is = [&](FaultKind kind) { return fault && fault->kind == kind; };
  answer.is_dropped = !key || is(FaultKind::greet_drop);
  if (answer.is_dropped) return answer;
  answer.is_signed_in = key->equals(state_.options.token) && !is(FaultKind::greet_refuse);
  if (is(FaultKind::greet_chatter)) {
    answer.messages.push_back({R"({"type":"event","event":"update_available"})", 0, {}});
  }
  Outgoing verdict{answer.is_signed_in
                       ? R"({"type":"auth_ok"})"
                       : R"({"type":"auth_invalid","message":"Invalid access token"})",
                   is(FaultKind::greet_delay) ? fault->value : 0,
                   {}};
  if (is(FaultKind::greet_empty_frames)) verdict.empty_frames = fault->value;
  const auto delay_ms = verdict.delay_ms;
  answer.messages.push_back(std::move(verdict));
  if (!answer.is_signed_in) {
    answer.messages.push_back({{}, delay_ms, ws::CloseCode::policy});
  }
  return answer;
}

}  // namespace pintle::practice
