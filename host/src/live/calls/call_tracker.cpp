// SPDX-License-Identifier: Apache-2.0
#include "live/calls/call_tracker.h"

#include <memory>
#include <string>
#include <utility>

#include <pintle/core/text/printable.h>

namespace pintle::live {
namespace {

// The maximum handed to the WebSocket at once: the rest can still be sent after a loss.
constexpr std::size_t kMaxInWebSocket = 1 << 20;

TimePoint due_in(std::int64_t timeout_ms) {
  return timeout_ms < 0 ? kNever : Clock::now() + at_most_a_year(timeout_ms);
}

LiveEvent::Kind event_kind_of(CallResult::Kind kind) {
  switch (kind) {
    case CallResult::Kind::result:
      return LiveEvent::Kind::result;
    case CallResult::Kind::refused:
      return LiveEvent::Kind::error;
    default:
      return LiveEvent::Kind::unanswered;
  }
}

}  // namespace

CallTracker::CallTracker(Loop& loop, EventDispatcher& dispatcher, const ReconnectState& state,
                         std::function<void()> on_timeout)
    : loop_(loop),
      dispatcher_(dispatcher),
      state_(state),
      on_timeout_(std::move(on_timeout)),
      timer_(loop_, [this] { on_due(); }) {}

void CallTracker::on_due() {
  while (auto call = calls_.take_due(loop_.now())) {
    const auto timeout_ms = call->timeout_ms;
    fail(std::move(*call),
         Error(Layer::tcp, "no answer within " + std::to_string(timeout_ms) + " ms"));
  }
  timer_.set(calls_.next_due());
  on_timeout_();
}

PendingCall CallTracker::number(std::string_view method, Done done) {
  PendingCall call;
  call.id = ++last_id_;
  call.method = method;
  call.done = std::move(done);
  return call;
}

void CallTracker::encode(PendingCall& call, std::string_view params_json,
                         const CallOptions& options) {
  call.text = encode_request(call.id, call.method, params_json);
  call.timeout_ms = options.timeout_ms;
  call.due = due_in(options.timeout_ms);
  call.idempotent = options.idempotent;
}

PendingCall CallTracker::make(std::string_view method, std::string_view params_json,
                              const CallOptions& options, Done done, bool on_loop) {
  auto call = number(method, std::move(done));
  encode(call, params_json, options);
  call.on_loop = on_loop;
  return call;
}

PendingCall CallTracker::make_own(std::string_view method, TimePoint due) {
  auto call = number(method, {});
  call.text = encode_request(call.id, method);
  call.due = due;
  call.is_internal = true;
  return call;
}

void CallTracker::add(PendingCall call, bool ahead) {
  calls_.add(std::move(call), ahead);
  timer_.set(calls_.next_due());
}

void CallTracker::send_to(WsConnection& ws) {
  while (auto* call = calls_.next_unsent()) {
    if (ws.unsent_bytes() >= kMaxInWebSocket) return;  // More when it has drained.
    ws.send(ws::Opcode::text, call->text);
    calls_.sent(*call);
  }
}

void CallTracker::cancel_with(std::int64_t id, const std::stop_token& token,
                              std::function<void()> cancel) {
  auto* waiting = calls_.find(id);
  if (waiting == nullptr) return;
  waiting->on_cancel = std::make_unique<PendingCall::OnCancel>(token, std::move(cancel));
}

std::optional<PendingCall> CallTracker::take(const JsonRpcId& id) {
  return id.kind == JsonRpcId::Kind::number ? calls_.take(id.number) : std::nullopt;
}

void CallTracker::finish(PendingCall call, const CallResult& result) {
  call.on_cancel.reset();
  if (call.is_internal) return;
  if (call.done) {
    if (call.on_loop) return call.done(result);
    return dispatcher_.put(std::move(call.done), result);
  }
  LiveEvent event;
  event.kind = event_kind_of(result.kind);
  event.generation = state_.generation();
  event.id = call.id;
  event.code = result.code;
  event.json = result.json;
  event.text = result.text;
  event.failure = result.error;
  event.was_sent = result.kind == CallResult::Kind::unknown;
  dispatcher_.put(event);
}

void CallTracker::fail(PendingCall call, const Error& why) {
  Error failure(why.layer(), printable(call.method, 60) +
                                 (call.sent ? " was sent and not answered; its outcome is unknown: "
                                            : " was not sent: ") +
                                 why.message());
  failure.with_status(why.http_status()).with_hint(why.hint());
  failure.with_retry(why.can_retry()).with_sign_in(why.needs_sign_in());
  if (why.needs_user_action()) failure.with_user_action();
  CallResult result{call.sent ? CallResult::Kind::unknown : CallResult::Kind::unsent};
  result.error = &failure;
  finish(std::move(call), result);
}

// The gateway did respond, so nothing is waited for, but the outcome is unknown.
void CallTracker::fail_malformed(PendingCall call, std::string_view why) {
  const Error error(Layer::protocol, "the gateway's reply to " + printable(call.method, 60) +
                                         " is malformed: " + std::string(why));
  CallResult result{CallResult::Kind::unknown};
  result.error = &error;
  finish(std::move(call), result);
}

void CallTracker::cancel(std::int64_t id) {
  if (auto call = calls_.take(id)) {
    fail(std::move(*call), Error(Layer::tcp, "the request was cancelled"));
  }
}

void CallTracker::fail_each(std::vector<PendingCall> calls, const Error& why) {
  for (auto& call : calls) fail(std::move(call), why);
  timer_.set(calls_.next_due());
}

void CallTracker::drop(const Error& why) { fail_each(calls_.dropped(), why); }

void CallTracker::fail_all(const Error& why) { fail_each(calls_.take_all(), why); }

}  // namespace pintle::live
