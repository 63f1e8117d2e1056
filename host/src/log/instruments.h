// SPDX-License-Identifier: Apache-2.0
//
// By what a connection can be watched: its log and its counters. Header-only.
//
// Threads: any; copies share both.

#pragma once

#include <memory>

#include "log/connection_meter.h"
#include "log/log.h"

namespace pintle {

struct Instruments {
  Log log{};
  /// Never null.
  std::shared_ptr<ConnectionMeter> meter = std::make_shared<ConnectionMeter>();
};

}  // namespace pintle
