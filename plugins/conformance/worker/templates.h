// SPDX-License-Identifier: Apache-2.0
//
// Placeholders in the texts of a script:
//
//     {secret.NAME}   a new secret
//     {query.NAME}    the parameter of that name in the operation's requests so far
//     {state}         the state of the browser visit
//     {redirect_uri}  where the browser comes back to
//     {now_s+N}, {now_ms+N}  the time; as a whole JSON string it becomes a number
//
// Threads: values.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "secrets.h"

namespace pintle::conformance {

struct TemplateValues {
  std::map<std::string, std::string> query{};
  std::string state{};
  std::string redirect_uri{};
  std::int64_t now_ms = 0;

  /// Remembers the parameters of a URL's query.
  void read_query(std::string_view url);
};

/// Returns `text` with its placeholders replaced. What is no placeholder stays as it is.
std::string expand(std::string_view text, const TemplateValues& values, Secrets& secrets);

}  // namespace pintle::conformance
