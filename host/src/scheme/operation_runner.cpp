// SPDX-License-Identifier: Apache-2.0
#include "scheme/operation_runner.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/text/printable.h>

#include "base/random_bytes.h"
#include "scheme/abi_error.h"
#include "scheme/abi_views.h"
#include "scheme/operation_steps.h"
#include "scheme/step_count.h"

namespace pintle {
namespace {

constexpr std::size_t kMaxSubprotocols = 8;
constexpr std::size_t kMaxSubprotocolBytes = 8 * 1024;

// The ABI has no word for a time limit that ended a step of the layer `timed_out`, and a scheme
// passes on what failed.
void resume(OperationSteps& steps, std::shared_ptr<const StepAnswer> answer,
            std::optional<Layer> timed_out) {
  try {
    steps.resume(std::move(answer));
  } catch (const Error& error) {
    if (timed_out != error.layer()) throw;
    throw Error(error).with_timeout();
  }
}

}  // namespace

OperationRunner::OperationRunner(SchemeInstance& auth, OriginTransports& transports,
                                 const ConnectionSettings& settings,
                                 std::function<std::int64_t()> now_ms,
                                 std::function<void()> store_session)
    : auth_(auth),
      transports_(transports),
      settings_(settings),
      now_ms_(std::move(now_ms)),
      store_session_(std::move(store_session)) {}

std::shared_ptr<const OperationStart> OperationRunner::start(
    const OperationArguments& arguments) const {
  auto start = std::make_shared<OperationStart>();
  start->c.operation = static_cast<std::uint32_t>(arguments.kind);
  start->c.now_ms = now_ms_();
  fill_random(start->c.random);
  start->ws_url = arguments.ws_url;
  start->method = arguments.method;
  start->provider = arguments.provider;
  start->ws_subprotocol = arguments.ws_subprotocol;
  for (const auto& input : settings_.inputs) start->given.push_back(input.first);
  if (arguments.user) {
    start->c.flags |= PINTLE_MAY_ASK;
    for (const auto& answer : arguments.user->given) start->given.push_back(answer.first);
  }
  start->show_texts();
  return start;
}

OperationOutcome OperationRunner::run(const OperationArguments& arguments,
                                      net::CancelToken cancel) {
  wait_left_ms_ = arguments.user ? arguments.user->timeout_ms : settings_.request_ms;
  OperationSteps steps(auth_, settings_.request_ms, cancel);
  const auto& step = steps.step();
  // A step may change the session and then fail (plugin.h).
  const auto store = [&] {
    if ((step.flags & PINTLE_STEP_SESSION_CHANGED) != 0) store_session_();
  };
  try {
    steps.begin(start(arguments));
  } catch (...) {
    store();
    throw;
  }
  StepCount count;
  while (count.allows(step, wait_left_ms_)) {
    store();
    if (cancel.stop_requested()) throw Error(Layer::tcp, "the operation was cancelled");
    if (step.need == PINTLE_NEED_DONE) return outcome_of(step, arguments);
    const auto made = std::make_shared<StepAnswer>();
    auto& answer = *made;
    std::optional<Layer> timed_out;
    try {
      answer_need(step, arguments, cancel, answer);
    } catch (const Error& error) {
      // A breach of the contract ends the operation. Other failures are passed to the scheme.
      if (error.layer() == Layer::plugin) throw;
      if (error.is_timeout()) timed_out = error.layer();
      answer.error = abi_error(error);
      answer.c.failure = static_cast<std::int32_t>(error.layer());
      answer.c.error = &answer.error;
      if (cancel.stop_requested()) answer.error.flags |= PINTLE_ERROR_CANCELLED;
    }
    answer.c.now_ms = now_ms_();
    fill_random(answer.c.random);
    try {
      resume(steps, made, timed_out);
    } catch (...) {
      store();
      throw;
    }
  }
  throw breach("did not finish the operation in 64 steps");
}

KnownSecrets& OperationRunner::secrets() const { return transports_.gateway().secrets(); }

Error OperationRunner::breach(const std::string& what) const {
  return Error(Layer::plugin, "the scheme " + auth_.scheme_id() + " " + what);
}

OperationOutcome OperationRunner::outcome_of(const pintle_step& step,
                                             const OperationArguments& arguments) const {
  OperationOutcome outcome;
  if (arguments.kind == OperationKind::resolve_ws_url) {
    check_ws_url(text(step.ws_url));
    outcome.subprotocols = subprotocols_of(step);
    secrets().add_query(text(step.ws_url), arguments.ws_url);
    for (const auto& name : outcome.subprotocols) secrets().add(name.reveal());
  }
  outcome.ws_url = Secret(text(step.ws_url));
  outcome.life = step.life;
  outcome.keep_until_ms = step.keep_until_ms;
  outcome.message = secrets().hide(printable(text(step.message), 400));
  return outcome;
}

std::vector<Secret> OperationRunner::subprotocols_of(const pintle_step& step) const {
  std::vector<Secret> all;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < step.ws_subprotocol_count; ++i) {
    const auto name = text(step.ws_subprotocols[i]);
    bytes += name.size();
    const bool is_new = std::none_of(all.begin(), all.end(),
                                     [&](const Secret& other) { return other.reveal() == name; });
    // The text is not shown: it may hold a credential.
    if (!is_token(name)) throw breach("offers a WebSocket subprotocol that is not a token");
    if (!is_new) throw breach("offers a WebSocket subprotocol twice");
    if (all.size() == kMaxSubprotocols || bytes > kMaxSubprotocolBytes) {
      throw breach("offers too many WebSocket subprotocols, or too long ones");
    }
    all.emplace_back(name);
  }
  return all;
}

void OperationRunner::check_ws_url(std::string_view url) const {
  const auto refuse = [&](const std::string& why) {
    return breach("returned a WebSocket URL that " + why);
  };
  const auto absolute = AbsoluteUrl::parse(url);
  if (absolute.scheme != "ws" && absolute.scheme != "wss") throw refuse("is neither ws nor wss");
  if (absolute.origin != settings_.url.origin()) {
    const auto& allowed = settings_.allowed_origins;
    if (std::find(allowed.begin(), allowed.end(), absolute.origin.text()) == allowed.end()) {
      throw refuse("has another origin, " + absolute.origin.text() +
                   ", which the settings do not allow")
          .with_hint("Allow it with --allow-origin " + absolute.origin.text() +
                     " if you trust it.");
    }
    return;
  }
  if (!absolute.target.starts_with(settings_.url.prefix() + "/")) {
    throw refuse("is outside the gateway's prefix");
  }
}

}  // namespace pintle
