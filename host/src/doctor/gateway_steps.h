// SPDX-License-Identifier: Apache-2.0
//
// The steps without a credential: who answers, what the gateway is, its clock, and the scheme that
// signs in to it.
//
// Threads: one.

#pragma once

#include <cstdint>
#include <optional>

#include <pintle/probe_cache.h>

#include "connection/connection_impl.h"
#include "doctor/step_recorder.h"

namespace pintle::doctor {

class GatewaySteps {
 public:
  /// `connection` must outlive this.
  explicit GatewaySteps(Connection::Impl& connection) : connection_(connection) {}

  void run(StepRecorder& recorder);

 private:
  void ask(DoctorStep& step, const std::stop_token& cancel);
  void read(const std::stop_token& cancel);
  void find_intermediary(DoctorStep& step) const;
  void check_host(DoctorStep& step) const;
  void show_probe(DoctorStep& step) const;
  void compare_clocks(DoctorStep& step) const;
  void choose(DoctorStep& step, const std::stop_token& cancel);

  const GatewayUrl& url() const { return connection_.context().settings.url; }

  Connection::Impl& connection_;
  ProbeAnswers answers_{};
  std::int64_t asked_ms_ = 0;  // By this machine's clock.
  std::int64_t answered_ms_ = 0;
  std::optional<Probe> probe_;
  std::optional<Error> failure_;  // Why there is no probe.
  bool is_elsewhere_ = false;     // The failure: the gateway is at another path.
};

}  // namespace pintle::doctor
