// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <new>

#include <simdjson.h>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/classify_response.h>
#include <pintle/core/gateway/probe.h>

#include "text/json_value.h"

namespace pintle {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxTextBytes = 256;
constexpr std::size_t kMaxEntries = 64;
constexpr std::size_t kDeepest = 64;

Error not_understood(const HttpResponse& response, std::string_view path, const std::string& why) {
  return Error(Layer::protocol, "the answer to " + std::string(path) + " " + why)
      .with_status(response.status)
      .with_hint("Check the gateway's URL, with its port and path prefix.");
}

// A JSON object of a response; each field can be read once.
class Fields {
 public:
  Fields(const HttpResponse& response, std::string_view path) : response_(response), path_(path) {
    const std::string_view body = response.body;
    if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) throw fault("has no body");
    if (body.size() > kMaxProbeAnswerBytes) {
      throw fault("is longer than " + std::to_string(kMaxProbeAnswerBytes / 1024) + " KiB");
    }
    auto error = parser_.allocate(body.size(), kDeepest);
    dom::element element;
    if (!error) error = parse_json(parser_, body, element);
    if (error == simdjson::MEMALLOC) throw std::bad_alloc();
    if (error == simdjson::UTF8_ERROR) throw fault("is not valid UTF-8");
    if (error == simdjson::DEPTH_ERROR) throw fault("is nested too deeply");
    if (error) throw fault("is not valid JSON");
    if (element.get(object_)) throw fault("is JSON but not an object");
  }

  std::optional<dom::element> find(std::string_view name) const {
    std::optional<dom::element> found;
    for (const auto field : object_) {
      if (field.key != name) continue;
      if (found) throw fault("has \"" + std::string(name) + "\" twice");
      found = field.value;
    }
    return found;
  }
  std::string text(std::string_view name) const { return text_of(find(name)); }
  bool is_true(std::string_view name) const {
    const auto element = find(name);
    bool value = false;
    return element && !element->get(value) && value;
  }
  // A field that decides how to sign in: another type is an error, never a guess.
  std::optional<bool> decision(std::string_view name) const {
    const auto element = find(name);
    if (!element) return std::nullopt;
    bool value = false;
    if (element->get(value)) {
      throw fault("has a \"" + std::string(name) + "\" that is neither true nor false");
    }
    return value;
  }
  std::vector<std::string> texts(std::string_view name) const {
    std::vector<std::string> out;
    const auto element = find(name);
    dom::array array;
    if (!element || element->get(array)) return out;
    for (const auto item : array) {
      // A truncated name would name something else: one that is too long is omitted.
      std::string_view text;
      if (item.get(text) || text.empty() || text.size() > kMaxTextBytes) continue;
      if (std::find(out.begin(), out.end(), text) != out.end()) continue;
      if (out.size() == kMaxEntries) break;
      out.emplace_back(text);
    }
    return out;
  }

  // Returns the text, truncated at a character boundary; empty if it is not a string.
  static std::string text_of(const std::optional<dom::element>& element) {
    std::string_view text;
    if (!element || element->get(text)) return {};
    if (text.size() <= kMaxTextBytes) return std::string(text);
    std::size_t end = kMaxTextBytes;
    while ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return std::string(text.substr(0, end));
  }

  Error fault(const std::string& why) const { return not_understood(response_, path_, why); }

 private:
  const HttpResponse& response_;
  std::string_view path_;
  dom::parser parser_;
  dom::object object_;
};

void check_let_in(const HttpResponse& response, const GatewayUrl& gateway, std::string_view path) {
  if (auto error = classify_response(response, gateway, RequestPurpose::public_endpoint, path))
    throw *error;
  if (response.status != 200) throw not_understood(response, path, "is unexpected");
}

std::vector<Provider> providers_of(const Fields& fields) {
  std::vector<Provider> out;
  const auto list = fields.find("providers");
  dom::array array;
  if (!list || list->get(array)) return out;
  for (const auto item : array) {
    dom::object object;
    std::string_view name;
    if (item.get(object) || object["name"].get(name)) continue;
    if (name.empty() || name.size() > kMaxTextBytes) continue;
    if (std::any_of(out.begin(), out.end(), [&](const auto& p) { return p.name == name; }))
      continue;
    if (out.size() == kMaxEntries) break;
    Provider provider;
    provider.name = name;
    dom::element display_name;
    if (!object["display_name"].get(display_name))
      provider.display_name = Fields::text_of(display_name);
    if (provider.display_name.empty()) provider.display_name = provider.name;
    if (object["supports_password"].get(provider.supports_password)) {
      provider.supports_password = false;
    }
    out.push_back(std::move(provider));
  }
  return out;
}

}  // namespace

bool Probe::has_flow(std::string_view flow) const noexcept {
  return std::find(auth_flows.begin(), auth_flows.end(), flow) != auth_flows.end();
}

const Provider* Probe::find_provider(std::string_view name) const noexcept {
  const auto found = std::find_if(providers.begin(), providers.end(),
                                  [&](const Provider& provider) { return provider.name == name; });
  return found == providers.end() ? nullptr : &*found;
}

Probe read_status(const HttpResponse& response, const GatewayUrl& gateway) {
  constexpr std::string_view kPath = "/api/status";
  check_let_in(response, gateway, kPath);
  const Fields fields(response, kPath);
  Probe probe;
  probe.http_status = response.status;
  probe.version = fields.text("version");
  const auto auth_required = fields.decision("auth_required");
  if (probe.version.empty() && !auth_required) {
    throw fields.fault("has neither \"version\" nor \"auth_required\": it is from another program");
  }
  probe.auth_required = auth_required.value_or(false);
  probe.release_date = fields.text("release_date");
  probe.install_id = fields.text("install_id");
  probe.overall = fields.text("overall");
  probe.auth_flows = fields.texts("auth_flows");
  for (auto& name : fields.texts("auth_providers")) {
    probe.providers.push_back({name, name, false});
  }
  probe.body = response.body;
  return probe;
}

void read_providers(const HttpResponse& response, const GatewayUrl& gateway, Probe& probe) {
  constexpr std::string_view kPath = "/api/auth/providers";
  if (response.status == 404 || response.status == 503) return;
  check_let_in(response, gateway, kPath);
  auto providers = providers_of(Fields(response, kPath));
  if (providers.empty()) return;
  probe.providers = std::move(providers);
  probe.providers_described = true;
}

std::optional<Health> read_health(const HttpResponse& response, const GatewayUrl& gateway) {
  constexpr std::string_view kPath = "/api/health";
  if (response.status == 404) return std::nullopt;
  check_let_in(response, gateway, kPath);
  const Fields fields(response, kPath);
  return Health{fields.is_true("ok"), fields.text("version"), fields.decision("auth_required")};
}

}  // namespace pintle
