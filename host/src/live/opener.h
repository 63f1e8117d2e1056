// SPDX-License-Identifier: Apache-2.0
//
// Opens WebSockets for live connections, and owns the threads that all live connections of a host
// share.
//
// Threads: as noted for each class.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <pintle/core/gateway/profile.h>
#include <pintle/core/ws/ws_deflate.h>
#include <pintle/live.h>

#include "io/loop.h"
#include "io/pool.h"
#include "live/loop_resources.h"
#include "log/instruments.h"
#include "net/stream.h"

namespace pintle::live {

/// An open WebSocket, after its 101.
struct Opened {
  net::Stream stream;
  std::string early;  ///< Bytes received together with the 101.
  bool reused = false;
  std::optional<ws::DeflateParams> deflate{};
  /// The gateway's, which says what is spoken and when the connection is ready; null: "hermes".
  std::shared_ptr<const GatewayProfile> profile{};
};

/// Threads: any, concurrently.
class Opener {
 public:
  virtual ~Opener() = default;

  /// Returns true if the gateway need not be probed before a dial.
  virtual bool is_known() = 0;
  /// Opens the WebSocket. Blocks. Calls `on_known` after the probe. Throws Error.
  virtual Opened open(const LiveOptions& options, const std::function<void()>& on_known,
                      const std::stop_token& cancel) = 0;
  /// Returns a number that changes with each sign-in, here or in another process. May block on a
  /// file.
  virtual std::uint64_t credential_version() = 0;
  /// Drops idle connections, which may be dead after the machine slept.
  virtual void forget_idle() = 0;
  /// What the live connection logs to and counts in.
  virtual Instruments instruments() = 0;
};

/// Created with a host's first live connection.
struct Engine {
  /// May be released on any thread, including its own.
  static std::shared_ptr<Engine> make(Loop::AsleepClock asleep_ms = system_asleep_ms);

  LoopResources resources;
  Loop& loop = resources.loop();
  Pool pool;

 private:
  explicit Engine(Loop::AsleepClock asleep_ms);
};

}  // namespace pintle::live
