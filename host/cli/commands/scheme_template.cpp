// SPDX-License-Identifier: Apache-2.0
#include "scheme_template.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/profile.h>
#include <pintle/core/text/printable.h>

namespace pintle::cli {
namespace {

using Replacements = std::vector<std::pair<std::string_view, std::string>>;

std::string replaced(std::string_view text, const Replacements& replacements) {
  std::string out(text);
  for (const auto& [from, to] : replacements) {
    for (auto at = out.find(from); at != std::string::npos; at = out.find(from, at)) {
      out.replace(at, from.size(), to);
      at += to.size();
    }
  }
  return out;
}

// The example's names, and what a new scheme has there. The longer ones first.
Replacements names_of(const std::string& id) {
  return {{"pintle-api-key-c", id}, {"pintle-api-key-rust", id}, {"pintle-api-key", id},
          {"api-key-python", id},   {"api_key_scheme", id},      {"\"api-key\"", "\"" + id + "\""},
          {"../scheme-cpp/", "./"}};
}

// Where a scheme of the examples says, or leaves out, for which gateway profiles it is.
Replacements naming_profile(const std::string& id) {
  const auto quoted = "\"" + id + "\"";
  return {
      // C++
      {"  static constexpr Facts facts{", "  static constexpr std::string_view profiles[] = {" +
                                              quoted + "};\n  static constexpr Facts facts{"},
      {".rules = rules,\n",
       ".rules = rules,\n                               .profiles = profiles,\n"},
      // C
      {"static const pintle_scheme scheme = {", "static const pintle_view profiles[] = {TEXT(" +
                                                    quoted +
                                                    ")};\n\nstatic const pintle_scheme scheme = {"},
      {"    NULL, /* profiles: those of \"hermes\" */\n    0,", "    profiles,\n    1,"},
      // Rust
      {"static SCHEME: ",
       "static PROFILES: Shared<[View; 1]> = Shared([view(" + quoted + ")]);\n\nstatic SCHEME: "},
      {"    profiles: ptr::null(), // those of \"hermes\"\n    profile_count: 0,",
       "    profiles: &PROFILES.0 as *const [View; 1] as *const View,\n    profile_count: 1,"},
      // Python and its manifest
      {"\"sends_secret\": True,", "\"sends_secret\": True, \"profiles\": [" + quoted + "],"},
      {"      \"sends_secret\": true,\n",
       "      \"sends_secret\": true,\n      \"profiles\": [" + quoted + "],\n"},
      // The script of answers
      {"\"probe\": {\"auth_flows\"", "\"probe\": {\"profile\": " + quoted + ", \"auth_flows\""}};
}

// It describes the practice gateway, so that the tests pass until it is filled in.
std::string profile_of(const std::string& id) {
  return replaced(R"({
  "profile": 1,
  "id": "NAME",
  "name": "NAME",
  "probes": [
    {
      "path": "/api/status",
      "is": [{"at": "/auth_flows"}, {"at": "/version"}],
      "auth_required": {"at": "/auth_required"},
      "version": {"at": "/version"},
      "auth_flows": {"at": "/auth_flows"}
    }
  ],
  "websocket": {
    "path": "/api/ws",
    "content": "json-rpc",
    "ready": {"message": [{"at": "/params/type", "value": "gateway.ready"}], "wait_ms": 5000}
  },
  "credential_check": "/api/sessions?limit=1"
}
)",
                  {{"NAME", id}});
}

void check_id(const std::string& id, const std::string& what) {
  const bool fits = !id.empty() && id.size() <= 32 && id.front() != '-' &&
                    std::all_of(id.begin(), id.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                    });
  if (fits) return;
  throw Error(Layer::config, "\"" + printable(id, 40) + "\" cannot be a " + what +
                                 "'s id: a-z, 0-9 and \"-\", 32 at most")
      .with_user_action();
}

}  // namespace

std::map<std::string, std::string> scheme_template(const std::string& id,
                                                   const std::string& language,
                                                   const std::string& profile) {
  check_id(id, "scheme");
  if (!profile.empty()) check_id(profile, "gateway profile");
  if (profile == kHermesProfile) {
    throw Error(Layer::config, "the profile hermes is built in")
        .with_user_action()
        .with_hint("Omit --profile: without one a scheme is for it.");
  }
  auto replacements = names_of(id);
  if (!profile.empty()) {
    for (auto& each : naming_profile(profile)) replacements.push_back(std::move(each));
  }
  std::map<std::string, std::string> files;
  for (const auto& file : template_files()) {
    if (file.language != language) continue;
    files.emplace(replaced(file.name, replacements), replaced(file.text, replacements));
  }
  if (files.empty()) {
    throw Error(Layer::config, "there is no template in the language " + printable(language, 20))
        .with_user_action()
        .with_hint("Choose --language cpp, c, rust or python.");
  }
  if (!profile.empty()) files.emplace(profile + ".profile.json", profile_of(profile));
  return files;
}

}  // namespace pintle::cli
