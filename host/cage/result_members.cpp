// SPDX-License-Identifier: Apache-2.0
#include "result_members.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <pintle/core/base/layer.h>

#include "program_scheme/json_reader.h"
#include "program_scheme/protocol_names.h"
#include "program_scheme/replies.h"

namespace pintle::cage {
namespace {

using program::JsonLine;

std::string_view name_in(std::span<const program::NamedNumber> known, std::uint32_t number,
                         const char* what) {
  if (const auto name = program::name_of_number(known, number)) return *name;
  throw Error(Layer::plugin, std::string("the scheme returned the unknown ") + what + " " +
                                 std::to_string(number));
}

void write_views(JsonLine& line, const char* name, const pintle_view* views, std::size_t count) {
  if (checked_count(count) == 0) return;
  line.begin_array(name);
  for (std::size_t i = 0; i < count; ++i) line.text({}, checked_text(views[i]));
  line.end_array();
}

void write_done(JsonLine& line, const pintle_step& step) {
  if (step.ws_url.size == 0) return;
  line.text("ws_url", checked_text(step.ws_url))
      .text("life", name_in(program::kLives, step.life, "life"))
      .number("keep_until_ms", step.keep_until_ms);
  write_views(line, "ws_subprotocols", step.ws_subprotocols, step.ws_subprotocol_count);
}

void write_http(JsonLine& line, const pintle_step& step) {
  line.text("http_method", checked_text(step.http_method))
      .text("http_url", checked_text(step.http_url))
      .begin_array("http_headers");
  for (std::size_t i = 0; i < checked_count(step.http_header_count); ++i) {
    const auto& field = step.http_headers[i];
    line.begin_array({})
        .text({}, checked_text(field.name))
        .text({}, checked_text(field.value))
        .end_array();
  }
  line.end_array()
      .bytes("http_body", checked_text(step.http_body))
      .boolean("may_repeat", (step.flags & PINTLE_STEP_MAY_REPEAT) != 0);
}

void write_browser(JsonLine& line, const pintle_step& step) {
  line.text("browser_url", checked_text(step.browser_url))
      .text("browser_ends_with",
            name_in(program::kVisits, step.browser_ends_with, "end of a visit"))
      .text("browser_state", checked_text(step.browser_state));
  write_views(line, "browser_cookies", step.browser_cookies, step.browser_cookie_count);
}

void write_inputs(JsonLine& line, const pintle_step& step) {
  line.begin_array("inputs");
  for (std::size_t i = 0; i < checked_count(step.input_count); ++i) {
    const auto& input = step.inputs[i];
    line.begin_object({})
        .text("key", checked_text(input.key))
        .text("label", checked_text(input.label))
        .boolean("secret", (input.flags & PINTLE_INPUT_SECRET) != 0)
        .end_object();
  }
  line.end_array();
}

void write_exec(JsonLine& line, const pintle_step& step) {
  line.text("exec_helper", checked_text(step.exec_helper));
  write_views(line, "exec_arguments", step.exec_arguments, step.exec_argument_count);
  line.bytes("exec_input", checked_text(step.exec_input));
}

}  // namespace

void write_error(JsonLine& line, const Error& error) {
  line.text("layer", name_of(error.layer())).text("message", error.message());
  if (!error.hint().empty()) line.text("hint", error.hint());
  if (error.http_status() != 0) line.number("http_status", error.http_status());
  if (error.retry_after_ms() != 0) line.number("retry_after_ms", error.retry_after_ms());
  line.boolean("retry", error.can_retry())
      .boolean("user_action", error.needs_user_action())
      .boolean("sign_in", error.needs_sign_in());
}

// The manifest says what a scheme is; the table what the protocol has beyond it.
void write_hello(JsonLine& line, const loading::Manifest& manifest,
                 const pintle_plugin_table& table) {
  const program::JsonDocument document(loading::to_json(manifest));
  line.number("protocol", program::kProtocol)
      .text("name", manifest.name)
      .text("version", manifest.version)
      .begin_array("schemes");
  std::size_t index = 0;
  for (const auto& facts : program::objects_in(document.root(), "schemes")) {
    const auto& scheme = *table.schemes[index++];
    const std::string json = simdjson::minify(facts);
    line.begin_object({})
        .boolean("signs", (scheme.flags & PINTLE_SCHEME_SIGNS) != 0)
        .boolean("matches", scheme.match != nullptr)
        .boolean("by_target", true);
    if (const auto statuses = loading::observed_statuses(scheme)) {
      line.begin_array("observed_statuses");
      for (const auto status : *statuses) line.number({}, status);
      line.end_array();
    }
    line.members(std::string_view(json).substr(1, json.size() - 2)).end_object();
  }
  line.end_array();
}

void write_pairs(JsonLine& line, const char* name, const CheckedSink::Pairs& pairs) {
  line.begin_array(name);
  for (const auto& [key, value] : pairs) {
    line.begin_array({}).text({}, key).text({}, value.reveal()).end_array();
  }
  line.end_array();
}

void write_step(JsonLine& line, const pintle_step& step) {
  line.text("need", name_in(program::kNeeds, step.need, "need"))
      .text("message", checked_text(step.message));
  switch (step.need) {
    case PINTLE_NEED_DONE:
      return write_done(line, step);
    case PINTLE_NEED_HTTP:
      return write_http(line, step);
    case PINTLE_NEED_BROWSER:
      return write_browser(line, step);
    case PINTLE_NEED_INPUT:
      return write_inputs(line, step);
    case PINTLE_NEED_EXEC:
      return write_exec(line, step);
    case PINTLE_NEED_SEND:
      line.bytes("ws_message", checked_text(step.ws_message))
          .boolean("binary", (step.flags & PINTLE_STEP_BINARY) != 0);
      return;
    default:
      line.number("wait_ms", step.wait_ms);
  }
}

}  // namespace pintle::cage
