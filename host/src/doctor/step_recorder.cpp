// SPDX-License-Identifier: Apache-2.0
#include "doctor/step_recorder.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include <pintle/core/text/printable.h>

#include "doctor/step_timer.h"
#include "log/log.h"

namespace pintle::doctor {
namespace {

using Verdict = DoctorStep::Verdict;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kMaxFactBytes = 1000;
// The parts of a step have the same limit, and their errors say more than one of the whole step.
constexpr milliseconds kGrace{500};

struct Row {
  std::string_view id;
  std::string_view title;
  std::string_view needs;  // The step that it depends on; empty: none.
  const char* hint;        // For an error that has none of its own.
};

// In their order.
constexpr Row kRows[] = {
    {"settings", "settings", "",
     "Correct that setting: pintle list --json shows those of a saved connection."},
    {"name", "host name", "settings", "Check the spelling of the host, and this machine's DNS."},
    {"tcp", "TCP", "name",
     "Check that the gateway is running, and that the host and port are right."},
    {"proxy", "proxy", "tcp", "Check the proxy's address, or use none (--proxy \"\")."},
    {"tls", "TLS", "proxy", "Check the server's certificate and its TLS settings."},
    {"http", "HTTP", "tls", "Check the gateway's log, and that the port is the dashboard's."},
    {"intermediary", "intermediary", "http", "Check what stands in front of the gateway."},
    {"host-guard", "host guard", "intermediary",
     "Use the host name that the gateway was started with."},
    {"probe", "probe", "host-guard",
     "Check the URL, with its port and path prefix, and the gateway's log."},
    {"clock", "clock", "http", "Correct the clock that is wrong."},
    {"scheme", "scheme", "probe", "Compare with pintle plugins list."},
    {"store", "session store", "settings",
     "Check the folder's owner and mode, and the free disk space."},
    {"session", "session", "scheme",
     "Sign in (pintle sign-in), or correct the credential of the settings."},
    {"ticket", "ticket", "session",
     "Sign in again (pintle sign-in); if that does not help, check the gateway's log."},
    {"upgrade", "upgrade", "ticket",
     "Check the reverse proxy's settings for WebSockets, and the gateway's log."},
    {"ready", "ready", "upgrade", "Check the gateway's log, and any proxy in front of it."},
    {"ping", "ping", "ready", "Check the gateway's log, and any proxy in front of it."},
};

const Row& row_of(std::string_view id) {
  return *std::find_if(std::begin(kRows), std::end(kRows),
                       [&](const Row& row) { return row.id == id; });
}

Error too_late(const DoctorStep& step, milliseconds limit, const std::optional<Error>& failure) {
  return Error(failure ? failure->layer() : Layer::tcp,
               "not finished within " + std::to_string(limit.count()) + " ms")
      .with_retry()
      .with_timeout()
      .with_hint(std::string(row_of(step.id).hint) + " Allow more time with --timeout.");
}

void hide_in(DoctorStep& step, const KnownSecrets& secrets) {
  step.finding = secrets.hide(std::move(step.finding));
  if (step.error) step.error = secrets.hide(*step.error);
  for (auto& fact : step.facts) fact.value = secrets.hide(std::move(fact.value));
}

}  // namespace

StepRecorder::StepRecorder(DoctorCallbacks callbacks, std::stop_token cancel, milliseconds limit)
    : callbacks_(std::move(callbacks)), cancel_(std::move(cancel)), limit_(limit) {}

void StepRecorder::run(std::string_view id, const Look& look) {
  if (cancel_.stop_requested()) return;
  const auto& row = row_of(id);
  DoctorStep step{.id = std::string(row.id), .title = std::string(row.title)};
  if (const auto cause = blocked_by_.find(row.needs); cause != blocked_by_.end()) {
    step.blocked_by = cause->second;
    not_needed(step, "not checked, because of the failed step " +
                         std::string(row_of(step.blocked_by).title));
    blocked_by_.emplace(step.id, step.blocked_by);
    return finish(std::move(step));
  }
  if (callbacks_.on_start) callbacks_.on_start(step);
  try {
    look_at(step, look);
  } catch (const Error& error) {
    step.verdict = Verdict::failed;
    step.finding = error.message();
    step.error = error;
    blocked_by_.emplace(step.id, step.id);
  }
  // What a cancelled step found is only that it was cancelled.
  if (!cancel_.stop_requested()) finish(std::move(step));
}

void StepRecorder::look_at(DoctorStep& step, const Look& look) const {
  std::optional<StepTimer> timer;
  try {
    timer.emplace(cancel_, limit_ + kGrace);
  } catch (const std::system_error&) {
    throw Error(Layer::config, "cannot create a thread")
        .with_hint("Check the limits of this user's processes (ulimit -u).");
  }
  std::optional<Error> failure;
  const auto began = Clock::now();
  try {
    look(step, {timer->token(), began + limit_});
  } catch (const Error& error) {
    failure = error;
  }
  step.duration_ms =
      milliseconds_of(Clock::now() - began);  // without the end of the timer's thread
  if (timer->is_over()) throw too_late(step, limit_, failure);
  if (failure) throw *failure;
}

void StepRecorder::skip_rest() {
  for (const auto& row : kRows) {
    const bool is_done = std::any_of(steps_.begin(), steps_.end(),
                                     [&](const DoctorStep& step) { return step.id == row.id; });
    if (is_done) continue;
    run(row.id, [](DoctorStep& step, const StepEnd&) { not_needed(step, "not checked"); });
  }
}

void StepRecorder::finish(DoctorStep step) {
  if (step.error && step.error->hint().empty()) step.error->with_hint(row_of(step.id).hint);
  // Paths and headers are from outside; an error's message is printable.
  for (auto& fact : step.facts) fact.value = printable(fact.value, kMaxFactBytes);
  if (secrets_) hide_in(step, *secrets_);
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
