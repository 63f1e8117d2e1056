// SPDX-License-Identifier: Apache-2.0
//
// What is logged and counted of one exchange: its times, its bytes and its outcome.
//
// Threads: one at a time.

#pragma once

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>

#include "log/instruments.h"
#include "net/dial_times.h"
#include "net/http/http_connection.h"

namespace pintle::net {

class ExchangeRecord {
 public:
  /// All must outlive this. `begin`: when the exchange began, before a dial.
  ExchangeRecord(const Instruments& instruments, const GatewayUrl& gateway,
                 const WireRequest& request, TimePoint begin)
      : instruments_(instruments), gateway_(gateway), request_(request), begin_(begin) {}

  /// Of the dial of its connection, if no exchange before it has used that; it may have been
  /// before this exchange (`Transport::connect_ahead`).
  DialTimes dial{};
  /// An earlier exchange used the connection.
  bool reused = false;

  /// Adds what `http` moved for this exchange. Call it once for each connection that was tried.
  void moved_by(const HttpConnection& http);
  void finished(int status) const;
  /// `cancelled`: by the caller, so that nobody needs a warning.
  void failed(const Error& error, bool cancelled) const;

 private:
  void count_bytes() const;
  void write(LogLevel level, SafeText event, int status, const Error* error) const;

  const Instruments& instruments_;
  const GatewayUrl& gateway_;
  const WireRequest& request_;
  const TimePoint begin_;
  ExchangeMeter meter_;
};

/// Logs and counts a TCP connection that was opened, or was not: then with the error.
void record_connection(const Instruments& instruments, const GatewayUrl& gateway,
                       const DialTimes& times, const Error* error);

}  // namespace pintle::net
