// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <string>
#include <string_view>

#include "live.h"
#include "values.h"

namespace pintle_node {
namespace {

// RFC 8259 7.
std::string json_string(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      made += '\\';
      made += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof(escaped), "\\u%04x", static_cast<unsigned>(c));
      made += escaped;
    } else {
      made += c;
    }
  }
  return made + '"';
}

}  // namespace

pintle_live_options live_options(const Napi::Object& given, Texts& texts) {
  auto options = sized<pintle_live_options>();
  options.flags = flags(given);
  options.content = flags(given, "content");
  options.path = texts.view(given, "path");
  point_to(texts.fields(given, "query"), options.query, options.query_count);
  options.origin = texts.view(given, "origin");
  options.max_message_bytes = static_cast<std::uint64_t>(number(given, "maxMessageBytes"));
  options.max_send_queue_bytes = static_cast<std::uint64_t>(number(given, "maxSendQueueBytes"));
  options.max_receive_queue_bytes =
      static_cast<std::uint64_t>(number(given, "maxReceiveQueueBytes"));
  options.ready_timeout_ms = number(given, "readyTimeoutMs");
  options.ping_after_idle_ms = number(given, "pingAfterIdleMs");
  options.heartbeat_ms = number(given, "heartbeatMs");
  options.initial_backoff_ms = number(given, "initialBackoffMs");
  options.max_backoff_ms = number(given, "maxBackoffMs");
  options.backoff_reset_after_ms = number(given, "backoffResetAfterMs");
  options.traceparent = texts.view(given, "traceparent");
  return options;
}

void resume_sessions(const pintle_resumption* lost, pintle_resume* resume) {
  for (std::size_t i = 0; i < lost->session_count; ++i) {
    const auto session = text_of(lost->sessions[i]);
    const auto params = "{\"session_id\":" + json_string(session) + "}";
    auto request = sized<pintle_live_request>();
    request.method = pintle_text("session.resume");
    request.params_json = view_of(params);
    pintle_resume_add(resume, &request, nullptr);
  }
}

}  // namespace pintle_node
