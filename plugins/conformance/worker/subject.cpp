// SPDX-License-Identifier: Apache-2.0
#include "subject.h"

#include <cstring>
#include <unistd.h>

namespace pintle::conformance {

volatile bool in_scheme = false;

Subject::~Subject() { close(); }

// Runs one function of the table. Returns whether it succeeded.
bool Subject::call(const char* function, const std::function<std::int32_t(pintle_error*)>& body) {
  world_.now_ms += 10;
  const auto size = size_of<pintle_error>();
  auto* placed = world_.memory.place(pintle_error{}, size);
  in_scheme = true;
  try {
    code = body(placed);
  } catch (...) {
    code = PINTLE_LAYER_PLUGIN;
    in_scheme = false;
    report(Rule::results, std::string("an exception left ") + function);
    placed = world_.memory.place(pintle_error{}, size);
    std::strcpy(placed->message, "an exception");
  }
  in_scheme = false;
  error = world_.memory.read(placed, size);
  check_program();
  if (code < PINTLE_OK || code > PINTLE_LAYER_RATE_LIMIT) {
    report(Rule::results, std::string(function) + " returned " + std::to_string(code) +
                              ", which is no PINTLE_LAYER_*");
  }
  if (code != PINTLE_OK && !world_.too_small) check_failure(function);
  return code == PINTLE_OK;
}

// One that has ended fails every later call: the test goes on in another process.
void Subject::check_program() {
  if (world_.program == nullptr) return;
  if (const auto ending = world_.program->ending()) {
    world_.channel.last(ending->hung ? Rule::returns : Rule::survives,
                        "the program " + ending->how);
    ::_exit(0);
  }
  const std::string_view message(error.message, ::strnlen(error.message, sizeof(error.message)));
  const auto& invalid = world_.program->invalid_reply;
  if (const auto at = message.find(invalid);
      code == PINTLE_LAYER_PLUGIN && at != std::string_view::npos) {
    report(Rule::results, std::string(message.substr(at + 2)));  // behind the ": "
  }
}

void Subject::check_failure(const char* function) {
  const auto check = [&](const char* name, const char* text, std::size_t capacity, bool needed) {
    const auto size = ::strnlen(text, capacity);
    const std::string_view view(text, size);
    const std::string what = std::string(function) + " failed, and its " + name + " ";
    if (size == capacity) report(Rule::messages, what + "is not terminated");
    if (size == 0 && needed) report(Rule::messages, what + "is empty");
    if (const auto fault = fault_of_text(view); !fault.empty())
      report(Rule::messages, what + fault);
    check_no_secret(name, view);
  };
  check("message", error.message, sizeof(error.message), true);
  check("hint", error.hint, sizeof(error.hint), false);
  if (error.http_status >= 500 && (error.flags & PINTLE_ERROR_SIGN_IN) != 0) {
    report(Rule::no_sign_in_for_5xx, std::string(function) + " asks for a sign-in after HTTP 5xx");
  }
}

void Subject::check_no_secret(const char* what, std::string_view text) {
  if (const auto name = world_.secrets.find_in(text)) {
    report(Rule::secrets, std::string("the ") + what + " has the secret \"" + *name + "\"");
  }
}

void Subject::check_session_changed(const char* function, bool reported) {
  const auto before_code = code;
  const auto before_error = error;
  auto now = session();
  if (code == PINTLE_OK && now != last_session_ && !reported) {
    report(Rule::session_changed,
           std::string(function) + " changed the session and did not report it");
  }
  last_session_ = std::move(now);
  code = before_code;
  error = before_error;
}

void Subject::check_step(const char* function, bool failed) {
  check_session_changed(function, (step.flags & PINTLE_STEP_SESSION_CHANGED) != 0);
  if (failed) return;
  if (const auto fault = fault_of(step, kind_); !fault.empty()) report(Rule::valid_output, fault);
  check_no_secret("message of a step", step.message);
  for (const auto& argument : step.exec_arguments) check_no_secret("helper's argument", argument);
  if (step.need == PINTLE_NEED_BROWSER && !may_ask_) {
    report(Rule::asking, std::string(function) + " needs a browser, and the user cannot be asked");
  }
  if (step.need == PINTLE_NEED_DONE && kind_ == PINTLE_RESOLVE_WS_URL &&
      !step.ws_url.starts_with("ws://") && !step.ws_url.starts_with("wss://")) {
    report(Rule::done_means_done, "the resolve is done without a WebSocket URL");
  }
}

void Subject::match(const Scenario& scenario, const std::string& base_url) {
  if (scheme_.match == nullptr || !scenario.has_probe) return;
  const auto* probe = probe_of(scenario, base_url);
  const auto size = size_of<pintle_match>();
  auto* out = world_.memory.place(pintle_match{}, size);
  const bool matched =
      call("match", [&](pintle_error* placed) { return scheme_.match(probe, out, placed); });
  const auto found = world_.memory.read(out, size);
  world_.memory.release(world_.unmaps_input);
  if (!matched || world_.too_small) return;
  if (found.score < 0 || found.score > 100) {
    report(Rule::valid_output, "match gives a score that is not from 0 to 100");
  }
  const auto length = ::strnlen(found.reason, sizeof(found.reason));
  if (length == sizeof(found.reason)) {
    report(Rule::valid_output, "the reason of match is not terminated");
  }
  const std::string_view reason(found.reason, length);
  if (!fault_of_text(reason).empty()) {
    report(Rule::valid_output, "the reason of match " + fault_of_text(reason));
  }
}

bool Subject::open(const Scenario& scenario, const std::string& base_url,
                   const std::string& session_bytes) {
  close();
  auto& memory = world_.memory;
  pintle_opening opening{};
  if (scenario.has_probe) opening.probe = probe_of(scenario, base_url);
  opening.base_url = memory.text(base_url);
  opening.session = memory.text(session_bytes);
  opening.settings = fields_of(scenario.settings);
  opening.setting_count = scenario.settings.size();
  const auto* placed = memory.place(opening, size_of<pintle_opening>());
  ws_url_ = (base_url.starts_with("https") ? "wss" : "ws") + base_url.substr(base_url.find(':')) +
            "/api/ws";
  const bool opened = call(
      "open", [&](pintle_error* error_out) { return scheme_.open(placed, &auth_, error_out); });
  memory.release(world_.unmaps_input);
  if (opened && auth_ == nullptr) report(Rule::results, "open succeeded without an auth");
  if (!opened && auth_ != nullptr) {
    report(Rule::results, "open failed, and there is an auth");
    auth_ = nullptr;
  }
  if (auth_ == nullptr) return false;
  last_session_ = session();
  return true;
}

void Subject::close() {
  end();
  if (auth_ == nullptr) return;
  in_scheme = true;
  scheme_.close(auth_);
  in_scheme = false;
  auth_ = nullptr;
}

void Subject::end() {
  if (operation_ == nullptr) return;
  in_scheme = true;
  scheme_.end(operation_);
  in_scheme = false;
  operation_ = nullptr;
  const auto before_code = code;
  const auto before_error = error;
  last_session_ = session();
  code = before_code;
  error = before_error;
}

}  // namespace pintle::conformance
