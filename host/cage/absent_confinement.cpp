// SPDX-License-Identifier: Apache-2.0
//
// The cage where there is none.

#include <span>
#include <string>

#include <pintle/core/base/error.h>

#include "confinement.h"

namespace pintle::cage {

void confine(const std::string&, std::span<const int>) {
  throw Error(
      Layer::plugin,
      "must run in the cage, but Pintle was built without it: it needs Linux and libseccomp")
      .with_user_action()
      .with_hint("Set \"cage\": \"never\" in plugins.json if you trust this library.");
}

}  // namespace pintle::cage
