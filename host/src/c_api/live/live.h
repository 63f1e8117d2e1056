// SPDX-License-Identifier: Apache-2.0
//
// A live connection of the C API.
//
// Threads: any; `next` only one at a time.

#pragma once

#include <optional>

#include <pintle/live.h>
#include <pintle/pintle.h>

#include "c_api/live/live_event.h"

struct pintle_live {
  pintle::LiveConnection live;
  std::optional<pintle::c_api::EventView> event{};  ///< The last event that `next` returned.
};
