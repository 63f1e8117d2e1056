// SPDX-License-Identifier: Apache-2.0
//
// The texts in the body of a gateway's refusal. Internal to core.

#pragma once

#include <string>
#include <string_view>

namespace pintle {

struct Detail {
  bool is_object = false;  ///< The body is a JSON object, so it is from the gateway itself.
  std::string error;
  std::string reason;
  std::string detail;  ///< Empty if it is not a string: FastAPI's lists repeat what was sent.

  /// Reads at most the first 16 KiB; anything that is not a JSON object gives an empty Detail.
  static Detail of(std::string_view body);

  /// Returns `: "…"`, made printable; empty if there is no text.
  std::string suffix() const;
};

}  // namespace pintle
