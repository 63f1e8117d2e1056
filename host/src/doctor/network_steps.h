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
  void resolve(DoctorStep& step, const std::stop_token& cancel);
  void connect(DoctorStep& step, const std::stop_token& cancel);
  void open_tunnel(DoctorStep& step, const std::stop_token& cancel);
  void shake_hands(DoctorStep& step, const std::stop_token& cancel);
  void tunnel(const std::stop_token& cancel);
  void connect_again(const std::stop_token& cancel);
  void shake_hands_at_first(const std::stop_token& cancel, net::TlsFacts& facts);
  void shake_hands_within(std::chrono::milliseconds limit, const std::stop_token& cancel,
                          net::TlsFacts& facts);
  void throw_if_other_scheme(const std::stop_token& cancel) const;
  /// Returns "the proxy proxy.example:3128", or "gateway.example:443".
  std::string peer() const;
  /// Returns "gateway.example:443".
  /// The proxy's, if there is one.
  const std::string& peer_host() const;
  std::uint16_t peer_port() const;
  std::string authority() const;

  const net::TransportSettings settings_;
  const std::function<std::int64_t()> now_ms_;
  const std::optional<net::ProxySettings> proxy_;
  std::vector<Poco::Net::IPAddress> addresses_;
  std::optional<Poco::Net::StreamSocket> socket_;  // The first that connected.
};

}  // namespace pintle::doctor
