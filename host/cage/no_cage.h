// SPDX-License-Identifier: Apache-2.0
//
// What is said where there is no cage. Header-only.

#pragma once

#include <pintle/core/base/error.h>

namespace pintle::cage {

inline Error no_cage() {
  return Error(
             Layer::plugin,
             "must run in the cage, but Pintle was built without it: it needs Linux and libseccomp")
      .with_user_action()
      .with_hint("Set \"cage\": \"never\" in plugins.json if you trust this library.");
}

}  // namespace pintle::cage
