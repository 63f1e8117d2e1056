// SPDX-License-Identifier: Apache-2.0
//
// Counts what a broker does. Header-only.
//
// Threads: any.

#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <pintle/broker.h>

namespace pintle::broker {

struct BrokerMeter {
  using Count = std::atomic<std::uint64_t>;
  Count connections{0};
  Count connections_refused{0};
  Count requests{0};
  Count requests_refused{0};
  Count requests_invalid{0};
  Count requests_failed{0};
  Count websockets{0};
  Count connections_open{0};
  Count requests_open{0};

  static void add(Count& count) noexcept { count.fetch_add(1, std::memory_order_relaxed); }
  static void subtract(Count& count) noexcept { count.fetch_sub(1, std::memory_order_relaxed); }
};

/// Returns the counters in the text format 0.0.4 of Prometheus.
std::string metrics_text(const BrokerCounters& counters);

}  // namespace pintle::broker
