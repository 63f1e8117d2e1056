// SPDX-License-Identifier: Apache-2.0
//
// The steps of a live connection: the ticket, the WebSocket upgrade, gateway.ready, and the round
// trip of a request. They are the parts of one dial of a real LiveConnection.
//
// Threads: `run`, one; the dial reports its progress from a thread of the live connections.

#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "connection/connection_impl.h"
#include "doctor/step_recorder.h"

namespace pintle::doctor {

class ObservedOpener;
struct DialProgress;

class LiveSteps {
 public:
  explicit LiveSteps(std::shared_ptr<Connection::Impl> connection);
  ~LiveSteps();
  LiveSteps(const LiveSteps&) = delete;
  LiveSteps& operator=(const LiveSteps&) = delete;

  void run(StepRecorder& recorder);

 private:
  /// Throws why the dial failed before `has_come` was true.
  DialProgress wait_for_dial(const std::function<bool(const DialProgress&)>& has_come,
                             const std::stop_token& cancel);
  LiveOptions options() const;
  void wait_for_ticket(DoctorStep& step, const StepEnd& end);
  void wait_for_upgrade(DoctorStep& step, const StepEnd& end);
  void wait_for_ready(DoctorStep& step, const StepEnd& end);
  void ping(DoctorStep& step, const StepEnd& end);

  const std::shared_ptr<Connection::Impl> connection_;
  const std::shared_ptr<ObservedOpener> opener_;
  std::optional<LiveConnection> live_;
};

}  // namespace pintle::doctor
