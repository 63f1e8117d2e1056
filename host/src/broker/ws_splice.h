// SPDX-License-Identifier: Apache-2.0
//
// Passes the bytes of open WebSockets on between a client and the gateway, on one thread and
// without a buffer for each: close codes, compression and fragments are the two ends' own.
//
// If one end goes without a close frame, the other gets one, so that a client whose gateway is
// restarted sees a clean end and comes back.
//
// Threads: `add`, `stop` and `count` from any.

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <pintle/core/ws/ws_protocol.h>

#include "io/loop.h"
#include "net/stream.h"

namespace pintle::broker {

/// An upgraded client and its upgraded connection to the gateway.
struct SplicePair {
  net::Stream client;
  std::string client_early;  ///< Received behind the request.
  net::Stream gateway;
  std::string gateway_early;  ///< Received behind the 101.
};

class WsSplice;

/// The WebSockets of one thread.
class SpliceLoop {
 public:
  SpliceLoop();
  /// Closes all of them.
  ~SpliceLoop();
  SpliceLoop(const SpliceLoop&) = delete;
  SpliceLoop& operator=(const SpliceLoop&) = delete;

  void add(SplicePair pair);
  /// Sends a close frame (1001) both ways on each. They end when the other ends answer, and after
  /// `grace` at the latest.
  void stop(std::chrono::milliseconds grace);
  std::size_t count() const noexcept { return count_; }

 private:
  friend class WsSplice;
  void remove(WsSplice& splice) noexcept;

  std::vector<char> buffer_;
  std::unordered_map<WsSplice*, std::unique_ptr<WsSplice>> splices_;  // the loop's
  live::TimePoint stop_by_ = live::kNever;                            // the loop's
  std::atomic<std::size_t> count_{0};
  live::Loop loop_;  // Last: its remaining tasks may use the rest.
};

}  // namespace pintle::broker
