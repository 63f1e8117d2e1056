// SPDX-License-Identifier: Apache-2.0
//
// The few texts that the gateway puts into a refusal's body. For the sources of core alone.

#pragma once

#include <string>
#include <string_view>

namespace pintle {

struct Detail {
  bool is_object = false;  ///< The body is a JSON object, so the gateway's own program wrote it.
  std::string error;
  std::string reason;
  std::string detail;  ///< Empty if it is no text: FastAPI's lists repeat what was sent.

  /// Reads at most the first 16 KiB; anything that is not a JSON object gives an empty Detail.
  static Detail of(std::string_view body);

  /// `, and says "…"`, made printable; empty if there is no text.
  std::string said() const;
};

}  // namespace pintle
