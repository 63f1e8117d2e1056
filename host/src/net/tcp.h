// SPDX-License-Identifier: Apache-2.0
//
// Connects over TCP to the first of several addresses that accepts.
//
// Threads: any.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <Poco/Net/IPAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <pintle/core/base/error.h>

#include "net/limits.h"
#include "net/watchdog.h"

namespace pintle::net {

/// The result of connecting to one address.
struct TcpAttempt {
  Poco::Net::IPAddress address;
  std::optional<Poco::Net::StreamSocket> socket{};  ///< If connected; as `connect_tcp` returns it.
  std::string failure{};                            ///< Else why: "connection refused".
  std::chrono::microseconds took{0};
};

/// Connects to one address until `deadline`. Never throws for a failed connection.
TcpAttempt try_connect(const Poco::Net::IPAddress& address, std::uint16_t port, Watch& watch,
                       TimePoint deadline);

/// Returns the Error(tcp) for attempts that all failed.
Error connect_error(const std::string& peer, const std::vector<TcpAttempt>& attempts);

/// Tries the addresses in order until `deadline`, each but the last for at most `per_address`.
/// `peer` is "host:port" for errors; `watch` is attached during the call, for its cancel. Returns a
/// blocking socket without Nagle's delay, closed in child processes. Throws Error(tcp) with the
/// result of each address.
Poco::Net::StreamSocket connect_tcp(const std::vector<Poco::Net::IPAddress>& addresses,
                                    std::uint16_t port, const std::string& peer, Watch& watch,
                                    TimePoint deadline, std::chrono::milliseconds per_address);

}  // namespace pintle::net
