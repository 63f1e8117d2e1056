// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <string>

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

}  // namespace

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
