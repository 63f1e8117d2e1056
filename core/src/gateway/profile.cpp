// SPDX-License-Identifier: Apache-2.0
//
// Reads the answers of a gateway by its profile.

#include <algorithm>
#include <utility>

#include <simdjson.h>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/profile.h>

#include "text/json_value.h"

namespace pintle {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxTextBytes = 256;
constexpr std::size_t kMaxEntries = 64;

std::optional<dom::element> value_at(dom::element root, const std::string& pointer) {
  dom::element found;
  if (root.at_pointer(pointer).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

bool holds(const ProfileRule& rule, dom::element root) {
  const auto found = value_at(root, rule.at);
  if (!found || rule.value.empty()) return found.has_value();
  const auto is_value = [&](dom::element one) {
    return std::string(simdjson::minify(one)) == rule.value;
  };
  if (is_value(*found)) return true;
  dom::array list;
  return found->get(list) == simdjson::SUCCESS && std::any_of(list.begin(), list.end(), is_value);
}

bool all_hold(const std::vector<ProfileRule>& rules, dom::element root) {
  return std::all_of(rules.begin(), rules.end(),
                     [&](const ProfileRule& rule) { return holds(rule, root); });
}

// A text that is too long would name something else if it were cut: it counts as missing.
std::string text_of(dom::element element) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS || text.size() > kMaxTextBytes) return {};
  return std::string(text);
}

std::string version_of(const ProfileProbe& probe, dom::element root) {
  if (const auto* fixed = std::get_if<std::string>(&probe.version)) return *fixed;
  const auto found = value_at(root, std::get<ProfilePointer>(probe.version).at);
  return found ? text_of(*found) : std::string();
}

bool auth_required_of(const GatewayProfile& profile, const ProfileProbe& probe, dom::element root,
                      int status) {
  if (const auto* fixed = std::get_if<bool>(&probe.auth_required)) return *fixed;
  const auto& pointer = std::get<ProfilePointer>(probe.auth_required).at;
  const auto found = value_at(root, pointer);
  bool value = false;
  if (!found || found->get(value) != simdjson::SUCCESS) {
    throw Error(Layer::protocol, "the answer to " + probe.path + " has at " + pointer +
                                     " neither true nor false, as a " + profile.name +
                                     " gateway would")
        .with_status(status)
        .with_hint("Check the gateway's URL, and the profile " + profile.id + ".");
  }
  return value;
}

std::vector<std::string> flows_of(const ProfileProbe& probe, dom::element root) {
  if (const auto* fixed = std::get_if<std::vector<std::string>>(&probe.auth_flows)) return *fixed;
  std::vector<std::string> flows;
  const auto found = value_at(root, std::get<ProfilePointer>(probe.auth_flows).at);
  dom::array list;
  if (!found || found->get(list) != simdjson::SUCCESS) return flows;
  for (const auto item : list) {
    auto text = text_of(item);
    if (!text.empty() && flows.size() < kMaxEntries) flows.push_back(std::move(text));
  }
  return flows;
}

// Names, or objects with "name", "display_name" and "supports_password".
Provider provider_of(dom::element item) {
  Provider provider;
  dom::object object;
  if (item.get(object) != simdjson::SUCCESS) {
    provider.name = text_of(item);
    provider.display_name = provider.name;
    return provider;
  }
  dom::element field;
  if (object["name"].get(field) == simdjson::SUCCESS) provider.name = text_of(field);
  if (object["display_name"].get(field) == simdjson::SUCCESS) {
    provider.display_name = text_of(field);
  }
  if (provider.display_name.empty()) provider.display_name = provider.name;
  bool supports = false;
  if (object["supports_password"].get(supports) == simdjson::SUCCESS) {
    provider.supports_password = supports;
  }
  return provider;
}

std::vector<Provider> providers_of(const ProfileProbe& probe, dom::element root) {
  if (const auto* fixed = std::get_if<std::vector<Provider>>(&probe.providers)) return *fixed;
  std::vector<Provider> providers;
  const auto found = value_at(root, std::get<ProfilePointer>(probe.providers).at);
  dom::array list;
  if (!found || found->get(list) != simdjson::SUCCESS) return providers;
  for (const auto item : list) {
    auto provider = provider_of(item);
    const bool is_known = std::any_of(providers.begin(), providers.end(), [&](const auto& other) {
      return other.name == provider.name;
    });
    if (!provider.name.empty() && !is_known && providers.size() < kMaxEntries) {
      providers.push_back(std::move(provider));
    }
  }
  return providers;
}

}  // namespace

bool holds(const std::vector<ProfileRule>& rules, std::string_view json) {
  dom::parser parser;
  dom::element root;
  return parse_json(parser, json, root) == simdjson::SUCCESS && all_hold(rules, root);
}

const GatewayProfile& GatewayProfile::hermes() {
  static const GatewayProfile kProfile = [] {
    GatewayProfile made;
    made.id = kHermesProfile;
    made.name = "Hermes";
    made.ws_path = "/api/ws";
    made.ready = ProfileReady::message;
    made.ready_message = {{"/method", "\"event\""}, {"/params/type", "\"gateway.ready\""}};
    made.ready_is_optional = true;
    made.credential_check = "/api/sessions?limit=1";
    made.refused_upgrade = {403};
    return made;
  }();
  return kProfile;
}

std::optional<Probe> read_by_profile(const GatewayProfile& profile, const ProfileProbe& probe,
                                     const HttpResponse& response) {
  const auto& statuses = probe.statuses;
  if (std::find(statuses.begin(), statuses.end(), response.status) == statuses.end() ||
      response.body.size() > kMaxProbeAnswerBytes) {
    return std::nullopt;
  }
  dom::parser parser;
  dom::element root;
  if (parse_json(parser, response.body, root) != simdjson::SUCCESS ||
      !all_hold(probe.rules, root)) {
    return std::nullopt;
  }
  Probe made;
  made.profile = profile.id;
  made.http_status = response.status;
  made.version = version_of(probe, root);
  made.auth_required = auth_required_of(profile, probe, root, response.status);
  made.providers = providers_of(probe, root);
  made.providers_described = !made.providers.empty();
  made.auth_flows = flows_of(probe, root);
  made.body = response.body;
  return made;
}

}  // namespace pintle
