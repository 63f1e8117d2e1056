// SPDX-License-Identifier: Apache-2.0
//
// The doctor: its steps as objects of JavaScript.
#include <memory>
#include <utility>

#include "connection.h"
#include "connection_options.h"
#include "values.h"

namespace pintle_node {
namespace {

struct Diagnosis {
  explicit Diagnosis(const Napi::Object& given, std::shared_ptr<Questions> questions)
      : options(given, std::move(questions)) {}
  Diagnosis(const Diagnosis&) = delete;
  Diagnosis& operator=(const Diagnosis&) = delete;
  ~Diagnosis() { pintle_doctor_destroy(doctor); }

  ConnectionOptions options;
  pintle_doctor* doctor = nullptr;
};

Outcome run(const HostHandle& host, Diagnosis& diagnosis, pintle_cancel* cancel) {
  Outcome outcome{.error = sized<pintle_error>()};
  outcome.layer = pintle_doctor_run(host.get(), &diagnosis.options.get(), nullptr, cancel,
                                    &diagnosis.doctor, &outcome.error);
  if (outcome.layer != PINTLE_OK) return outcome;
  diagnosis.options.taken();
  pintle_reply* report = nullptr;
  outcome.layer = pintle_doctor_report(diagnosis.doctor, {}, 0, &report, &outcome.error);
  outcome.reply.reset(report);
  return outcome;
}

napi_value step_value(napi_env env, const pintle_doctor_step& step) {
  napi_value made = nullptr;
  if (napi_create_object(env, &made) != napi_ok) return undefined(env);
  set(env, made, "id", string_value(env, step.id));
  set(env, made, "title", string_value(env, step.title));
  set(env, made, "verdict",
      string_value(env, pintle_text(pintle_doctor_verdict_name(step.verdict))));
  set(env, made, "finding", string_value(env, step.finding));
  if (step.blocked_by.size > 0) set(env, made, "blockedBy", string_value(env, step.blocked_by));
  set(env, made, "durationMs", number_value(env, step.duration_ms));
  napi_value facts = nullptr;
  if (napi_create_array(env, &facts) == napi_ok) {
    for (std::size_t i = 0; i < step.fact_count; ++i) {
      const auto at = static_cast<std::uint32_t>(2 * i);
      napi_set_element(env, facts, at, string_value(env, step.facts[i].name));
      napi_set_element(env, facts, at + 1, string_value(env, step.facts[i].value));
    }
    set(env, made, "facts", facts);
  }
  if (step.failure != nullptr)
    set(env, made, "failure", error_value(env, step.layer, *step.failure));
  return made;
}

}  // namespace

Napi::Value doctor(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto id = info[1].As<Napi::Number>().DoubleValue();
  auto& environment = Environment::of(env);
  const auto diagnosis =
      std::make_shared<Diagnosis>(info[2].As<Napi::Object>(), environment.questions());
  auto made = std::make_unique<ThreadOperation>(
      env, id,
      [host = HostBox::of(info[0]), diagnosis](pintle_cancel* cancel) {
        return run(host, *diagnosis, cancel);
      },
      [diagnosis](napi_env to, Outcome outcome, Result& values) {
        fill_in(to, std::move(outcome), Shape::text, values);
        if (diagnosis->doctor == nullptr || napi_create_array(to, &values[4]) != napi_ok) return;
        const auto count = pintle_doctor_step_count(diagnosis->doctor);
        for (std::size_t i = 0; i < count; ++i) {
          auto step = sized<pintle_doctor_step>();
          if (pintle_doctor_step_at(diagnosis->doctor, i, &step, nullptr) != PINTLE_OK) continue;
          napi_set_element(to, values[4], static_cast<std::uint32_t>(i), step_value(to, step));
        }
      });
  auto& operation = *made;
  environment.add(std::move(made), id);
  environment.start(operation);
  return env.Undefined();
}

}  // namespace pintle_node
