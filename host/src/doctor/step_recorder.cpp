// SPDX-License-Identifier: Apache-2.0
#include "doctor/step_recorder.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <pintle/core/text/printable.h>

namespace pintle::doctor {
namespace {

using Verdict = DoctorStep::Verdict;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxFactBytes = 1000;

struct Row {
  std::string_view id;
  std::string_view title;
  std::string_view needs;  // The step that it depends on; empty: none.
};

// In their order.
constexpr Row kRows[] = {
    {"settings", "settings", ""},
    {"name", "host name", "settings"},
    {"tcp", "TCP", "name"},
    {"proxy", "proxy", "tcp"},
    {"tls", "TLS", "proxy"},
    {"http", "HTTP", "tls"},
    {"intermediary", "intermediary", "http"},
    {"host-guard", "host guard", "intermediary"},
    {"probe", "probe", "host-guard"},
    {"clock", "clock", "http"},
    {"scheme", "scheme", "probe"},
    {"store", "session store", "settings"},
    {"session", "session", "scheme"},
    {"ticket", "ticket", "session"},
    {"upgrade", "upgrade", "ticket"},
    {"ready", "ready", "upgrade"},
    {"ping", "ping", "ready"},
};

const Row& row_of(std::string_view id) {
  return *std::find_if(std::begin(kRows), std::end(kRows),
                       [&](const Row& row) { return row.id == id; });
}

double milliseconds_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

}  // namespace

StepRecorder::StepRecorder(DoctorCallbacks callbacks, std::stop_token cancel)
    : callbacks_(std::move(callbacks)), cancel_(std::move(cancel)) {}

void StepRecorder::run(std::string_view id, const Look& look) {
  if (cancel_.stop_requested()) return;
  const auto& row = row_of(id);
  DoctorStep step{.id = std::string(row.id), .title = std::string(row.title)};
  if (const auto cause = blocked_by_.find(row.needs); cause != blocked_by_.end()) {
    not_needed(step, "not checked, because of the failed step " + cause->second);
    blocked_by_.emplace(step.id, std::string(cause->second));
    return finish(std::move(step));
  }
  if (callbacks_.on_start) callbacks_.on_start(step);
  const auto began = Clock::now();
  try {
    look(step);
  } catch (const Error& error) {
    step.verdict = Verdict::failed;
    step.finding = error.message();
    step.error = error;
    blocked_by_.emplace(step.id, step.title);
  }
  step.duration_ms = milliseconds_since(began);
  // What a cancelled step found is only that it was cancelled.
  if (!cancel_.stop_requested()) finish(std::move(step));
}

void StepRecorder::skip_rest() {
  for (const auto& row : kRows) {
    const bool is_done = std::any_of(steps_.begin(), steps_.end(),
                                     [&](const DoctorStep& step) { return step.id == row.id; });
    if (!is_done) run(row.id, [](DoctorStep& step) { not_needed(step, "not checked"); });
  }
}

void StepRecorder::finish(DoctorStep step) {
  // Paths and headers are from outside; an error's message is printable.
  for (auto& fact : step.facts) fact.value = printable(fact.value, kMaxFactBytes);
  steps_.push_back(std::move(step));
  if (callbacks_.on_finish) callbacks_.on_finish(steps_.back());
}

void warn(DoctorStep& step, const Error& error) {
  step.verdict = Verdict::warning;
  step.finding = error.message();
  step.error = error;
}

void not_needed(DoctorStep& step, std::string why) {
  step.verdict = Verdict::skipped;
  step.finding = std::move(why);
}

}  // namespace pintle::doctor
