// SPDX-License-Identifier: Apache-2.0
#include "practice/pages/public_pages.h"

#include <Poco/JSON/Array.h>

namespace pintle::practice {
namespace {

HttpResponse status(const Options& options) {
  Poco::JSON::Array providers;
  for (const auto& provider : options.providers) providers.add(provider.name);
  auto object = ordered_object();
  object.set("version", options.version);
  object.set("release_date", options.gate == Gate::native ? "2026.10.2" : "2026.6.5");
  object.set("config_version", 28);
  object.set("gateway_running", false);
  object.set("active_sessions", 0);
  object.set("auth_required", options.gated());
  object.set("auth_providers", providers);
  if (options.gate == Gate::native) {
    Poco::JSON::Array flows;
    if (options.offers_cookies) flows.add("cookie");
    if (options.has_native_provider()) flows.add("native_pkce");
    object.set("auth_flows", flows);
    object.set("install_id", options.install_id);
    object.set("overall", "ok");
  }
  if (options.takes_key()) {
    Poco::JSON::Array flows;
    flows.add(options.gate == Gate::greeting ? "greeting" : "api_key");
    object.set("auth_flows", flows);
  }
  return json_response(200, object);
}

HttpResponse health(const Options& options) {
  auto object = ordered_object();
  object.set("ok", true);
  object.set("version", options.version);
  object.set("auth_required", options.gated());
  return json_response(200, object);
}

HttpResponse providers(const Options& options) {
  if (options.providers.empty()) return detail_response(503, "No auth providers registered");
  Poco::JSON::Array list;
  for (const auto& provider : options.providers) {
    auto entry = ordered_object();
    entry.set("name", provider.name);
    entry.set("display_name", provider.display_name);
    entry.set("supports_password", provider.supports_password);
    list.add(entry);
  }
  auto object = ordered_object();
  object.set("providers", list);
  return json_response(200, object);
}

}  // namespace

std::optional<HttpResponse> answer_public(const GatewayState& state, const Request& request) {
  const auto& options = state.options;
  const bool read = request.method == "GET" || request.method == "HEAD";
  const bool is_status = request.path == "/api/status";
  const bool is_health = request.path == "/api/health";
  const bool is_providers = request.path == "/api/auth/providers";
  if (!is_status && !is_health && !is_providers) return std::nullopt;
  if ((is_health && !options.has_health) || (is_providers && !options.has_providers_route)) {
    return detail_response(404, "Not Found");
  }
  if (!read) return detail_response(405, "Method Not Allowed");
  return is_status ? status(options) : is_health ? health(options) : providers(options);
}

}  // namespace pintle::practice
