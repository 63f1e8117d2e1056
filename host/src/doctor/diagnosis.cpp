// SPDX-License-Identifier: Apache-2.0
//
// The order of the steps.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include <pintle/doctor.h>

#include "connection/connection_impl.h"
#include "doctor/gateway_steps.h"
#include "doctor/live_steps.h"
#include "doctor/network_steps.h"
#include "doctor/session_steps.h"
#include "doctor/settings_step.h"
#include "doctor/step_recorder.h"

namespace pintle {

/// Host is the only one to give it away, and to this file alone.
struct HostAccess {
  static const std::shared_ptr<HostImpl>& impl_of(const Host& host) { return host.impl_; }
};

namespace {

std::chrono::milliseconds limit_of(const ConnectionSettings& settings) {
  constexpr std::int64_t kDay = 86'400'000;
  return std::chrono::milliseconds(std::clamp<std::int64_t>(settings.request_ms, 1, kDay));
}

}  // namespace

const char* name_of(DoctorStep::Verdict verdict) noexcept {
  switch (verdict) {
    case DoctorStep::Verdict::ok:
      return "ok";
    case DoctorStep::Verdict::warning:
      return "warning";
    case DoctorStep::Verdict::failed:
      return "failed";
    case DoctorStep::Verdict::skipped:
      return "skipped";
  }
  return "unknown";
}

std::vector<DoctorStep> diagnose(const Host& host, const ConnectionSettings& settings,
                                 const DoctorCallbacks& callbacks, std::stop_token cancel) {
  using doctor::StepEnd;
  doctor::StepRecorder recorder(callbacks, std::move(cancel), limit_of(settings));
  std::shared_ptr<Connection::Impl> connection;
  recorder.run("settings", [&](DoctorStep& step, const StepEnd&) {
    connection = std::make_shared<Connection::Impl>(HostAccess::impl_of(host), settings);
    recorder.hide(connection->instruments().secrets);
    doctor::show_settings(connection->context(), step);
  });
  if (!connection) {
    recorder.skip_rest();
    return recorder.take();
  }
  auto& context = connection->context();
  doctor::NetworkSteps(context.transport.settings_for(context.settings.url), [&] {
    return context.now_ms();
  }).run(recorder);
  doctor::GatewaySteps(*connection).run(recorder);
  recorder.run("store",
               [&](DoctorStep& step, const StepEnd&) { doctor::check_store(context, step); });
  recorder.run("session", [&](DoctorStep& step, const StepEnd& end) {
    doctor::check_session(*connection, step, end.cancel);
  });
  doctor::LiveSteps(connection).run(recorder);
  return recorder.take();
}

std::vector<DoctorStep> diagnose_invalid_settings(const Error& error,
                                                  const DoctorCallbacks& callbacks) {
  constexpr std::chrono::minutes kUnlimited{1};  // It takes no time.
  doctor::StepRecorder recorder(callbacks, {}, kUnlimited);
  recorder.run("settings", [&](DoctorStep&, const doctor::StepEnd&) { throw error; });
  recorder.skip_rest();
  return recorder.take();
}

const DoctorStep* first_failed(const std::vector<DoctorStep>& steps) noexcept {
  const auto found = std::find_if(steps.begin(), steps.end(), [](const DoctorStep& step) {
    return step.verdict == DoctorStep::Verdict::failed;
  });
  return found == steps.end() ? nullptr : &*found;
}

}  // namespace pintle
