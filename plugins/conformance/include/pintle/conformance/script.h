// SPDX-License-Identifier: Apache-2.0
//
// A script of answers (answers.json): the gateway, the user and the sign-ins that a conformance
// test plays with a scheme. docs/plugin-rules.md documents the format.
//
// Threads: values and pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pintle::conformance {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// What a probe of the scripted gateway finds.
struct ScriptProbe {
  bool auth_required = true;
  bool secure = true;
  int http_status = 200;
  std::string version{};
  std::vector<std::string> providers{};
  std::vector<std::string> password_providers{};
  std::vector<std::string> auth_flows{};
  std::string status_json = "{}";
  std::string profile = "hermes";
};

/// An answer, and the needs that it is for. Texts may have placeholders (templates.h).
struct ScriptAnswer {
  std::uint32_t need = 0;  ///< PINTLE_NEED_*
  std::string pattern{};   ///< "POST /login", the key, the URL or the helper; "*" at its end: any.
  bool once = false;       ///< Used for the first need that fits only.
  int status = 0;          ///< HTTP status, or exit code.
  Fields fields{};         ///< HTTP headers, inputs or cookies.
  std::vector<std::string> expires_ms{};  ///< Of each cookie.
  std::string text{};                     ///< HTTP body, query of the callback, message or output.
  std::string source = "typed";
  bool is_binary = false;
};

struct ScriptOperation {
  std::uint32_t kind = 0;     ///< PINTLE_SIGN_IN, …
  std::int64_t after_ms = 0;  ///< The clock is advanced by this before it.
};

/// One method of signing in, and what follows it.
struct Scenario {
  std::string name{};
  std::string method{};
  std::string provider{};
  bool may_ask = true;
  bool has_probe = true;  ///< Opened with a probe.
  std::vector<std::string> given{};
  ScriptProbe probe{};
  Fields settings{};
  std::vector<ScriptOperation> operations{};
  std::vector<ScriptAnswer> answers{};
};

struct Script {
  std::string base_url = "https://gateway.example/hermes";
  bool is_default = false;  ///< Made without a file: it may not fit the scheme.
  std::vector<Scenario> scenarios{};
};

/// Parses a script. Throws Error(config) with the reason if it is invalid.
Script parse_script(std::string_view json);

/// The script if none is given: every request is answered with 200 and `{}`, every input with a
/// secret, every visit with a code.
Script default_script();

}  // namespace pintle::conformance
