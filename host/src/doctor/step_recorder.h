// SPDX-License-Identifier: Apache-2.0
//
// Runs the steps of a diagnosis in order: takes their times, ends those that take too long, and
// skips those that depend on a failed one.
//
// Threads: one.

#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/doctor.h>

#include "base/known_secrets.h"
#include "net/watchdog.h"

namespace pintle::doctor {

/// When a step has to end.
struct StepEnd {
  /// Stopped by the app, or some time after the deadline.
  std::stop_token cancel;
  net::TimePoint deadline;
};

class StepRecorder {
 public:
  /// Sets the finding, and the facts. May set the verdict to warning with an error, or to skipped
  /// if there is nothing to do. An Error that it throws is the step's failure. It has to return by
  /// `end`; what it found after that is discarded.
  using Look = std::function<void(DoctorStep& step, const StepEnd& end)>;

  /// `limit`: for each step.
  StepRecorder(DoctorCallbacks callbacks, std::stop_token cancel, std::chrono::milliseconds limit);

  /// Runs the step, unless it depends on one that failed. `id` is one of DoctorStep::id.
  void run(std::string_view id, const Look& look);
  /// Skips every step that was not run yet.
  void skip_rest();

  /// From now on these are hidden in all texts of the steps.
  void hide(std::shared_ptr<const KnownSecrets> secrets) { secrets_ = std::move(secrets); }

  const std::stop_token& cancel() const noexcept { return cancel_; }
  std::vector<DoctorStep> take() { return std::move(steps_); }

 private:
  void look_at(DoctorStep& step, const Look& look) const;
  void finish(DoctorStep step);

  const DoctorCallbacks callbacks_;
  const std::stop_token cancel_;
  const std::chrono::milliseconds limit_;
  std::shared_ptr<const KnownSecrets> secrets_;
  std::vector<DoctorStep> steps_;
  /// For a step that failed or was skipped because of another: the id of the one that failed.
  std::map<std::string, std::string, std::less<>> blocked_by_;
};

/// Makes the step a warning with that error; its message is the finding.
void warn(DoctorStep& step, const Error& error);
/// Makes the step one that was not needed.
void not_needed(DoctorStep& step, std::string why);

}  // namespace pintle::doctor
