// SPDX-License-Identifier: Apache-2.0
//
// The calls of one operation into its scheme: begin, resume after resume, end. A scheme that does
// not return from one of them is left there and reported.
//
// Threads: used by one thread at a time.

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

/// What an operation begins with, and what its views point to.
struct OperationStart {
  pintle_begin c = sized<pintle_begin>();
  std::string ws_url;
  std::string method;
  std::string provider;
  std::vector<std::string> given;
  std::vector<pintle_view> given_views;

  /// To be called when the texts are complete: `c` has views of them.
  void show_texts();
};

/// An answer to a step, and what its views point to.
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

  StepAnswer() = default;
  StepAnswer(const StepAnswer&) = delete;
  StepAnswer& operator=(const StepAnswer&) = delete;
  ~StepAnswer();

  /// To be called when keys and values are complete: fields are views of them.
  void show_values();
};

class OperationSteps {
 public:
  /// `limit_ms`: how long the scheme may be at work in all steps together.
  OperationSteps(const SchemeInstance& auth, std::int64_t limit_ms, net::CancelToken cancel);
  /// Ends the operation, wherever it is.
  ~OperationSteps();
  OperationSteps(const OperationSteps&) = delete;
  OperationSteps& operator=(const OperationSteps&) = delete;

  /// Both throw the scheme's Error. If the scheme does not return: Error(plugin) after the limit,
  /// Error(tcp) if cancelled. After a throw nothing else may be called.
  void begin(std::shared_ptr<const OperationStart> start);
  void resume(std::shared_ptr<const StepAnswer> answer);

  /// What the scheme needs next; its views hold until the next call. Its flags are valid after a
  /// failure as well: the scheme may have changed the session before it failed.
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
