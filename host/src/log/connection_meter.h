// SPDX-License-Identifier: Apache-2.0
//
// Counts what one connection does, for ConnectionCounters. Header-only.
//
// Threads: any, concurrently: each counter is a relaxed atomic, which orders nothing else.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <pintle/counters.h>

namespace pintle {

class ConnectionMeter {
 public:
  using Cell = std::atomic<std::uint64_t>;

  static void add(Cell& cell, std::uint64_t more = 1) noexcept {
    cell.fetch_add(more, std::memory_order_relaxed);
  }
  /// Sets a cell to `value` if that is larger.
  static void raise(Cell& cell, std::uint64_t value) noexcept {
    auto now = cell.load(std::memory_order_relaxed);
    while (now < value && !cell.compare_exchange_weak(now, value, std::memory_order_relaxed)) {
    }
  }

  void count(LossCause cause) noexcept { add(losses[static_cast<std::size_t>(cause)]); }
  void count_error(Layer layer) noexcept {
    add(request_errors[ConnectionCounters::index_of(layer)]);
  }
  /// `status`: 101, or 200 to 599; any other counts as a 5xx.
  void count_response(int status) noexcept {
    const bool is_known = status >= 200 && status < 600;
    const auto index = status == 101 ? 0 : is_known ? status / 100 - 2 : 3;
    add(responses[static_cast<std::size_t>(index)]);
  }

  ConnectionCounters counters() const noexcept {
    const auto read = [](const Cell& cell) { return cell.load(std::memory_order_relaxed); };
    ConnectionCounters now;
    now.dials = read(dials);
    now.dials_failed = read(dials_failed);
    now.tickets_minted = read(tickets_minted);
    now.refreshes = read(refreshes);
    now.refreshes_failed = read(refreshes_failed);
    now.connects = read(connects);
    now.bytes_sent = read(bytes_sent);
    now.bytes_received = read(bytes_received);
    now.send_queue_peak_bytes = read(send_queue_peak_bytes);
    now.receive_queue_peak_bytes = read(receive_queue_peak_bytes);
    for (std::size_t i = 0; i < losses.size(); ++i) now.losses[i] = read(losses[i]);
    for (std::size_t i = 0; i < responses.size(); ++i) now.responses[i] = read(responses[i]);
    for (std::size_t i = 0; i < request_errors.size(); ++i) {
      now.request_errors[i] = read(request_errors[i]);
    }
    return now;
  }

  // As ConnectionCounters describes them.
  Cell dials{0};
  Cell dials_failed{0};
  Cell tickets_minted{0};
  Cell refreshes{0};
  Cell refreshes_failed{0};
  Cell connects{0};
  Cell bytes_sent{0};
  Cell bytes_received{0};
  Cell send_queue_peak_bytes{0};
  Cell receive_queue_peak_bytes{0};
  std::array<Cell, kLossCauses> losses{};
  std::array<Cell, kStatusClasses> responses{};
  std::array<Cell, ConnectionCounters{}.request_errors.size()> request_errors{};
};

}  // namespace pintle
