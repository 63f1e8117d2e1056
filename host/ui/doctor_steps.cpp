// SPDX-License-Identifier: Apache-2.0
#include "ui/doctor_steps.h"

#include <string>

#include <pintle/doctor.h>

namespace pintle::ui {
namespace {

using Verdict = DoctorStep::Verdict;

const char* state_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "good";
    case Verdict::warning:
      return "warn";
    case Verdict::failed:
      return "bad";
    case Verdict::skipped:
      return "skip";
  }
  return "skip";
}

JsonObject finished(const DoctorStep& step) {
  auto data = ordered_object();
  data.set("name", step.title);
  data.set("state", std::string(state_of(step.verdict)));
  data.set("text", step.finding);
  if (step.error) {
    const auto error = error_json(*step.error);
    if (error.has("hint")) data.set("hint", error.get("hint"));
  }
  if (step.verdict != Verdict::skipped) data.set("ms", tenths(step.duration_ms));
  return data;
}

}  // namespace

void run_doctor(const Host& host, const ConnectionSettings& settings, EventStream& events,
                const std::stop_token& cancel) {
  DoctorCallbacks callbacks;
  callbacks.on_start = [&](const DoctorStep& step) {
    auto data = ordered_object();
    data.set("name", step.title);
    data.set("state", std::string("running"));
    events.send("step", data);
  };
  callbacks.on_finish = [&](const DoctorStep& step) { events.send("step", finished(step)); };
  const auto steps = diagnose(host, settings, callbacks, cancel);
  const auto* failed = first_failed(steps);
  auto done = ordered_object();
  done.set("good", failed == nullptr);
  done.set("text", failed == nullptr ? std::string("No step failed.")
                                     : "The step " + failed->title + " failed.");
  events.send("done", done);
}

}  // namespace pintle::ui
