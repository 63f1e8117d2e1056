// SPDX-License-Identifier: Apache-2.0
#include "request_structs.h"

#include <algorithm>
#include <string_view>

#include <pintle/core/base/layer.h>

#include "program_scheme/protocol_names.h"
#include "scheme/abi_views.h"

namespace pintle::cage {

using program::boolean_in;
using program::bytes_in;
using program::has;
using program::integer_in;
using program::InvalidReply;
using program::JsonMembers;
using program::text_in;

namespace {

pintle_view view_in(const JsonMembers& object, const char* name) {
  return view(text_in(object, name));
}

std::int32_t number_in(const JsonMembers& object, const char* name) {
  return static_cast<std::int32_t>(integer_in(object, name));
}

template <std::size_t kSize>
void read_random(const JsonMembers& params, std::uint8_t (&random)[kSize]) {
  const auto bytes = bytes_in(params, "random");
  const auto text = bytes.reveal();
  std::copy_n(text.begin(), std::min(text.size(), kSize), random);
}

std::uint32_t kind_in(const JsonMembers& params) {
  return text_in(params, "kind") == "upgrade" ? PINTLE_REQUEST_UPGRADE : PINTLE_REQUEST_REST;
}

std::uint32_t operation_in(const JsonMembers& params) {
  const auto number = program::number_named(program::kOperations, text_in(params, "kind"));
  if (!number) throw InvalidReply("there is no such operation");
  return *number;
}

template <std::size_t kSize>
void put_text(char (&to)[kSize], std::string_view text) {
  to[text.copy(to, kSize - 1)] = '\0';
}

}  // namespace

pintle_view StructMemory::bytes(const Members& object, const char* name) {
  texts_.push_back(bytes_in(object, name));
  return view(texts_.back().reveal());
}

StructMemory::Views& StructMemory::views(const Members& object, const char* name) {
  auto& made = views_.emplace_back();
  const auto texts = program::texts_in(object, name);
  made.reserve(texts.size());
  for (const auto text : texts) made.push_back(view(text));
  return made;
}

StructMemory::Fields& StructMemory::pairs(const Members& object, const char* name) {
  auto& made = fields_.emplace_back();
  const auto texts = program::pairs_in(object, name);
  made.reserve(texts.size());
  for (const auto& [key, value] : texts) made.push_back({view(key), view(value)});
  return made;
}

ProbeStruct::ProbeStruct(const JsonMembers& probe) : c(sized<pintle_probe>()) {
  if (boolean_in(probe, "secure")) c.flags |= PINTLE_GATEWAY_SECURE;
  if (boolean_in(probe, "loopback")) c.flags |= PINTLE_GATEWAY_LOOPBACK;
  c.auth_required = boolean_in(probe, "auth_required") ? 1 : 0;
  c.http_status = number_in(probe, "http_status");
  c.base_url = view_in(probe, "base_url");
  c.version = view_in(probe, "version");
  c.profile = view_in(probe, "profile");
  const auto& providers = views(probe, "providers");
  c.providers = providers.data();
  c.provider_count = providers.size();
  const auto& password_providers = views(probe, "password_providers");
  c.password_providers = password_providers.data();
  c.password_provider_count = password_providers.size();
  const auto& flows = views(probe, "auth_flows");
  c.auth_flows = flows.data();
  c.auth_flow_count = flows.size();
  c.status_json = bytes(probe, "status_json");
}

OpeningStruct::OpeningStruct(const JsonMembers& params) : c(sized<pintle_opening>()) {
  if (has(params, "probe")) {
    probe_.emplace(program::object_in(params, "probe"));
    c.probe = &probe_->c;
  }
  c.base_url = view_in(params, "base_url");
  c.session = bytes(params, "session");
  for (const auto& setting : program::object_in(params, "settings")) {
    std::string_view value;
    if (setting.value.get(value) != simdjson::SUCCESS) {
      throw InvalidReply("a setting is not a string");
    }
    settings_.push_back({view(setting.key), view(value)});
  }
  c.settings = settings_.data();
  c.setting_count = settings_.size();
}

RequestStruct::RequestStruct(const JsonMembers& params) : c(sized<pintle_request>()) {
  c.kind = kind_in(params);
  c.method = view_in(params, "method");
  c.target = view_in(params, "target");
  c.now_ms = integer_in(params, "now_ms");
  const auto& headers = pairs(params, "headers");
  c.headers = headers.data();
  c.header_count = headers.size();
  c.body_sha256 = bytes(params, "body_sha256");
}

ResponseStruct::ResponseStruct(const JsonMembers& params) : c(sized<pintle_response>()) {
  c.kind = kind_in(params);
  c.status = number_in(params, "status");
  c.now_ms = integer_in(params, "now_ms");
  const auto& headers = pairs(params, "headers");
  c.headers = headers.data();
  c.header_count = headers.size();
  c.body = bytes(params, "body");
}

BeginStruct::BeginStruct(const JsonMembers& params) : c(sized<pintle_begin>()) {
  c.operation = operation_in(params);
  if (boolean_in(params, "may_ask")) c.flags |= PINTLE_MAY_ASK;
  c.now_ms = integer_in(params, "now_ms");
  read_random(params, c.random);
  c.ws_url = view_in(params, "ws_url");
  c.method = view_in(params, "sign_in_method");
  c.provider = view_in(params, "provider");
  const auto& given = views(params, "given");
  c.given = given.data();
  c.given_count = given.size();
  c.ws_subprotocol = view_in(params, "ws_subprotocol");
}

AnswerStruct::AnswerStruct(const JsonMembers& params) : c(sized<pintle_answer>()) {
  if (has(params, "failure")) read_failure(program::object_in(params, "failure"));
  c.now_ms = integer_in(params, "now_ms");
  read_random(params, c.random);
  c.http_status = number_in(params, "http_status");
  const auto& headers = pairs(params, "http_headers");
  c.http_headers = headers.data();
  c.http_header_count = headers.size();
  c.http_body = bytes(params, "http_body");
  c.callback_url = view_in(params, "callback_url");
  c.redirect_uri = view_in(params, "redirect_uri");
  read_fields(params);
  c.ws_message = bytes(params, "ws_message");
  if (boolean_in(params, "binary")) c.ws_message_flags |= PINTLE_STEP_BINARY;
  c.exec_status = number_in(params, "exec_status");
  c.exec_output = bytes(params, "exec_output");
}

void AnswerStruct::read_failure(const JsonMembers& failure) {
  const auto layer = program::layer_named(text_in(failure, "layer"));
  c.failure = static_cast<std::int32_t>(layer.value_or(Layer::plugin));
  error_ = sized<pintle_error>();
  put_text(error_.message, text_in(failure, "message"));
  put_text(error_.hint, text_in(failure, "hint"));
  error_.http_status = number_in(failure, "http_status");
  error_.retry_after_ms = integer_in(failure, "retry_after_ms");
  if (boolean_in(failure, "retry")) error_.flags |= PINTLE_ERROR_RETRY;
  if (boolean_in(failure, "user_action")) error_.flags |= PINTLE_ERROR_USER_ACTION;
  if (boolean_in(failure, "sign_in")) error_.flags |= PINTLE_ERROR_SIGN_IN;
  if (boolean_in(failure, "cancelled")) error_.flags |= PINTLE_ERROR_CANCELLED;
  c.error = &error_;
}

// The scheme reads as many sources and times as there are fields.
void AnswerStruct::read_fields(const JsonMembers& params) {
  const auto& fields = pairs(params, "fields");
  c.fields = fields.data();
  c.field_count = fields.size();
  const auto& sources = views(params, "sources");
  if (!sources.empty() && sources.size() == fields.size()) c.sources = sources.data();
  expires_ms_ = program::integers_in(params, "cookie_expires_ms");
  if (!expires_ms_.empty() && expires_ms_.size() == fields.size()) {
    c.cookie_expires_ms = expires_ms_.data();
  }
}

}  // namespace pintle::cage
