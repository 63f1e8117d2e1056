// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <pintle/doctor.h>

#include "c_api/connection_settings.h"
#include "c_api/edge.h"
#include "c_api/host.h"
#include "c_api/reply.h"
#include "c_api/secret.h"
#include "scheme/abi_error.h"

using namespace pintle;
using c_api::dereference;
using c_api::guarded;

namespace {

std::uint32_t number_of(DoctorStep::Verdict verdict) {
  switch (verdict) {
    case DoctorStep::Verdict::ok:
      return PINTLE_DOCTOR_OK;
    case DoctorStep::Verdict::warning:
      return PINTLE_DOCTOR_WARNING;
    case DoctorStep::Verdict::failed:
      return PINTLE_DOCTOR_FAILED;
    case DoctorStep::Verdict::skipped:
      break;
  }
  return PINTLE_DOCTOR_SKIPPED;
}

// A step as C sees it; `step` must outlive it.
class CStep {
 public:
  explicit CStep(const DoctorStep& step) : step_(step) {
    for (const auto& fact : step.facts) facts_.push_back({view(fact.name), view(fact.value)});
    if (step.error) failure_ = abi_error(*step.error);
  }

  pintle_doctor_step get() const {
    auto made = sized<pintle_doctor_step>();
    made.verdict = number_of(step_.verdict);
    made.id = view(step_.id);
    made.title = view(step_.title);
    made.finding = view(step_.finding);
    made.blocked_by = view(step_.blocked_by);
    made.duration_ms = step_.duration_ms;
    made.facts = facts_.data();
    made.fact_count = facts_.size();
    made.failure = failure_ ? &*failure_ : nullptr;
    made.layer = step_.error ? static_cast<std::int32_t>(step_.error->layer()) : PINTLE_OK;
    return made;
  }

 private:
  const DoctorStep& step_;
  std::vector<pintle_field> facts_;
  std::optional<pintle_error> failure_;
};

DoctorCallbacks callbacks_of(const pintle_doctor_options& given) {
  const auto call = [user = given.user](auto* function) {
    return [user, function](const DoctorStep& step) {
      const CStep in_c(step);
      const auto made = in_c.get();
      function(user, &made);
    };
  };
  DoctorCallbacks callbacks;
  if (given.on_start != nullptr) callbacks.on_start = call(given.on_start);
  if (given.on_finish != nullptr) callbacks.on_finish = call(given.on_finish);
  return callbacks;
}

}  // namespace

struct pintle_doctor {
  std::optional<ConnectionSettings> settings{};
  std::vector<DoctorStep> steps{};
  std::vector<CStep> in_c{};  // Of the steps, which do not move any more.
};

std::int32_t pintle_doctor_run(const pintle_host* host, const pintle_connection_options* options,
                               const pintle_doctor_options* doctor_options, pintle_cancel* cancel,
                               pintle_doctor** out, pintle_error* error) {
  if (out != nullptr) *out = nullptr;
  const auto stop = c_api::token(cancel);
  return guarded(error, stop, [&] {
    auto& to = dereference(out, "out");
    const auto& from = dereference(host, "host").host;
    const auto given = c_api::sized(options, "pintle_connection_options");
    const auto callbacks =
        callbacks_of(c_api::sized_or_default(doctor_options, "pintle_doctor_options"));
    auto made = std::make_unique<pintle_doctor>();
    c_api::SecretReleases releases;
    try {
      made->settings = c_api::connection_settings(given, from.options(), releases);
    } catch (const Error& invalid) {
      made->steps = diagnose_invalid_settings(invalid, callbacks);
    }
    if (made->settings) made->steps = diagnose(from, *made->settings, callbacks, stop);
    made->in_c.reserve(made->steps.size());
    for (const auto& step : made->steps) made->in_c.emplace_back(step);
    releases.adopt();
    to = made.release();
  });
}

void pintle_doctor_destroy(pintle_doctor* doctor) { delete doctor; }

std::size_t pintle_doctor_step_count(const pintle_doctor* doctor) {
  return doctor == nullptr ? 0 : doctor->steps.size();
}

std::int32_t pintle_doctor_step_at(const pintle_doctor* doctor, std::size_t index,
                                   pintle_doctor_step* step, pintle_error* error) {
  return guarded(error, [&] {
    const auto& steps = dereference(doctor, "doctor").in_c;
    if (index >= steps.size()) c_api::refuse("there is no step " + std::to_string(index));
    c_api::fill(step, steps[index].get(), "pintle_doctor_step");
  });
}

std::size_t pintle_doctor_first_failed(const pintle_doctor* doctor) {
  if (doctor == nullptr) return 0;
  const auto* failed = first_failed(doctor->steps);
  return failed == nullptr ? doctor->steps.size()
                           : static_cast<std::size_t>(failed - doctor->steps.data());
}

const char* pintle_doctor_verdict_name(std::uint32_t verdict) {
  for (const auto one : {DoctorStep::Verdict::ok, DoctorStep::Verdict::warning,
                         DoctorStep::Verdict::failed, DoctorStep::Verdict::skipped}) {
    if (number_of(one) == verdict) return name_of(one);
  }
  return "unknown";
}

std::int32_t pintle_doctor_report(const pintle_doctor* doctor, pintle_view program,
                                  std::uint32_t flags, pintle_reply** out, pintle_error* error) {
  if (out != nullptr) *out = nullptr;
  return guarded(error, [&] {
    auto& to = dereference(out, "out");
    const auto& from = dereference(doctor, "doctor");
    const DoctorReportOptions options{.program = std::string(c_api::text(program, "program")),
                                      .with_hosts = (flags & PINTLE_DOCTOR_WITH_HOSTS) != 0};
    auto reply = std::make_unique<pintle_reply>();
    reply->body = doctor_report(from.steps, from.settings ? &*from.settings : nullptr, options);
    to = reply.release();
  });
}
