// SPDX-License-Identifier: Apache-2.0
//
// GoogleTest matchers for what a scheme needs, sends and reports.
//
// Header-only; needs gmock. Threads: those of GoogleTest.

/// @file
/// @snippet reference/testing.cpp matchers

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>

#include <gmock/gmock.h>

#include <pintle/plugin.h>
#include <pintle/plugin/values.h>
#include <pintle/testing/scheme_driver.h>
#include <pintle/testing/script.h>

namespace pintle::test {

inline void PrintTo(const SchemeDriver& driver, std::ostream* out) {
  if (driver.code == PINTLE_OK) {
    *out << "a scheme that needs " << need_text(driver.step);
  } else {
    *out << "a scheme that failed with " << driver.code << ": " << driver.error.message;
  }
}
inline void PrintTo(const Played& played, std::ostream* out) {
  *out << "code " << played.code << (played.message.empty() ? "" : ": ") << played.message
       << (played.differs.empty() ? "" : "; ") << played.differs;
}

/// A driver whose operation needs this request. `path` is compared without the query.
MATCHER_P2(NeedsHttp, method, path, "needs HTTP " + std::string(method) + " " + std::string(path)) {
  const auto url = text(arg.step.http_url);
  return arg.code == PINTLE_OK && arg.step.need == PINTLE_NEED_HTTP &&
         text(arg.step.http_method) == method && url.substr(0, url.find('?')) == path;
}

/// A driver whose operation needs an HTTP request with this header. The value may be a matcher.
MATCHER_P2(HasRequestHeader, name, value, "needs HTTP with the header " + std::string(name)) {
  if (arg.code != PINTLE_OK || arg.step.need != PINTLE_NEED_HTTP) return false;
  for (std::size_t i = 0; i < arg.step.http_header_count; ++i) {
    const auto& field = arg.step.http_headers[i];
    if (!plugin::same_name(text(field.name), name)) continue;
    return testing::ExplainMatchResult(value, text(field.value), result_listener);
  }
  *result_listener << "which it does not have";
  return false;
}

/// A driver whose operation needs an input of that key.
MATCHER_P(NeedsInput, key, "needs the input " + std::string(key)) {
  if (arg.code != PINTLE_OK || arg.step.need != PINTLE_NEED_INPUT) return false;
  return std::any_of(arg.step.inputs, arg.step.inputs + arg.step.input_count,
                     [&](const pintle_input& input) { return text(input.key) == key; });
}

/// A driver whose operation needs a browser at a URL. It may be a matcher.
MATCHER_P(NeedsBrowser, url, "needs a browser") {
  return arg.code == PINTLE_OK && arg.step.need == PINTLE_NEED_BROWSER &&
         testing::ExplainMatchResult(url, text(arg.step.browser_url), result_listener);
}

/// A driver whose operation is done.
MATCHER(IsDone, "is done") { return arg.code == PINTLE_OK && arg.step.need == PINTLE_NEED_DONE; }

/// A driver whose last call failed at that layer (PINTLE_LAYER_*), with a message that matches.
MATCHER_P2(FailedAt, layer, message, "failed at the layer " + testing::PrintToString(layer)) {
  return arg.code == static_cast<std::int32_t>(layer) &&
         testing::ExplainMatchResult(message, std::string(arg.error.message), result_listener);
}

/// A driver whose last call failed because the user must sign in.
MATCHER(NeedsSignIn, "needs a sign-in") {
  return arg.code != PINTLE_OK && (arg.error.flags & PINTLE_ERROR_SIGN_IN) != 0;
}

/// A driver whose last decoration has this header. The value may be a matcher.
MATCHER_P2(DecoratesWith, name, value, "decorates with the header " + std::string(name)) {
  if (arg.code != PINTLE_OK) return false;
  for (const auto& field : arg.headers) {
    if (!plugin::same_name(field.first, name)) continue;
    return testing::ExplainMatchResult(value, field.second, result_listener);
  }
  *result_listener << "which it does not have";
  return false;
}

/// A scripted operation (`play`) that finished as the script says.
MATCHER(Finishes, "finishes as scripted") {
  *result_listener << arg.message << arg.differs;
  return arg.finished();
}

/// A scripted operation that failed at that layer, with a message that matches.
MATCHER_P2(FailsAt, layer, message, "fails at the layer " + testing::PrintToString(layer)) {
  return arg.differs.empty() && arg.code == static_cast<std::int32_t>(layer) &&
         testing::ExplainMatchResult(message, arg.message, result_listener);
}

}  // namespace pintle::test
