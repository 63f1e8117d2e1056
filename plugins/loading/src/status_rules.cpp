// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <simdjson.h>

#include <pintle/core/text/json.h>
#include <pintle/core/text/printable.h>
#include <pintle/loading/status_rules.h>

namespace pintle::loading {
namespace {

// Minified, as the manifest's values are.
bool is_value(simdjson::dom::element element, const std::string& value) {
  return std::string(simdjson::minify(element)) == value;
}

}  // namespace

struct StatusRules::Status {
  bool auth_required = false;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  bool readable = false;
};

StatusRules::StatusRules(const Probe& probe) : status_(std::make_unique<Status>()) {
  status_->auth_required = probe.auth_required;
  const auto body = with_double_numbers(probe.body);
  status_->readable =
      status_->parser.parse(body.data(), body.size()).get(status_->root) == simdjson::SUCCESS;
}

StatusRules::~StatusRules() = default;

std::string StatusRules::broken_by(const SchemeFacts& scheme) const {
  for (const auto& rule : scheme.rules) {
    if (holds(rule)) continue;
    return "it is for gateways with " + printable(rule.field, 40) + " " + printable(rule.value, 40);
  }
  return {};
}

bool StatusRules::holds(const Rule& rule) const {
  // A gateway older than the gate does not report it; use the probe's conclusion.
  if (rule.field == "auth_required") {
    return rule.value == (status_->auth_required ? "true" : "false");
  }
  simdjson::dom::element found;
  if (!status_->readable || status_->root.at_key(rule.field).get(found) != simdjson::SUCCESS) {
    return false;
  }
  const auto is_rules = [&](simdjson::dom::element one) { return is_value(one, rule.value); };
  if (is_rules(found)) return true;
  simdjson::dom::array list;
  return found.get_array().get(list) == simdjson::SUCCESS &&
         std::any_of(list.begin(), list.end(), is_rules);
}

}  // namespace pintle::loading
