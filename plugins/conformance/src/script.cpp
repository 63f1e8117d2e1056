// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include <pintle/core/text/json_place.h>
#include <pintle/plugin.h>

#include "script_object.h"

namespace pintle::conformance {
namespace {

ScriptProbe read_probe(dom::element element, std::string where) {
  const Object object(element, std::move(where),
                      {"auth_required", "secure", "http_status", "version", "providers",
                       "password_providers", "auth_flows", "status", "profile"});
  ScriptProbe probe;
  object.read("auth_required", probe.auth_required);
  object.read("secure", probe.secure);
  object.read_number("http_status", probe.http_status, 100, 599);
  object.read("version", probe.version);
  object.read("providers", probe.providers);
  object.read("password_providers", probe.password_providers);
  object.read("auth_flows", probe.auth_flows);
  object.read_body("status", probe.status_json);
  object.read("profile", probe.profile);
  return probe;
}

void read_cookies(const Object& object, ScriptAnswer& answer) {
  std::size_t number = 0;
  for (const auto item : object.list_of(*object.find("cookies"), "cookies")) {
    const Object cookie(item, object.part("cookie", ++number), {"name", "value", "expires_ms"});
    std::string name;
    std::string value;
    std::string expires = "0";
    cookie.read("name", name);
    cookie.read("value", value);
    cookie.read("expires_ms", expires);
    answer.fields.emplace_back(std::move(name), std::move(value));
    answer.expires_ms.push_back(std::move(expires));
  }
}

struct Kind {
  std::string_view member;
  std::uint32_t need;
};
constexpr std::array kKinds = {
    Kind{"http", PINTLE_NEED_HTTP},   Kind{"browser", PINTLE_NEED_BROWSER},
    Kind{"input", PINTLE_NEED_INPUT}, Kind{"wait", PINTLE_NEED_WAIT},
    Kind{"send", PINTLE_NEED_SEND},   Kind{"receive", PINTLE_NEED_RECEIVE},
    Kind{"exec", PINTLE_NEED_EXEC}};

ScriptAnswer read_answer(dom::element element, std::string where) {
  const Object object(
      element, std::move(where),
      {"http", "browser", "input", "wait", "send", "receive", "exec", "once", "status", "headers",
       "body", "callback", "cookies", "values", "source", "binary", "output"});
  ScriptAnswer answer;
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& one) {
    return object.find(one.member).has_value();
  });
  if (kind == kKinds.end()) {
    throw broken(object.where() +
                 " is for no need: http, browser, input, wait, send, receive or exec");
  }
  answer.need = kind->need;
  object.read(kind->member, answer.pattern);
  object.read("once", answer.once);
  object.read("source", answer.source);
  object.read("binary", answer.is_binary);
  if (answer.need == PINTLE_NEED_HTTP) answer.status = 200;
  object.read_number("status", answer.status, 0, 599);
  if (answer.need == PINTLE_NEED_HTTP) object.read("headers", answer.fields);
  if (answer.need == PINTLE_NEED_INPUT) object.read("values", answer.fields);
  object.read_body("body", answer.text);
  object.read("callback", answer.text);
  object.read_body("output", answer.text);
  // The gateway's message is what stands at "receive" itself.
  if (answer.need == PINTLE_NEED_RECEIVE) answer.text = std::exchange(answer.pattern, "*");
  if (object.find("cookies")) read_cookies(object, answer);
  return answer;
}

std::vector<ScriptAnswer> read_answers(const Object& object) {
  std::vector<ScriptAnswer> answers;
  if (const auto list = object.find("answers")) {
    for (const auto item : object.list_of(*list, "answers")) {
      answers.push_back(read_answer(item, object.part("answer", answers.size() + 1)));
    }
  }
  return answers;
}

constexpr std::array kOperations = {
    std::pair<std::string_view, std::uint32_t>{"sign_in", PINTLE_SIGN_IN},
    std::pair<std::string_view, std::uint32_t>{"resolve_ws_url", PINTLE_RESOLVE_WS_URL},
    std::pair<std::string_view, std::uint32_t>{"refresh", PINTLE_REFRESH},
    std::pair<std::string_view, std::uint32_t>{"sign_out", PINTLE_SIGN_OUT},
    std::pair<std::string_view, std::uint32_t>{"greet", PINTLE_GREET}};

ScriptOperation read_operation(dom::element element, const std::string& where) {
  ScriptOperation operation;
  std::string name;
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) {
    name = text;
  } else {
    const Object object(element, where, {"operation", "after_ms"});
    object.read("operation", name);
    object.read_number("after_ms", operation.after_ms, 0, 1'000'000'000'000);
  }
  for (const auto& [known, kind] : kOperations) {
    if (known == name) operation.kind = kind;
  }
  if (operation.kind == 0) {
    throw broken(where + ": there is no operation \"" + printable(name, 40) + "\"");
  }
  return operation;
}

const std::vector<ScriptOperation>& usual_operations() {
  static const std::vector<ScriptOperation> kUsual = {
      {PINTLE_SIGN_IN, 0}, {PINTLE_RESOLVE_WS_URL, 0}, {PINTLE_REFRESH, 0}, {PINTLE_SIGN_OUT, 0}};
  return kUsual;
}

Scenario read_scenario(dom::element element, const std::string& where, const ScriptProbe& probe,
                       const Fields& settings) {
  const Object object(element, where,
                      {"name", "method", "provider", "may_ask", "given", "probe", "settings",
                       "operations", "answers"});
  Scenario scenario;
  scenario.probe = probe;
  scenario.settings = settings;
  object.read("name", scenario.name);
  if (scenario.name.empty()) throw broken(where + " has no \"name\"");
  object.read("method", scenario.method);
  object.read("provider", scenario.provider);
  object.read("may_ask", scenario.may_ask);
  object.read("given", scenario.given);
  object.read("settings", scenario.settings);
  if (const auto own = object.find("probe")) {
    scenario.has_probe = !own->is_null();
    if (scenario.has_probe) scenario.probe = read_probe(*own, "\"probe\" of " + where);
  }
  scenario.operations = usual_operations();
  if (const auto list = object.find("operations")) {
    scenario.operations.clear();
    for (const auto item : object.list_of(*list, "operations")) {
      scenario.operations.push_back(
          read_operation(item, object.part("operation", scenario.operations.size() + 1)));
    }
  }
  scenario.answers = read_answers(object);
  return scenario;
}

}  // namespace

Script parse_script(std::string_view json) {
  dom::parser parser;
  dom::element root;
  if (const auto place = json_fault_place(json)) throw broken("it is not JSON: " + *place);
  if (const auto fault = parser.parse(json.data(), json.size()).get(root);
      fault != simdjson::SUCCESS) {
    throw broken(std::string("it is not JSON: ") + simdjson::error_message(fault));
  }
  const Object object(root, std::string(kWhole),
                      {"base_url", "probe", "settings", "answers", "scenarios"});
  Script script;
  object.read("base_url", script.base_url);
  ScriptProbe probe;
  if (const auto found = object.find("probe")) probe = read_probe(*found, "\"probe\"");
  Fields settings;
  object.read("settings", settings);
  const auto shared = read_answers(object);
  const auto list = object.find("scenarios");
  if (!list) throw broken("it has no \"scenarios\"");
  for (const auto item : object.list_of(*list, "scenarios")) {
    auto scenario =
        read_scenario(item, object.part("scenario", script.scenarios.size() + 1), probe, settings);
    scenario.answers.insert(scenario.answers.end(), shared.begin(), shared.end());
    script.scenarios.push_back(std::move(scenario));
  }
  if (script.scenarios.empty()) throw broken("it has no scenario");
  return script;
}

Script default_script() {
  Script script;
  script.is_default = true;
  Scenario scenario;
  scenario.name = "usual";
  scenario.operations = usual_operations();
  scenario.answers.push_back({.need = PINTLE_NEED_HTTP,
                              .pattern = "*",
                              .status = 200,
                              .fields = {{"Content-Type", "application/json"}},
                              .text = "{}"});
  scenario.answers.push_back(
      {.need = PINTLE_NEED_BROWSER, .pattern = "*", .text = "code={secret.code}&state={state}"});
  script.scenarios.push_back(std::move(scenario));
  return script;
}

}  // namespace pintle::conformance
