// SPDX-License-Identifier: Apache-2.0
//
// What a hostile or broken gateway may respond to a request: statuses, bodies, headers.
//
// Threads: pure functions.

#pragma once

#include <vector>

#include "hostile.h"

namespace pintle::conformance {

void add_responses(std::vector<Mutation>& list);

}  // namespace pintle::conformance
