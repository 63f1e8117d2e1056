// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/requests.h"

#include <cstddef>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/base/layer.h>

#include "program_scheme/kept_decorations.h"
#include "program_scheme/protocol_names.h"
#include "scheme/abi_views.h"

namespace pintle::program {
namespace {

void write_views(JsonLine& line, const char* name, const pintle_view* views, std::size_t count) {
  line.begin_array(name);
  for (std::size_t i = 0; i < count; ++i) line.text({}, text(views[i]));
  line.end_array();
}

// [["name", "value"], …]: a header may be there twice.
void write_fields(JsonLine& line, const char* name, const pintle_field* fields, std::size_t count) {
  line.begin_array(name);
  for (std::size_t i = 0; i < count; ++i) {
    line.begin_array({}).text({}, text(fields[i].name)).text({}, text(fields[i].value)).end_array();
  }
  line.end_array();
}

template <std::size_t kSize>
void write_random(JsonLine& line, const std::uint8_t (&random)[kSize]) {
  line.base64("random", {reinterpret_cast<const char*>(random), kSize});
}

std::string_view name_of_operation(std::uint32_t operation) {
  if (const auto name = name_of_number(kOperations, operation)) return *name;
  throw Error(Layer::plugin, "a scheme program cannot begin this operation");
}

const char* name_of_kind(std::uint32_t kind) {
  return kind == PINTLE_REQUEST_UPGRADE ? "upgrade" : "rest";
}

void write_failure(JsonLine& line, const pintle_answer& answer) {
  const auto layer = layer_from_number(answer.failure).value_or(Layer::plugin);
  line.begin_object("failure").text("layer", name_of(layer));
  if (answer.error != nullptr) {
    const auto& error = *answer.error;
    line.text("message", error.message).text("hint", error.hint);
    if (error.http_status != 0) line.number("http_status", error.http_status);
    if (error.retry_after_ms != 0) line.number("retry_after_ms", error.retry_after_ms);
    line.boolean("retry", (error.flags & PINTLE_ERROR_RETRY) != 0);
    line.boolean("user_action", (error.flags & PINTLE_ERROR_USER_ACTION) != 0);
    line.boolean("sign_in", (error.flags & PINTLE_ERROR_SIGN_IN) != 0);
    line.boolean("cancelled", (error.flags & PINTLE_ERROR_CANCELLED) != 0);
  }
  line.end_object();
}

void write_field_facts(JsonLine& line, const pintle_answer& answer) {
  write_fields(line, "fields", answer.fields, answer.field_count);
  if (answer.sources != nullptr) write_views(line, "sources", answer.sources, answer.field_count);
  if (answer.cookie_expires_ms == nullptr) return;
  line.begin_array("cookie_expires_ms");
  for (std::size_t i = 0; i < answer.field_count; ++i) {
    line.number({}, answer.cookie_expires_ms[i]);
  }
  line.end_array();
}

}  // namespace

void write_probe(JsonLine& line, const pintle_probe& probe) {
  line.begin_object("probe")
      .boolean("secure", (probe.flags & PINTLE_GATEWAY_SECURE) != 0)
      .boolean("loopback", (probe.flags & PINTLE_GATEWAY_LOOPBACK) != 0)
      .boolean("auth_required", probe.auth_required != 0)
      .number("http_status", probe.http_status)
      .text("base_url", text(probe.base_url))
      .text("version", text(probe.version))
      .text("profile", text(probe.profile));
  write_views(line, "providers", probe.providers, probe.provider_count);
  write_views(line, "password_providers", probe.password_providers, probe.password_provider_count);
  write_views(line, "auth_flows", probe.auth_flows, probe.auth_flow_count);
  line.bytes("status_json", text(probe.status_json)).end_object();
}

void write_opening(JsonLine& line, const pintle_opening& opening) {
  line.text("base_url", text(opening.base_url));
  if (opening.probe != nullptr) {
    write_probe(line, *opening.probe);
  } else {
    line.null("probe");
  }
  line.begin_object("settings");
  for (std::size_t i = 0; i < opening.setting_count; ++i) {
    line.text(text(opening.settings[i].name), text(opening.settings[i].value));
  }
  line.end_object();
}

void write_request(JsonLine& line, const pintle_request& request, bool whole) {
  line.text("kind", name_of_kind(request.kind)).number("now_ms", request.now_ms);
  if (!whole) return;
  line.text("method", text(request.method)).text("target", text(request.target));
  write_fields(line, "headers", request.headers, request.header_count);
  if (request.body_sha256.size > 0) {
    line.base64("body_sha256", text(request.body_sha256));
  } else {
    line.null("body_sha256");
  }
}

void write_target(JsonLine& line, const pintle_request& request) {
  line.text("method", text(request.method)).text("target", path_of(request));
}

void write_response(JsonLine& line, const pintle_response& response, std::uint64_t credential) {
  line.text("kind", name_of_kind(response.kind))
      .number("status", response.status)
      .number("credential", static_cast<std::int64_t>(credential))
      .number("now_ms", response.now_ms);
  write_fields(line, "headers", response.headers, response.header_count);
  line.bytes("body", text(response.body));
}

void write_begin(JsonLine& line, const pintle_begin& begin) {
  line.text("kind", name_of_operation(begin.operation))
      .boolean("may_ask", (begin.flags & PINTLE_MAY_ASK) != 0)
      .number("now_ms", begin.now_ms);
  write_random(line, begin.random);
  line.text("ws_url", text(begin.ws_url))
      .text("sign_in_method", text(begin.method))
      .text("provider", text(begin.provider));
  write_views(line, "given", begin.given, begin.given_count);
  line.text("ws_subprotocol", text(begin.ws_subprotocol));
}

void write_answer(JsonLine& line, const pintle_answer& answer) {
  if (answer.failure != PINTLE_OK) {
    write_failure(line, answer);
  } else {
    line.null("failure");
  }
  line.number("now_ms", answer.now_ms);
  write_random(line, answer.random);
  if (answer.http_status != 0) {
    line.number("http_status", answer.http_status);
    write_fields(line, "http_headers", answer.http_headers, answer.http_header_count);
    line.bytes("http_body", text(answer.http_body));
  }
  if (answer.callback_url.size > 0) {
    line.text("callback_url", text(answer.callback_url))
        .text("redirect_uri", text(answer.redirect_uri));
  }
  if (answer.field_count > 0) write_field_facts(line, answer);
  line.bytes("ws_message", text(answer.ws_message))
      .boolean("binary", (answer.ws_message_flags & PINTLE_STEP_BINARY) != 0)
      .number("exec_status", answer.exec_status)
      .bytes("exec_output", text(answer.exec_output));
}

}  // namespace pintle::program
