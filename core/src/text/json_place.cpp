// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <pintle/core/text/json_place.h>

#include "text/json_value.h"

namespace pintle {

std::optional<std::string> json_fault_place(std::string_view text) {
  const auto offset = json_fault(text);
  if (!offset) return std::nullopt;
  const auto before = text.substr(0, *offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto column = *offset - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return std::string(*offset >= text.size() ? "it ends too early, in " : "") + "line " +
         std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace pintle
