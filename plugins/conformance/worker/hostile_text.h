// SPDX-License-Identifier: Apache-2.0
//
// Bodies and strings that break readers.
//
// Threads: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pintle::conformance {

/// Whole bodies: a name, and the text.
const std::vector<std::pair<std::string, std::string>>& hostile_bodies();

/// Values: a name, and the text.
const std::vector<std::pair<std::string, std::string>>& hostile_strings();

/// Returns JSON with every string value (not the keys) replaced; nullopt: by null. A text that is
/// not JSON is changed as far as it looks like it.
std::string with_json_strings(std::string_view json, const std::optional<std::string>& value);

/// Returns JSON with every number replaced by this text.
std::string with_json_numbers(std::string_view json, std::string_view number);

}  // namespace pintle::conformance
