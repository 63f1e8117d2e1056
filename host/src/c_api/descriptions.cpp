// SPDX-License-Identifier: Apache-2.0
#include "c_api/descriptions.h"

#include <string_view>

#include <pintle/core/text/json.h>

namespace pintle::c_api {
namespace {

std::string member(std::string_view name, std::string_view text) {
  return json_string(name) + ":" + json_string(text);
}

template <class List, class ToJson>
std::string json_list(const List& list, ToJson to_json) {
  std::string json = "[";
  for (const auto& item : list) {
    if (json.size() > 1) json += ',';
    json += to_json(item);
  }
  return json + "]";
}

const char* truth(bool value) { return value ? "true" : "false"; }

}  // namespace

std::string describe(const Probe& probe, const GatewayUrl& url) {
  const auto providers = json_list(probe.providers, [](const Provider& provider) {
    return "{" + member("name", provider.name) + "," +
           member("display_name", provider.display_name) +
           ",\"supports_password\":" + truth(provider.supports_password) + "}";
  });
  return "{" + member("url", url.text()) + "," + member("version", probe.version) + "," +
         member("release_date", probe.release_date) + "," + member("install_id", probe.install_id) +
         ",\"auth_required\":" + truth(probe.auth_required) +
         ",\"auth_flows\":" + json_list(probe.auth_flows, json_string) +
         ",\"providers\":" + providers + "}";
}

std::string describe(const loading::Choice& choice) {
  const auto schemes = json_list(choice.table, [](const loading::SchemeFit& row) {
    return "{" + member("scheme", row.scheme) + ",\"score\":" + std::to_string(row.score) + "," +
           member("verdict", loading::name_of(row.verdict)) + "," + member("why", row.why) + "," +
           member("library", row.where) + "}";
  });
  return "{" + member("scheme", choice.facts.id) + "," + member("library", choice.where) +
         ",\"schemes\":" + schemes + "}";
}

}  // namespace pintle::c_api
