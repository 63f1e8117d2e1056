// SPDX-License-Identifier: Apache-2.0
#include "scheme/operation_steps.h"

#include <algorithm>
#include <utility>

#include <pintle/core/base/error.h>

#include "scheme/abi_error.h"
#include "scheme/scheme_instance_state.h"

namespace pintle {
namespace {

using std::chrono::milliseconds;

std::string text_of(milliseconds time) {
  const auto ms = time.count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

// Exclusive access to a scheme instance during a call.
struct Turn {
  explicit Turn(std::shared_ptr<AuthState> of)
      : auth(std::move(of)), exclusive(auth->lock.take_exclusive()) {}

  std::shared_ptr<AuthState> auth;
  CallLock::Exclusive exclusive;
};

Error not_returned(const std::string& scheme_id, const std::string& from) {
  return Error(Layer::plugin, "the scheme " + scheme_id + " did not return " + from)
      .with_user_action()
      .with_hint(
          "Replace or remove the scheme (pintle plugins list shows its file), then restart this "
          "program.");
}

}  // namespace

void OperationStart::show_texts() {
  c.ws_url = view(ws_url);
  c.method = view(method);
  c.provider = view(provider);
  c.ws_subprotocol = view(ws_subprotocol);
  for (const auto& key : given) given_views.push_back(view(key));
  c.given = given_views.data();
  c.given_count = given_views.size();
}

void StepAnswer::show_values() {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    fields.push_back({view(keys[i]), view(values[i].reveal())});
  }
  c.fields = fields.data();
  c.field_count = fields.size();
}

StepAnswer::~StepAnswer() {
  // The body of a ticket response and a Set-Cookie are credentials.
  wipe(response.body);
  wipe(output);
}

// What a call reads and writes. Once the caller has left, only the call uses it.
struct OperationSteps::State {
  std::shared_ptr<AuthState> auth;
  pintle_operation* operation = nullptr;
  pintle_step step = sized<pintle_step>();
  pintle_error error = sized<pintle_error>();
  std::int32_t code = PINTLE_OK;

  void end() noexcept {
    if (operation != nullptr) auth->scheme.end(std::exchange(operation, nullptr));
  }
};

OperationSteps::OperationSteps(const SchemeInstance& auth, std::int64_t limit_ms,
                               net::CancelToken cancel)
    : state_(std::make_shared<State>(State{.auth = auth.state()})),
      limit_(limit_ms),
      left_(limit_ms),
      cancel_(std::move(cancel)) {}

OperationSteps::~OperationSteps() {
  if (was_left_ || state_->operation == nullptr) return;
  left_ = std::max(left_, StepRunner::kGrace);
  try {
    run([](State& state) { state.end(); });
  } catch (...) {
    // The next call into this scheme reports it.
  }
}

void OperationSteps::begin(std::shared_ptr<const OperationStart> start) {
  run([start = std::move(start)](State& state) {
    const auto& auth = *state.auth;
    state.code =
        auth.scheme.begin(auth.handle, &start->c, &state.operation, &state.step, &state.error);
    if (state.code != PINTLE_OK) state.operation = nullptr;  // a failure leaves nothing to end
  });
  if (state_->operation == nullptr) {
    throw Error(Layer::plugin,
                "the scheme " + state_->auth->scheme_id + " did not begin the operation");
  }
}

void OperationSteps::resume(std::shared_ptr<const StepAnswer> answer) {
  run([answer = std::move(answer)](State& state) {
    state.code = state.auth->scheme.resume(state.operation, &answer->c, &state.step, &state.error);
  });
}

void OperationSteps::run(Call call) {
  const auto turn = std::make_shared<Turn>(state_->auth);
  state_->step.flags = 0;
  state_->error = sized<pintle_error>();
  step_.flags = 0;
  const auto& scheme_id = state_->auth->scheme_id;
  const auto not_returned_now = [&] {
    return not_returned(scheme_id, cancel_.stop_requested()
                                       ? "from an operation that was cancelled"
                                       : "within the operation's time limit of " + text_of(limit_));
  };
  StepRunner::Step step;
  step.call = [state = state_, turn, call = std::move(call)] {
    call(*state);
    if ((state->step.flags & PINTLE_STEP_SESSION_CHANGED) != 0) ++state->auth->change;
  };
  step.leave = [&] { turn->auth->lock.abandon(not_returned_now()); };
  step.return_late = [state = state_] { state->end(); };
  const auto began = std::chrono::steady_clock::now();
  was_left_ = !runner_.run(std::move(step), left_, cancel_);
  if (was_left_) {
    if (cancel_.stop_requested()) throw Error(Layer::tcp, "the operation was cancelled");
    throw not_returned_now();
  }
  left_ -= std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
  step_ = state_->step;
  if (state_->code != PINTLE_OK) throw error_from(state_->code, state_->error, scheme_id);
}

}  // namespace pintle
