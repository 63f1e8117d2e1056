// SPDX-License-Identifier: Apache-2.0
#include "ui/probe_answer.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle::ui {
namespace {

using std::chrono::steady_clock;

// A page that waits longer has lost its user.
constexpr std::int64_t kConnectMs = 5'000;
constexpr std::int64_t kRequestMs = 15'000;

JsonObject probe_json(const Probe& probe) {
  Poco::JSON::Array providers;
  for (const auto& provider : probe.providers) {
    auto entry = ordered_object();
    entry.set("name", printable(provider.name, 60));
    entry.set("display_name", printable(provider.display_name, 60));
    entry.set("supports_password", provider.supports_password);
    providers.add(entry);
  }
  Poco::JSON::Array flows;
  for (const auto& flow : probe.auth_flows) flows.add(printable(flow, 60));
  auto object = ordered_object();
  object.set("version", printable(probe.version, 40));
  object.set("release_date", printable(probe.release_date, 40));
  object.set("overall", printable(probe.overall, 40));
  object.set("auth_required", probe.auth_required);
  object.set("auth_flows", flows);
  object.set("providers", providers);
  return object;
}

Poco::JSON::Array schemes_json(const std::vector<loading::SchemeFit>& table) {
  Poco::JSON::Array rows;
  for (const auto& fit : table) {
    auto row = ordered_object();
    row.set("scheme", fit.scheme);
    row.set("score", fit.score);
    row.set("verdict", std::string(loading::name_of(fit.verdict)));
    row.set("why", fit.why);
    row.set("library", fit.where);
    rows.add(row);
  }
  return rows;
}

JsonObject provider_json(const std::string& name, const std::string& label,
                         const std::vector<std::string>& methods) {
  Poco::JSON::Array list;
  for (const auto& method : methods) list.add(method);
  auto object = ordered_object();
  object.set("name", name);
  object.set("label", label);
  object.set("methods", list);
  return object;
}

// The page has its own way to ask for it: the token's box, a provider's buttons and questions.
bool is_asked_elsewhere(const Probe& probe, const std::string& key) {
  if (!probe.auth_required) return key == "token";
  return !probe.providers.empty() &&
         (key == "method" || key == "provider" || key == "username" || key == "password");
}

Poco::JSON::Array settings_of(const Probe& probe, const loading::SchemeFacts& scheme) {
  Poco::JSON::Array list;
  for (const auto& setting : scheme.settings) {
    if (is_asked_elsewhere(probe, setting.key)) continue;
    auto entry = ordered_object();
    entry.set("key", setting.key);
    entry.set("label", printable(setting.label.empty() ? setting.key : setting.label, 60));
    entry.set("default", printable(setting.default_value, 200));
    entry.set("secret", setting.is_secret);
    list.add(entry);
  }
  return list;
}

void add_choice(Connection& connection, const Probe& probe, JsonObject& answer) {
  try {
    const auto choice = connection.choose_for(probe);
    answer.set("scheme", choice.facts.id);
    answer.set("library", choice.where);
    answer.set("schemes", schemes_json(choice.table));
    answer.set("offer", offer_of(probe, &choice.facts));
  } catch (const Error& error) {
    answer.set("error", error_json(error));
    answer.set("offer", offer_of(probe, nullptr));
  }
}

// What stands in front of the gateway and refuses is to be signed in to first.
void add_front(const Host& host, Connection& connection, const Error& error, JsonObject& answer) {
  if (error.layer() != Layer::access_proxy) return;
  const auto id = connection.front_facts().recognized;
  const auto catalogue = host.catalogue();
  const auto* front = id.empty() ? nullptr : catalogue.find(id);
  if (front == nullptr) return;
  Poco::JSON::Array providers;
  const bool has_page = id == "browser";
  providers.add(provider_json(
      "", printable(front->scheme.name, 60),
      has_page ? std::vector<std::string>{"window", "paste"} : std::vector<std::string>{}));
  auto offer = ordered_object();
  offer.set("kind", "front");
  offer.set("providers", providers);
  answer.set("url", connection.settings().url.text());
  answer.set("moved", false);
  answer.set("offer", offer);
}

}  // namespace

std::vector<std::string> methods_of(const Probe& probe, const Provider& provider) {
  std::vector<std::string> methods;
  if (provider.supports_password) methods.emplace_back("password");
  if (probe.has_flow("native_pkce")) {
    methods.emplace_back("browser");
    methods.emplace_back("paste");
  }
  // A gateway from before the flows has cookies.
  if (probe.auth_flows.empty() || probe.has_flow("cookie")) methods.emplace_back("window");
  return methods;
}

JsonObject offer_of(const Probe& probe, const loading::SchemeFacts* scheme) {
  auto offer = ordered_object();
  if (scheme == nullptr) {
    offer.set("kind", "none");
    return offer;
  }
  if (const auto settings = settings_of(probe, *scheme); !settings.empty()) {
    offer.set("settings", settings);
  }
  if (!probe.auth_required) {
    offer.set("kind", "token");
    return offer;
  }
  offer.set("kind", "sign-in");
  Poco::JSON::Array providers;
  for (const auto& provider : probe.providers) {
    providers.add(provider_json(provider.name, printable(provider.display_name, 60),
                                methods_of(probe, provider)));
  }
  // Without a provider the scheme itself asks for what it needs.
  if (probe.providers.empty()) providers.add(provider_json("", printable(scheme->name, 60), {}));
  offer.set("providers", providers);
  return offer;
}

std::optional<GatewayUrl> read_typed_url(const std::string& typed, JsonObject& answer) {
  try {
    return GatewayUrl::parse(typed);
  } catch (const Error& error) {
    answer.set("error", error_json(PageError::of_field(error, "url")));
    // "Write it as https://gateway.example."
    constexpr std::string_view kBefore = "Write it as ";
    const std::string_view hint = error.hint();
    if (hint.starts_with(kBefore)) {
      answer.set("meant",
                 std::string(hint.substr(kBefore.size(), hint.size() - kBefore.size() - 1)));
    }
    return std::nullopt;
  }
}

JsonObject probe_answer(const Host& host, const ConnectionSettings& settings,
                        const std::stop_token& cancel) {
  auto answer = ordered_object();
  const auto begin = steady_clock::now();
  std::optional<Connection> opened;
  try {
    auto quick = settings;
    quick.connect_ms = std::min(quick.connect_ms, kConnectMs);
    quick.request_ms = std::min(quick.request_ms, kRequestMs);
    auto& connection = opened.emplace(host.open(std::move(quick)));
    const auto found = connection.find_gateway(cancel);
    answer.set("url", found.url.text());
    answer.set("moved", found.url != settings.url);
    answer.set("probe", probe_json(found.probe));
    add_choice(connection, found.probe, answer);
  } catch (const Error& error) {
    answer.set("error", error_json(error));
    if (opened) add_front(host, *opened, error, answer);
  }
  answer.set(
      "ms",
      Poco::Int64(std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin)
                      .count()));
  return answer;
}

}  // namespace pintle::ui
