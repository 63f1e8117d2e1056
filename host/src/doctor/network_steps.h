// SPDX-License-Identifier: Apache-2.0
//
// The steps below HTTP: the host's name, TCP to each of its addresses, the forward proxy, TLS.
//
// Threads: one.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <Poco/Net/IPAddress.h>
#include <Poco/Net/StreamSocket.h>

#include "doctor/step_recorder.h"
#include "net/proxy/proxy.h"
#include "net/tls/certificate_facts.h"
#include "net/transport.h"

namespace pintle::doctor {

class NetworkSteps {
 public:
  /// `now_ms` returns the Unix time in milliseconds. Throws Error(config) if a proxy of the
  /// environment is invalid.
  NetworkSteps(net::TransportSettings settings, std::function<std::int64_t()> now_ms);

  void run(StepRecorder& recorder);

 private:
  void resolve(DoctorStep& step, const StepEnd& end);
  void connect(DoctorStep& step, const StepEnd& end);
  void open_tunnel(DoctorStep& step, const StepEnd& end);
  void shake_hands(DoctorStep& step, const StepEnd& end);
  void tunnel(const StepEnd& end);
  void connect_again(const StepEnd& end);
  void shake_hands_at_first(const StepEnd& end, net::TlsFacts& facts);
  void shake_hands_within(std::chrono::milliseconds limit, const StepEnd& end,
                          net::TlsFacts& facts);
  void throw_if_other_scheme(const StepEnd& end) const;
  /// Returns "the proxy proxy.example:3128", or "gateway.example:443".
  std::string peer() const;
  /// The proxy's, if there is one.
  const std::string& peer_host() const;
  std::uint16_t peer_port() const;
  /// Returns "gateway.example:443".
  std::string authority() const;

  const net::TransportSettings settings_;
  net::ClientIdentityPtr identity_;  // The client certificate; may be null.
  const std::function<std::int64_t()> now_ms_;
  const std::optional<net::ProxySettings> proxy_;
  std::vector<Poco::Net::IPAddress> addresses_;
  std::optional<Poco::Net::StreamSocket> socket_;  // The first that connected,
  std::chrono::microseconds connected_after_{0};   // and how long that took.
};

}  // namespace pintle::doctor
