// SPDX-License-Identifier: Apache-2.0
//
// The text format of Prometheus (exposition format 0.0.4). Header-only.
//
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

namespace pintle {

/// Appends the lines before the samples of a metric. `type`: "counter" or "gauge".
inline void append_metric_head(std::string& text, std::string_view name, std::string_view type,
                               std::string_view help) {
  text.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

}  // namespace pintle
