// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>

#include <simdjson.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/ascii.h>
#include <pintle/core/text/json.h>
#include <pintle/core/text/printable.h>
#include <pintle/loading/front_rules.h>

namespace pintle::loading {
namespace {

constexpr std::size_t kMaxAnswers = 16;
constexpr std::size_t kMaxStatuses = 16;
constexpr std::size_t kMaxText = 256;
constexpr std::size_t kMaxBody = std::size_t{64} * 1024;
constexpr const char* kAnyOther = "*";

Error broken(const std::string& why) { return Error(Layer::plugin, "its \"front\" " + why); }

std::string text_in(simdjson::dom::element element) {
  std::string text(element.get_string().value());
  if (text.empty() || text.size() > kMaxText) throw broken("has a text that is empty or too long");
  return text;
}

int status_in(simdjson::dom::element element) {
  const auto status = element.get_int64().value();
  if (status < 200 || status > 599) throw broken("names the status " + std::to_string(status));
  return static_cast<int>(status);
}

void read_statuses(simdjson::dom::element element, FrontAnswer& answer) {
  simdjson::dom::array list;
  if (element.get(list) != simdjson::SUCCESS) {
    answer.statuses.push_back(status_in(element));
    return;
  }
  answer.statuses.reserve(list.size());
  for (const auto item : list) answer.statuses.push_back(status_in(item));
  if (answer.statuses.empty() || answer.statuses.size() > kMaxStatuses) {
    throw broken("has an empty list of statuses, or too long a one");
  }
}

void read_header(simdjson::dom::object object, FrontAnswer& answer) {
  for (const auto member : object) {
    if (member.key == "name") {
      answer.header_name = text_in(member.value);
    } else if (member.key == "prefix") {
      answer.header_prefix = text_in(member.value);
    } else {
      throw broken("has an unknown member \"" + printable(member.key, 40) + "\"");
    }
  }
  if (!is_token(answer.header_name)) throw broken("has a header without a valid name");
}

FrontAnswer read_answer(simdjson::dom::object object) {
  FrontAnswer answer;
  for (const auto member : object) {
    if (member.key == "status") {
      read_statuses(member.value, answer);
    } else if (member.key == "header") {
      read_header(member.value.get_object().value(), answer);
    } else if (member.key == "redirect_host") {
      answer.redirect_host = ascii::lower(text_in(member.value));
    } else if (member.key == "body") {
      answer.body = ascii::lower(text_in(member.value));
    } else {
      throw broken("has an unknown member \"" + printable(member.key, 40) + "\"");
    }
  }
  if (answer == FrontAnswer{}) throw broken("has an answer that any response is");
  return answer;
}

bool leads_to(const HttpResponse& response, const GatewayUrl& gateway, const std::string& host) {
  auto location = std::string(response.headers.get("Location"));
  if (response.status < 300 || response.status > 399 || location.empty()) return false;
  if (location.starts_with("//")) location.insert(0, gateway.secure() ? "https:" : "http:");
  try {
    const auto to = AbsoluteUrl::parse(location).origin;
    if (to == gateway.origin()) return false;
    // The gateway itself, which is reached by https.
    if (host == kAnyOther && to.host == gateway.origin().host && to.secure) return gateway.secure();
    return host == kAnyOther || to.host == host || to.host.ends_with("." + host);
  } catch (const Error&) {
    return false;  // on the gateway's own origin, or no URL
  }
}

bool head_matches(const FrontAnswer& answer, const HttpResponse& head, const GatewayUrl& gateway) {
  const auto& statuses = answer.statuses;
  if (!statuses.empty() && std::ranges::find(statuses, head.status) == statuses.end()) return false;
  if (!answer.header_name.empty()) {
    const auto values = head.headers.all(answer.header_name);
    if (std::ranges::none_of(values, [&](std::string_view value) {
          return ascii::starts_with(value, answer.header_prefix);
        })) {
      return false;
    }
  }
  return answer.redirect_host.empty() || leads_to(head, gateway, answer.redirect_host);
}

}  // namespace

bool FrontRules::may_match(const HttpResponse& head, const GatewayUrl& gateway) const {
  return std::ranges::any_of(
      answers, [&](const FrontAnswer& answer) { return head_matches(answer, head, gateway); });
}

bool FrontRules::match(const HttpResponse& response, const GatewayUrl& gateway) const {
  return std::ranges::any_of(answers, [&](const FrontAnswer& answer) {
    if (!head_matches(answer, response, gateway)) return false;
    if (answer.body.empty()) return true;
    const auto text = ascii::lower(std::string_view(response.body).substr(0, kMaxBody));
    return text.find(answer.body) != std::string::npos;
  });
}

FrontRules parse_front_rules(std::string_view json) {
  try {
    simdjson::dom::parser parser;
    const simdjson::dom::object object = parser.parse(json.data(), json.size()).get_object();
    FrontRules rules;
    for (const auto member : object) {
      if (member.key != "answers") {
        throw broken("has an unknown member \"" + printable(member.key, 40) + "\"");
      }
      for (const simdjson::dom::object answer : member.value.get_array()) {
        if (rules.answers.size() == kMaxAnswers) throw broken("has more than 16 answers");
        rules.answers.push_back(read_answer(answer));
      }
    }
    return rules;
  } catch (const simdjson::simdjson_error& error) {
    throw broken(std::string("is invalid: ") + error.what());
  }
}

std::string to_json(const FrontRules& rules) {
  std::string out = "{\"answers\": [";
  const char* separator = "";
  for (const auto& answer : rules.answers) {
    out += separator;
    std::string members;
    const auto add = [&](const char* name, const std::string& json) {
      members += (members.empty() ? "\"" : ", \"") + std::string(name) + "\": " + json;
    };
    std::string statuses;
    for (const auto status : answer.statuses) {
      statuses += (statuses.empty() ? "" : ", ") + std::to_string(status);
    }
    if (!statuses.empty()) add("status", "[" + statuses + "]");
    if (!answer.header_name.empty()) {
      add("header", "{\"name\": " + json_string(answer.header_name) +
                        (answer.header_prefix.empty()
                             ? ""
                             : ", \"prefix\": " + json_string(answer.header_prefix)) +
                        "}");
    }
    if (!answer.redirect_host.empty()) add("redirect_host", json_string(answer.redirect_host));
    if (!answer.body.empty()) add("body", json_string(answer.body));
    out += "{" + members + "}";
    separator = ", ";
  }
  return out + "]}";
}

}  // namespace pintle::loading
