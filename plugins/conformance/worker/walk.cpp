// SPDX-License-Identifier: Apache-2.0
#include "walk.h"

#include <algorithm>

namespace pintle::conformance {
namespace {

constexpr int kMaxSteps = 64;  // as the host has it

bool fits(const std::string& pattern, const std::string& text) {
  if (pattern.ends_with('*')) {
    return text.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
  }
  return pattern == text;
}

// What a script's pattern is compared with.
std::string subject_of(const Step& step) {
  const auto without_query = [](const std::string& url) { return url.substr(0, url.find('?')); };
  switch (step.need) {
    case PINTLE_NEED_HTTP:
      return step.http_method + " " + without_query(step.http_url);
    case PINTLE_NEED_BROWSER:
      return without_query(step.browser_url);
    case PINTLE_NEED_INPUT:
      return step.inputs.empty() ? std::string() : step.inputs.front().key;
    case PINTLE_NEED_SEND:
      return step.ws_message;
    case PINTLE_NEED_EXEC:
      return step.exec_helper;
    default:
      return {};
  }
}

}  // namespace

std::string find_field(const Fields& fields, const std::string& key) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& field) { return field.first == key; });
  return found == fields.end() ? std::string() : found->second;
}

std::string Walk::expanded(const std::string& text) {
  values_.now_ms = subject_.world().now_ms;
  return expand(text, values_, subject_.world().secrets);
}

Fields Walk::expanded(const Fields& fields) {
  Fields made;
  for (const auto& [name, value] : fields) made.emplace_back(name, expanded(value));
  return made;
}

const ScriptAnswer* Walk::find_answer(const Step& step) {
  used_.resize(scenario_.answers.size());
  const auto text = subject_of(step);
  for (std::size_t i = 0; i < scenario_.answers.size(); ++i) {
    const auto& answer = scenario_.answers[i];
    if (answer.need != step.need || (answer.once && used_[i]) || !fits(answer.pattern, text)) {
      continue;
    }
    used_[i] = true;
    return &answer;
  }
  return nullptr;
}

void Walk::answer_input(const ScriptAnswer* from, const Step& step, Answer& answer) {
  for (const auto& input : step.inputs) {
    auto value = from == nullptr ? std::string() : expanded(find_field(from->fields, input.key));
    if (value.empty()) value = expanded("{secret." + input.key + "}");
    if (input.is_secret) subject_.world().secrets.add(input.key, value);
    answer.fields.emplace_back(input.key, std::move(value));
    answer.sources.push_back(from == nullptr ? "typed" : from->source);
  }
}

void Walk::answer_browser(const ScriptAnswer* from, const Step& step, Answer& answer) {
  if (step.browser_ends_with != PINTLE_BROWSER_CALLBACK) {
    if (from == nullptr || from->fields.empty()) {
      auto names = step.browser_cookies;
      if (names.empty())
        names.emplace_back("wall_session");  // whatever the gateway's front has set
      for (const auto& name : names) {
        answer.fields.emplace_back(name, expanded("{secret." + name + "}"));
        answer.expires_ms.push_back(0);
      }
      return;
    }
    answer.fields = expanded(from->fields);
    for (const auto& expires : from->expires_ms) {
      answer.expires_ms.push_back(std::stoll("0" + expanded(expires)));
    }
    return;
  }
  answer.redirect_uri = values_.redirect_uri = "http://127.0.0.1:49152/callback";
  values_.state = step.browser_state;
  const auto query = from == nullptr || from->text.empty()
                         ? std::string("code={secret.code}&state={state}")
                         : from->text;
  answer.callback_url = answer.redirect_uri + "?" + expanded(query);
}

Answer Walk::scripted_answer() {
  const auto& step = subject_.step;
  Answer answer;
  if (step.need == PINTLE_NEED_HTTP) values_.read_query(step.http_url);
  if (step.need == PINTLE_NEED_BROWSER) values_.read_query(step.browser_url);
  const auto* from = find_answer(step);
  switch (step.need) {
    case PINTLE_NEED_HTTP:
      answer.http_status = from == nullptr ? 404 : from->status;
      if (from != nullptr) answer.http_headers = expanded(from->fields);
      if (from != nullptr) answer.http_body = expanded(from->text);
      break;
    case PINTLE_NEED_INPUT:
      answer_input(from, step, answer);
      break;
    case PINTLE_NEED_BROWSER:
      answer_browser(from, step, answer);
      break;
    case PINTLE_NEED_WAIT:
      subject_.world().now_ms += std::max<std::int64_t>(step.wait_ms, 0);
      break;
    case PINTLE_NEED_RECEIVE:
      answer.ws_message = from == nullptr ? "{}" : expanded(from->text);
      if (from != nullptr && from->is_binary) answer.ws_message_flags = PINTLE_STEP_BINARY;
      break;
    case PINTLE_NEED_EXEC:
      answer.exec_output = expanded(from == nullptr ? "{secret.exec}\n" : from->text);
      answer.exec_status = from == nullptr ? 0 : from->status;
      break;
    default:
      break;
  }
  return answer;
}

Ended Walk::run(const ScriptOperation& operation, const Answering& answering) {
  subject_.world().now_ms += operation.after_ms;
  Beginning beginning{operation.kind};
  const bool may_ask = operation.kind == PINTLE_SIGN_IN && scenario_.may_ask;
  if (may_ask) beginning.flags = PINTLE_MAY_ASK;
  if (operation.kind == PINTLE_SIGN_IN) {
    beginning.method = scenario_.method;
    beginning.provider = scenario_.provider;
    beginning.given = scenario_.given;
  }
  if (!subject_.begin(beginning)) return Ended::failed;
  for (int steps = 0; subject_.step.need != PINTLE_NEED_DONE; ++steps) {
    if (steps == kMaxSteps) {
      subject_.world().channel.finding(Rule::finishes, "the operation needs more than 64 steps");
      subject_.end();
      return Ended::endless;
    }
    const auto step = subject_.step;
    auto answer = scripted_answer();
    const auto number = reached_.size();
    reached_.push_back(
        {operation.kind, name_of_operation(operation.kind) + ", " + place_of(step), step, answer});
    auto given = answering ? answering(number, step, std::move(answer))
                           : std::optional<Answer>(std::move(answer));
    if (!given) {
      subject_.end();
      return Ended::cancelled;
    }
    if (!subject_.resume(*given)) return Ended::failed;
  }
  // A finished sign-in has a credential.
  if (operation.kind == PINTLE_SIGN_IN &&
      !subject_.decorate(PINTLE_REQUEST_REST, "/api/sessions")) {
    subject_.world().channel.finding(Rule::done_means_done,
                                     "the sign-in is done, and decorate has no credential");
  }
  return Ended::done;
}

Ended Walk::run_all(const Answering& answering) {
  for (const auto& operation : scenario_.operations) {
    const auto ended = run(operation, answering);
    subject_.end();
    if (ended != Ended::done) return ended;
  }
  return Ended::done;
}

}  // namespace pintle::conformance
