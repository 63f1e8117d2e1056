// SPDX-License-Identifier: Apache-2.0
//
// A gateway profile, and the answers of a gateway that are read by it.

#include <set>

#include <pintle/core/gateway/profile.h>
#include <pintle/core/text/utf8.h>

#include "fuzz.h"
#include "json_grammar.h"

namespace pintle {
namespace {

using fuzz::require;

constexpr std::size_t kMaxTextBytes = 256;

void check_profile(const GatewayProfile& profile) {
  require(!profile.id.empty() && profile.id.size() <= 32 && !profile.is_hermes(),
          "a profile has an id of its own", profile.id);
  require(!profile.probes.empty(), "a profile asks something");
  for (const auto& probe : profile.probes) {
    require(probe.path.starts_with('/') && !probe.rules.empty() && !probe.statuses.empty(),
            "a probe asks below the gateway, and not any answer will do", probe.path);
  }
  require(profile.ready_wait_ms > 0 && profile.ready_wait_ms <= 60'000, "a wait has a limit");
}

void check_read(const GatewayProfile& profile, const Probe& read, const std::string& body) {
  require(read.profile == profile.id && read.body == body, "a probe keeps its answer");
  require(fuzz::read_json(body).is_json, "what is recognized is JSON", body);
  require(read.version.size() <= kMaxTextBytes && is_valid_utf8(read.version),
          "a version is short and UTF-8", read.version);
  std::set<std::string> names;
  for (const auto& provider : read.providers) {
    require(!provider.name.empty() && provider.name.size() <= kMaxTextBytes &&
                !provider.display_name.empty(),
            "a provider can be shown", provider.name);
  }
  require(read.providers.size() <= 64 && read.auth_flows.size() <= 64, "a list has a limit");
}

// The profile, a NUL, and the body of the answer.
void check(std::string_view bytes) {
  const auto end = bytes.find('\0');
  HttpResponse response;
  response.status = 200;
  if (end != std::string_view::npos) response.body = bytes.substr(end + 1);
  try {
    const auto profile = parse_profile(fuzz::Block(bytes.substr(0, end)).view());
    check_profile(profile);
    for (const auto& probe : profile.probes) {
      try {
        if (const auto read = read_by_profile(profile, probe, response)) {
          check_read(profile, *read, response.body);
        }
      } catch (const Error& error) {
        fuzz::require_good(error);
        require(error.layer() == Layer::protocol && !error.needs_sign_in(),
                "the answer is to blame, and never the user", error.what());
      }
    }
    holds(profile.ready_message, response.body);
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::config, "the profile is to blame", error.what());
  }
}

fuzz::Target target() {
  const std::string fixed =
      R"({"profile":1,"id":"a-1","name":"A","probes":[{"path":"/a","statuses":[200,203],)"
      R"("is":[{"at":"/type","value":"x"},{"at":""}],"auth_required":true,"version":"1",)"
      R"("providers":[{"name":"p","supports_password":true}],"auth_flows":["f"]}],)"
      R"("websocket":{"path":"/w","content":"messages","ready":"greeting","refused":[401]},)"
      R"("credential_check":"/c?x=1"})";
  const std::string read =
      R"({"profile":1,"id":"b","name":"B","probes":[{"path":"/b","is":[{"at":"/k/0"}],)"
      R"("auth_required":{"at":"/l"},"version":{"at":"/v"},"providers":{"at":"/p"},)"
      R"("auth_flows":{"at":"/f"}}],"websocket":{"content":"json-rpc",)"
      R"("ready":{"message":[{"at":"/m~1n","value":[1]}],"wait_ms":5,"optional":true}}})";
  const std::string end(1, '\0');
  return {check,
          {fixed + end + R"({"type":["x","y"],"n":1e400})",
           read + end +
               R"({"k":[1],"l":false,"v":"2","p":["a",{"name":"b","display_name":"B"}],"f":["x"]})",
           read + end + R"({"k":[1],"l":"no"})", fixed},
          {"\"at\":", "\"is\":[", "\"ready\":", "{\"at\":\"/\"}", "~0", "~1", "~2", "true", "null",
           "\"providers\":", "\"statuses\":[", "999", "-1", "\\u0000", "\"hermes\""}};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(ProfileFuzz, IsReadOrRefusedAndSoAreAnswers, pintle::target())
