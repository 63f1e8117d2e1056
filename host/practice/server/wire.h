// SPDX-License-Identifier: Apache-2.0
//
// The bytes of one accepted connection, over TCP or TLS.
//
// Threads: one thread reads and writes; `cut` may be called from any.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <Poco/Net/StreamSocket.h>

#include "base/mutex.h"

namespace pintle::practice {

class Wire {
 public:
  Wire(const Poco::Net::StreamSocket& socket, std::uint64_t number, bool secure);
  ~Wire() { close(); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  std::uint64_t number() const noexcept { return number_; }
  bool secure() const noexcept { return secure_; }
  /// Returns the peer's address, without the port.
  const std::string& peer() const noexcept { return peer_; }

  enum class Read { bytes, timeout, end };
  /// Waits at most `timeout_ms` for bytes and appends them to `pending`. An error of the connection
  /// ends it.
  Read fill(std::int64_t timeout_ms);
  /// Received bytes that have not been taken.
  std::string& pending() noexcept { return pending_; }

  /// Writes all of it; returns false if the connection has ended.
  bool send(std::string_view bytes);

  /// Ends the connection at the TCP level, in both directions and at once: wakes any waiting
  /// thread.
  void cut() noexcept;
  /// Ends it cleanly: over TLS with an alert.
  void close() noexcept;

 private:
  Poco::Net::StreamSocket socket_;
  const std::uint64_t number_;
  const bool secure_;
  const int descriptor_;
  std::string peer_;
  std::string pending_;
  Mutex mutex_;  // Guards open_, so that cut() never meets a descriptor that is someone else's.
  bool open_ PINTLE_GUARDED_BY(mutex_) = true;
  bool broken_ = false;
};

}  // namespace pintle::practice
