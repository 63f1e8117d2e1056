// SPDX-License-Identifier: Apache-2.0
//
// The calls of a subject with their inputs: what a host would pass.

#include <chrono>

#include <pintle/loading/manifest.h>

#include "subject.h"

namespace pintle::conformance {
namespace {

void take(void* context, pintle_view name, pintle_view value) {
  const auto copy = [](pintle_view view) {
    return view.size == 0 ? std::string() : std::string(view.data, view.size);
  };
  static_cast<Fields*>(context)->emplace_back(copy(name), copy(value));
}

}  // namespace

pintle_sink Subject::sink_into(Fields& fields) const {
  fields.clear();
  pintle_sink sink{};
  sink.context = &fields;
  sink.put = take;
  return sink;
}

const pintle_field* Subject::fields_of(const Fields& fields) {
  std::vector<pintle_field> views;
  for (const auto& [name, value] : fields) {
    views.push_back({world_.memory.text(name), world_.memory.text(value)});
  }
  return world_.memory.list(views);
}

const pintle_view* Subject::views_of(const std::vector<std::string>& texts) {
  std::vector<pintle_view> views;
  views.reserve(texts.size());
  for (const auto& text : texts) views.push_back(world_.memory.text(text));
  return world_.memory.list(views);
}

pintle_probe* Subject::probe_of(const Scenario& scenario, const std::string& base_url) {
  const auto& from = scenario.probe;
  auto& memory = world_.memory;
  pintle_probe probe{};
  probe.flags = from.secure ? static_cast<std::uint32_t>(PINTLE_GATEWAY_SECURE) : 0U;
  probe.auth_required = from.auth_required ? 1 : 0;
  probe.http_status = from.http_status;
  probe.base_url = memory.text(base_url);
  probe.version = memory.text(from.version);
  probe.providers = views_of(from.providers);
  probe.provider_count = from.providers.size();
  probe.password_providers = views_of(from.password_providers);
  probe.password_provider_count = from.password_providers.size();
  probe.auth_flows = views_of(from.auth_flows);
  probe.auth_flow_count = from.auth_flows.size();
  probe.status_json = memory.text(from.status_json);
  probe.profile = memory.text(from.profile);
  return memory.place(probe, size_of<pintle_probe>());
}

void Subject::fill_random(std::uint8_t (&random)[32]) {
  for (auto& byte : random) byte = static_cast<std::uint8_t>(world_.random.next());
}

bool Subject::decorate(std::uint32_t kind, std::string_view target) {
  auto& memory = world_.memory;
  pintle_request request{};
  request.kind = kind;
  request.method = memory.text("GET");
  request.target = memory.text(target);
  request.now_ms = world_.now_ms;
  Fields query;
  if ((scheme_.flags & PINTLE_SCHEME_SIGNS) != 0) {
    const Fields sent = {{"Host", "gateway.example"}, {"Accept", "*/*"}};
    request.headers = fields_of(sent);
    request.header_count = sent.size();
    request.body_sha256 = memory.text(std::string(32, '\x5a'));
  }
  if (kind == PINTLE_REQUEST_REST) {
    request.query = memory.place(sink_into(query), size_of<pintle_sink>());
  }
  const auto* placed = memory.place(request, size_of<pintle_request>());
  const auto* sink = memory.place(sink_into(headers), size_of<pintle_sink>());
  const auto size = size_of<pintle_decoration>();
  auto* out = memory.place(pintle_decoration{}, size);
  const bool decorated = call("decorate", [&](pintle_error* error_out) {
    return scheme_.decorate(auth_, placed, sink, out, error_out);
  });
  decoration = memory.read(out, size);
  memory.release(world_.unmaps_input);
  if (decorated) {
    if (const auto fault = fault_of(headers); !fault.empty()) {
      report(Rule::valid_output, "decorate: " + fault);
    }
    if (decoration.valid_until_ms < 0) report(Rule::valid_output, "valid_until_ms is negative");
  }
  return decorated;
}

double Subject::time_decorate(std::string_view target, int calls) {
  pintle_request request{};
  request.struct_size = sizeof(request);
  request.kind = PINTLE_REQUEST_REST;
  request.method = {"GET", 3};
  request.target = {target.data(), target.size()};
  request.now_ms = world_.now_ms;
  std::size_t bytes = 0;
  pintle_sink sink{};
  sink.struct_size = sizeof(sink);
  sink.context = &bytes;
  sink.put = [](void* context, pintle_view, pintle_view value) {
    *static_cast<std::size_t*>(context) += value.size;
  };
  pintle_decoration out{};
  out.struct_size = sizeof(out);
  pintle_error failed{};
  failed.struct_size = sizeof(failed);
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) scheme_.decorate(auth_, &request, &sink, &out, &failed);
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begun;
  return took.count() / calls;
}

std::uint32_t Subject::observe(int status, const Fields& fields, std::string_view body,
                               std::uint64_t credential, std::uint32_t kind) {
  // As the host: a program need not answer what it does not list.
  if (!loading::observes(scheme_, status)) return PINTLE_OBSERVATION_NONE;
  auto& memory = world_.memory;
  pintle_response response{};
  response.kind = kind;
  response.status = status;
  response.credential = credential;
  response.headers = fields_of(fields);
  response.header_count = fields.size();
  response.body = memory.text(body.substr(0, 64 * 1024));
  response.now_ms = world_.now_ms;
  const auto* placed = memory.place(response, size_of<pintle_response>());
  std::uint32_t seen = 0;
  call("observe",
       [&](pintle_error* error_out) { return scheme_.observe(auth_, placed, &seen, error_out); });
  memory.release(world_.unmaps_input);
  const bool needs_sign_in = (seen & PINTLE_OBSERVATION_NEEDS_SIGN_IN) != 0;
  if (needs_sign_in && status >= 500) {
    report(Rule::no_sign_in_for_5xx, "observe requires a sign-in for HTTP 5xx");
  }
  if (needs_sign_in && (status == 101 || (status >= 200 && status < 300))) {
    report(Rule::observing, "observe requires a sign-in for a success");
  }
  if (needs_sign_in && code == PINTLE_OK) check_failure("observe");
  check_session_changed("observe", (seen & PINTLE_OBSERVATION_SESSION_CHANGED) != 0);
  return seen;
}

bool Subject::begin(const Beginning& beginning) {
  end();
  auto& memory = world_.memory;
  pintle_begin begin{};
  begin.operation = kind_ = beginning.operation;
  begin.flags = beginning.flags;
  may_ask_ = (beginning.flags & PINTLE_MAY_ASK) != 0;
  begin.now_ms = world_.now_ms;
  fill_random(begin.random);
  begin.ws_url = memory.text(ws_url_);
  begin.method = memory.text(beginning.method);
  begin.provider = memory.text(beginning.provider);
  begin.given = views_of(beginning.given);
  begin.given_count = beginning.given.size();
  const auto* placed = memory.place(begin, size_of<pintle_begin>());
  const auto size = size_of<pintle_step>();
  auto* out = memory.place(pintle_step{}, size);
  pintle_operation* made = nullptr;
  const bool begun = call("begin", [&](pintle_error* error_out) {
    return scheme_.begin(auth_, placed, &made, out, error_out);
  });
  const auto found = memory.read(out, size);
  step = begun && !world_.too_small ? copy_of(found) : Step{.flags = found.flags};
  memory.release(world_.unmaps_input);
  if (begun && made == nullptr) report(Rule::results, "begin succeeded without an operation");
  operation_ = begun ? made : nullptr;
  check_step("begin", !begun);
  return begun && made != nullptr;
}

bool Subject::resume(const Answer& from) {
  auto& memory = world_.memory;
  pintle_answer answer{};
  answer.failure = from.failure;
  pintle_error failed{};
  if (from.failure != PINTLE_OK && from.has_error) {
    failed.flags = from.error_flags;
    failed.http_status = from.http_status;
    from.error_message.copy(failed.message, sizeof(failed.message) - 1);
    answer.error = memory.place(failed, size_of<pintle_error>());
  }
  answer.now_ms = world_.now_ms;
  fill_random(answer.random);
  answer.http_status = from.http_status;
  answer.http_headers = fields_of(from.http_headers);
  answer.http_header_count = from.http_headers.size();
  answer.http_body = memory.text(from.http_body);
  answer.callback_url = memory.text(from.callback_url);
  answer.redirect_uri = memory.text(from.redirect_uri);
  answer.fields = fields_of(from.fields);
  answer.field_count = from.fields.size();
  answer.sources = views_of(from.sources);
  answer.cookie_expires_ms = memory.list(from.expires_ms);
  answer.ws_message = memory.text(from.ws_message);
  answer.ws_message_flags = from.ws_message_flags;
  answer.exec_status = from.exec_status;
  answer.exec_output = memory.text(from.exec_output);
  const auto* placed = memory.place(answer, size_of<pintle_answer>());
  const auto size = size_of<pintle_step>();
  auto* out = memory.place(pintle_step{}, size);
  const bool resumed = call("resume", [&](pintle_error* error_out) {
    return scheme_.resume(operation_, placed, out, error_out);
  });
  const auto found = memory.read(out, size);
  step = resumed ? copy_of(found) : Step{.flags = found.flags};
  memory.release(world_.unmaps_input);
  const bool asks = !resumed && (error.flags & PINTLE_ERROR_SIGN_IN) != 0;
  if (asks && from.is_outage() && (from.error_flags & PINTLE_ERROR_SIGN_IN) == 0) {
    report(Rule::no_sign_in_for_5xx, from.failure == PINTLE_OK
                                         ? "the error asks for a sign-in after HTTP 5xx"
                                         : "the error asks for a sign-in after a lost connection");
  }
  check_step("resume", !resumed);
  return resumed;
}

std::string Subject::session() {
  if (auth_ == nullptr) return {};
  Fields bytes;
  const auto* sink = world_.memory.place(sink_into(bytes), size_of<pintle_sink>());
  call("session", [&](pintle_error* error_out) { return scheme_.session(auth_, sink, error_out); });
  world_.memory.release(world_.unmaps_input);
  std::string all;
  for (const auto& [name, value] : bytes) all += value;
  return all;
}

Fields Subject::describe() {
  Fields facts;
  const auto* sink = world_.memory.place(sink_into(facts), size_of<pintle_sink>());
  call("describe",
       [&](pintle_error* error_out) { return scheme_.describe(auth_, sink, error_out); });
  world_.memory.release(world_.unmaps_input);
  for (const auto& [key, text] : facts) {
    check_no_secret("description", text);
    if (key.empty()) report(Rule::valid_output, "a fact of describe has no key");
    if (!fault_of_text(text).empty()) {
      report(Rule::valid_output, "the fact " + key + " " + fault_of_text(text));
    }
  }
  return facts;
}

}  // namespace pintle::conformance
