// SPDX-License-Identifier: Apache-2.0
//
// Compares what a connection that is to be saved sets for what stands in front of its gateway with
// what the installed fronts declare.
//
// Threads: one.

#pragma once

#include <pintle/settings.h>

#include "user_host.h"

namespace pintle::cli {

/// Throws Error(config) if the front that is named is none, or if a setting is one that no
/// installed front declares, or a secret: it would be saved where anybody can read it. Which front
/// will answer need not be known yet.
void check_front(const UserHost& user, const ConnectionSettings& connection);

}  // namespace pintle::cli
