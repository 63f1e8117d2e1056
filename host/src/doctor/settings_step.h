// SPDX-License-Identifier: Apache-2.0
//
// The first step: the settings could be used, and what they are.
//
// Threads: one.

#pragma once

#include "connection/connection_context.h"
#include "doctor/step_recorder.h"

namespace pintle::doctor {

/// Names every setting that is not its default, and no secret. Reads no secret either.
void show_settings(const ConnectionContext& context, DoctorStep& step);

}  // namespace pintle::doctor
