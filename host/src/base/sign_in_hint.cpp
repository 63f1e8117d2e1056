// SPDX-License-Identifier: Apache-2.0
#include "base/sign_in_hint.h"

#include <pintle/core/text/printable.h>

namespace pintle {

std::string with_sign_in_target(std::string hint, std::string_view connection) {
  constexpr std::string_view kSignIn = "(pintle sign-in)";
  const auto at = hint.find(kSignIn);
  if (at != std::string::npos && !connection.empty()) {
    hint.insert(at + kSignIn.size() - 1, " " + printable(connection));
  }
  return hint;
}

}  // namespace pintle
