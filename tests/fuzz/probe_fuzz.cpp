// SPDX-License-Identifier: Apache-2.0
//
// The responses to a probe, compared with another JSON parser.

#include <set>

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <pintle/core/gateway/probe.h>
#include <pintle/core/text/utf8.h>

#include "fuzz.h"
#include "json_grammar.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;

constexpr std::size_t kMaxTextBytes = 256;

void check_texts(const Probe& probe) {
  for (const auto* text :
       {&probe.version, &probe.release_date, &probe.install_id, &probe.overall}) {
    require(text->size() <= kMaxTextBytes && is_valid_utf8(*text), "a text is short and UTF-8",
            *text);
  }
  std::set<std::string> names;
  for (const auto& provider : probe.providers) {
    require(!provider.name.empty() && names.insert(provider.name).second,
            "a provider has a name of its own", provider.name);
    require(!provider.display_name.empty() && is_valid_utf8(provider.display_name),
            "a provider can be shown", provider.display_name);
  }
  require(names.size() <= 64 && probe.auth_flows.size() <= 64, "a list has a limit");
}

void check_against_poco(const Probe& probe) {
  const auto facts = fuzz::read_json(probe.body);
  require(facts.is_json, "a status is JSON from end to end", probe.body);
  if (facts.odd_key || facts.wide_number || facts.surrogate) return;
  try {
    const auto root = Poco::JSON::Parser().parse(probe.body).extract<Poco::JSON::Object::Ptr>();
    const auto required = root->get("auth_required");
    require((required.isBoolean() && required.extract<bool>()) == probe.auth_required,
            "two readers agree whether the gate is on", probe.body);
    const auto version = root->get("version");
    if (version.isString() && version.size() <= kMaxTextBytes) {
      require_same(version.extract<std::string>(), probe.version, "two readers read one version");
    }
  } catch (const Poco::Exception&) {
    // That one does not support all of JSON: NUL in a string, empty keys.
  }
}

void check(std::string_view bytes) {
  const auto gateway = GatewayUrl::parse("https://gateway.example/hermes");
  fuzz::Input input(bytes);
  constexpr int kStatus[] = {200, 200, 404, 503, 401, 302, 204, 500};
  HttpResponse response{kStatus[input.byte() % 8], "", input.headers(), std::string(input.rest())};
  Probe probe;
  try {
    probe = read_status(response, gateway);
    require(response.status == 200, "200 alone is a status");
    require_same(probe.body, response.body, "the body is kept as it came");
    check_against_poco(probe);
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(!error.needs_sign_in(), "a probe never asks for a sign-in", error.what());
  }
  check_texts(probe);
  const auto before = probe.providers;
  try {
    read_providers(response, gateway, probe);
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(probe.providers == before, "an answer that is refused changes nothing", error.what());
  }
  check_texts(probe);
  try {
    const auto health = read_health(response, gateway);
    require(!health || fuzz::read_json(response.body).is_json, "a health is JSON", response.body);
  } catch (const Error& error) {
    fuzz::require_good(error);
  }
}

fuzz::Target target() {
  return {
      check,
      {std::string("\0\n", 2) +
           R"({"version":"0.16.0","release_date":"2026.6.5","auth_required":true,"auth_providers":["b","b",""]})",
       std::string("\0\n", 2) +
           R"({"auth_flows":["cookie","native_pkce"],"install_id":"i","overall":"ok","auth_required":false,"n":[1e400,{}]})",
       std::string("\0\n", 2) +
           R"({"providers":[{"name":"basic","display_name":"Ü €","supports_password":true},{"name":"x"}],"version":"1"})",
       std::string("\0Content-Type: text/html\n\n", 26) + "<!DOCTYPE html><title>a</title>",
       "\x03\n{\"detail\":\"Auth provider 'x' unreachable\"}", "\x05Location: /login\n\n",
       "\x01\n{\"ok\":true,\"version\":\"0.21.0\",\"auth_required\":\"yes\"}"},
      {"\"version\":", "\"auth_required\":", "true", "false", "\"auth_providers\":[",
       "\"name\":", "\"auth_flows\":", "\"display_name\":", "\"providers\":[", "\\ud800", "\\u0000",
       "null", "1e400", "123456789012345678901", "{\"a\":", "[", "]", "}", "\xef\xbb\xbf"}};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(ProbeFuzz, TwoReadersOfJsonSeeTheSameGateway, pintle::target())
