// SPDX-License-Identifier: Apache-2.0
//
// By what a connection can be watched: its log and its counters, and the secrets that neither may
// show. Header-only.
//
// Threads: any; copies share all of it.

#pragma once

#include <memory>

#include "base/known_secrets.h"
#include "log/connection_meter.h"
#include "log/log.h"

namespace pintle {

struct Instruments {
  Log log{};
  /// Neither is ever null.
  std::shared_ptr<ConnectionMeter> meter = std::make_shared<ConnectionMeter>();
  std::shared_ptr<KnownSecrets> secrets = std::make_shared<KnownSecrets>();
};

}  // namespace pintle
