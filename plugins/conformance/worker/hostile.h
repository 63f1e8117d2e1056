// SPDX-License-Identifier: Apache-2.0
//
// What a hostile or broken gateway, browser or host may answer to a need.
//
// Threads: pure functions.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "step.h"

namespace pintle::conformance {

struct Mutation {
  std::string name;  ///< "answered 503"
  std::function<Answer(Answer, const Step&)> apply;
  /// It refuses nothing and tells nothing new: afterwards the same sign-in must still work.
  bool is_outage = false;
  bool lasts = false;  ///< All later needs of that kind are answered so, too.
};

/// All mutations for a need of that kind (PINTLE_NEED_*).
const std::vector<Mutation>& mutations_for(std::uint32_t need);

}  // namespace pintle::conformance
