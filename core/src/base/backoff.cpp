// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <pintle/core/base/backoff.h>
#include <pintle/core/base/error.h>

namespace pintle {

Backoff::Backoff(const Options& options) : options_(options) {
  if (options.first_ms < 1 || options.cap_ms < options.first_ms || options.factor < 1) {
    throw Error(
        Layer::config,
        "invalid backoff: the initial wait must be at least 1 ms, the maximum no less than that, "
        "and the factor at least 1");
  }
}

std::int64_t Backoff::next_delay_ms(std::uint64_t random, std::int64_t floor_ms) noexcept {
  const std::int64_t whole = whole_ms_;
  // Divided instead of multiplied, so that no option can overflow.
  whole_ms_ = whole > options_.cap_ms / options_.factor ? options_.cap_ms : whole * options_.factor;
  const std::int64_t min_delay = options_.jitter == Jitter::full ? 0 : whole / 2;
  const auto span = static_cast<std::uint64_t>(whole - min_delay) + 1;
  return std::max(min_delay + static_cast<std::int64_t>(random % span), floor_ms);
}

}  // namespace pintle
