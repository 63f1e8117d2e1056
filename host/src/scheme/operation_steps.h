// SPDX-License-Identifier: Apache-2.0
//
// Calls a scheme for one operation: begin, resume until done, end. Leaves a call that does not
// return, and reports it.
//
// Threads: one at a time.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/core/http/headers.h>
#include <pintle/plugin.h>

#include "net/limits.h"
#include "scheme/abi_views.h"
#include "scheme/scheme_instance.h"
#include "scheme/step_runner.h"
#include "sign_in/callback_visit.h"

namespace pintle {

/// The arguments of `begin`, and the storage that its views point to.
struct OperationStart {
  pintle_begin c = sized<pintle_begin>();
  std::string ws_url;
  std::string method;
  std::string provider;
  std::string ws_subprotocol;
  std::vector<std::string> given;
  std::vector<pintle_view> given_views;

  /// Points the views in `c` to the texts. Call it when the texts are complete.
  void show_texts();
};

/// An answer to a step, and the storage that its views point to.
struct StepAnswer {
  pintle_answer c = sized<pintle_answer>();
  pintle_error error = sized<pintle_error>();
  HttpResponse response;
  std::vector<pintle_field> fields;
  std::vector<std::string> keys;
  std::vector<Secret> values;
  std::vector<std::string> source_texts;
  std::vector<pintle_view> sources;
  std::vector<std::int64_t> cookie_expires_ms;
  CallbackVisited visited;
  Secret message;      // of a greeting
  std::string output;  // of a helper program

  StepAnswer() = default;
  StepAnswer(const StepAnswer&) = delete;
  StepAnswer& operator=(const StepAnswer&) = delete;
  ~StepAnswer();

  /// Makes `fields` views of keys and values. Call it when both are complete.
  void show_values();
};

class OperationSteps {
 public:
  /// `limit_ms`: how long the scheme may take for all steps together.
  OperationSteps(const SchemeInstance& auth, std::int64_t limit_ms, net::CancelToken cancel);
  /// Ends the operation at whichever step it is.
  ~OperationSteps();
  OperationSteps(const OperationSteps&) = delete;
  OperationSteps& operator=(const OperationSteps&) = delete;

  /// Both throw the scheme's Error. If the scheme does not return they throw Error(plugin) at the
  /// limit, or Error(tcp) on a cancel. After a throw, call nothing else.
  void begin(std::shared_ptr<const OperationStart> start);
  void resume(std::shared_ptr<const StepAnswer> answer);

  /// Returns what the scheme needs next; its views are valid until the next call. Its flags are
  /// valid after a failure too: a step may change the session and then fail.
  const pintle_step& step() const noexcept { return step_; }

 private:
  struct State;
  using Call = std::function<void(State&)>;
  void run(Call call);

  const std::shared_ptr<State> state_;
  const std::chrono::milliseconds limit_;
  std::chrono::milliseconds left_;  // of the limit
  const net::CancelToken cancel_;
  pintle_step step_ = sized<pintle_step>();
  bool was_left_ = false;
  StepRunner runner_;
};

}  // namespace pintle
