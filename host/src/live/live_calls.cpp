// SPDX-License-Identifier: Apache-2.0
//
// The requests of a live connection, and what comes on it.

#include <algorithm>
#include <future>
#include <utility>

#include <pintle/core/text/printable.h>

#include "live/live_impl.h"

namespace pintle {
namespace {

using live::Done;
using live::PendingCall;
using std::chrono::milliseconds;

// Not all that waits is handed to the link at once: what was not may still be sent after a drop.
constexpr std::size_t kMaxInLink = 1 << 20;
constexpr std::size_t kMaxSessions = 256;
constexpr std::size_t kMaxSessionId = 256;
constexpr std::size_t kMaxGreeting = 64 * 1024;

live::TimePoint due_in(std::int64_t timeout_ms) {
  return timeout_ms < 0 ? live::kNever : live::Clock::now() + live::at_most_a_year(timeout_ms);
}

}  // namespace

std::int64_t LiveConnection::Impl::request(std::string_view method, std::string_view params_json,
                                           const CallOptions& options, Done done, bool on_loop) {
  if (live::is_latched(kind_)) {
    const auto now = state();
    if (live::is_latched(now.kind) && now.why) throw *now.why;
    if (kind_ == Kind::closed) throw Error(Layer::websocket, "the live connection is closed");
  }
  PendingCall call;
  call.id = ++last_id_;
  call.text = encode_request(call.id, method, params_json);
  check_room(call.text.size());
  call.method = method;
  call.done = std::move(done);
  call.timeout_ms = options.timeout_ms;
  call.due = due_in(options.timeout_ms);
  call.idempotent = options.idempotent;
  call.on_loop = on_loop;
  const auto id = call.id;
  if (loop_.is_this_thread()) {
    add_call(std::move(call));
    count_held();
  } else {
    unsent_bytes_ += call.text.size();
    loop_.post([self = shared_from_this(), call = std::move(call)]() mutable {
      self->arrived_bytes_ += call.text.size();
      self->add_call(std::move(call));
      self->count_held();
      self->delivery_->flush();
    });
  }
  if (options.cancel.stop_possible()) {
    loop_.post([self = shared_from_this(), id, cancel = options.cancel] {
      auto* waiting = self->calls_.find(id);
      if (waiting == nullptr) return;
      waiting->on_cancel =
          std::make_unique<PendingCall::OnCancel>(cancel, [weak = self->weak_from_this(), id] {
            if (const auto impl = weak.lock()) impl->cancel(id);
          });
    });
  }
  return id;
}

void LiveConnection::Impl::cancel(std::int64_t id) {
  loop_.post([self = shared_from_this(), id] {
    if (auto call = self->calls_.take(id)) {
      self->fail(std::move(*call), Error(Layer::tcp, "the request was cancelled"));
    }
    self->delivery_->flush();
  });
}

CallAnswer LiveConnection::Impl::ask(std::string_view method, std::string_view params_json,
                                     const CallOptions& options) {
  if (loop_.is_this_thread()) throw Error(Layer::config, "the I/O thread cannot wait for itself");
  std::promise<CallAnswer> promise;
  auto answer = promise.get_future();
  request(
      method, params_json, options,
      [&](const CallResult& result) {
        try {
          CallAnswer kept;
          kept.kind = result.kind;
          kept.code = result.code;
          kept.json = result.json;
          kept.text = result.text;
          if (result.error != nullptr) kept.error.emplace(*result.error);
          promise.set_value(std::move(kept));
        } catch (...) {
          promise.set_exception(std::current_exception());
        }
      },
      true);
  return answer.get();
}

std::string LiveConnection::Impl::rpc(std::string_view method, std::string_view params_json,
                                      const CallOptions& options) {
  const auto answer = ask(method, params_json, options);
  return result_of(
      {answer.kind, answer.code, answer.json, answer.text, answer.error ? &*answer.error : nullptr},
      method);
}

void LiveConnection::Impl::add_call(PendingCall call) {
  if (life_.is_latched() || left_ || closing_) {
    const auto& why = life_.state().why;
    return fail(std::move(call),
                why ? *why : Error(Layer::websocket, "the live connection is closed"));
  }
  calls_.add(std::move(call));
  call_timer_.set(calls_.next_due());
  send_calls();
}

void LiveConnection::Impl::send_calls() {
  if (!life_.is(Kind::ready) || !link_ || !link_->is_open() || resuming_) return;
  while (auto* call = calls_.next_unsent()) {
    if (link_->unsent_bytes() >= kMaxInLink) return;  // more when it has drained
    link_->send(ws::Opcode::text, call->text);
    calls_.sent(*call);
  }
}

void LiveConnection::Impl::finish(PendingCall call, const CallResult& result) {
  call.on_cancel.reset();
  if (call.ours) return;
  if (call.done) {
    if (call.on_loop) return call.done(result);
    return delivery_->put(std::move(call.done), result);
  }
  LiveEvent event;
  event.kind = result.kind == CallResult::Kind::result    ? LiveEvent::Kind::result
               : result.kind == CallResult::Kind::refused ? LiveEvent::Kind::error
                                                          : LiveEvent::Kind::unanswered;
  event.generation = life_.generation();
  event.id = call.id;
  event.code = result.code;
  event.json = result.json;
  event.text = result.text;
  event.failure = result.error;
  event.was_sent = result.kind == CallResult::Kind::unknown;
  delivery_->put(event);
}

// What was sent may have been carried out.
void LiveConnection::Impl::fail(PendingCall call, const Error& why) {
  Error told(why.layer(), printable(call.method, 60) +
                              (call.sent ? " was sent and not answered; its outcome is unknown: "
                                         : " was not sent: ") +
                              why.message());
  told.with_status(why.http_status()).with_hint(why.hint());
  told.with_retry(why.can_retry()).with_sign_in(why.needs_sign_in());
  if (why.needs_user_action()) told.with_user_action();
  CallResult result{call.sent ? CallResult::Kind::unknown : CallResult::Kind::unsent};
  result.error = &told;
  finish(std::move(call), result);
}

void LiveConnection::Impl::fail_all(std::vector<PendingCall> calls, const Error& why) {
  for (auto& call : calls) fail(std::move(call), why);
  call_timer_.set(calls_.next_due());
  count_held();
}

void LiveConnection::Impl::take_rpc(std::string_view text) {
  const auto message = loop_.rpc_reader().read(text, text.size() + kPadding);
  using Read = JsonRpcMessage::Kind;
  last_message_ = loop_.now();
  if (life_.is(Kind::dialling)) {
    const bool greeting = message.kind == Read::event && message.event_type == "gateway.ready" &&
                          message.payload.size() <= kMaxGreeting;
    became_ready(greeting ? message.payload : std::string_view());
    if (greeting || left_) return;
  }
  LiveEvent event;
  event.generation = life_.generation();
  event.json = message.payload;
  switch (message.kind) {
    case Read::result:
    case Read::error:
      return take_answer(message);
    case Read::event:
      event.kind = LiveEvent::Kind::event;
      event.type = message.event_type;
      event.session_id = message.session_id;
      event.seq = message.seq;
      if (message.seq && options_.on_resume && message.session_id.size() <= kMaxSessionId) {
        if (const auto known = last_seq_.find(message.session_id); known != last_seq_.end()) {
          known->second = *message.seq;
        } else {
          if (last_seq_.size() == kMaxSessions) last_seq_.erase(last_seq_.begin());
          last_seq_.emplace(message.session_id, *message.seq);
        }
      }
      // Some take longer for it than one waits.
      if (message.event_type == "gateway.ready" && life_.state().greeting.empty() &&
          message.payload.size() <= kMaxGreeting) {
        greeted_late(message.payload);
      }
      break;
    case Read::request:
    case Read::notification:
      event.kind =
          message.kind == Read::request ? LiveEvent::Kind::request : LiveEvent::Kind::notification;
      event.id_json = message.id.json;
      event.type = message.method;
      break;
    case Read::malformed:
      ++malformed_;
      if (auto call = call_of(message.id)) return fail_malformed(std::move(*call), message.why);
      event.kind = LiveEvent::Kind::malformed;
      event.text = message.why;
      break;
  }
  delivery_->put(event);
}

std::optional<PendingCall> LiveConnection::Impl::call_of(const JsonRpcId& id) {
  return id.kind == JsonRpcId::Kind::number ? calls_.take(id.number) : std::nullopt;
}

// It was answered, so there is nothing to wait for; with what, nobody can tell.
void LiveConnection::Impl::fail_malformed(PendingCall call, std::string_view why) {
  const Error error(Layer::protocol, "the gateway's reply to " + printable(call.method, 60) +
                                         " is malformed: " + std::string(why));
  CallResult result{CallResult::Kind::unknown};
  result.error = &error;
  finish(std::move(call), result);
}

void LiveConnection::Impl::take_answer(const JsonRpcMessage& message) {
  auto call = call_of(message.id);
  CallResult result;
  result.json = message.payload;
  if (message.kind == JsonRpcMessage::Kind::error) {
    result.kind = CallResult::Kind::refused;
    result.code = message.error_code;
    result.text = message.error_message;
  }
  if (call) {
    if (call->ours && result.kind == CallResult::Kind::refused) beats_ = false;
    return finish(std::move(*call), result);
  }
  // A late one to our own ping: it lives.
  if (ping_id_ != 0 && message.id.kind == JsonRpcId::Kind::number &&
      message.id.number == ping_id_) {
    if (result.kind == CallResult::Kind::refused) beats_ = false;
    return;
  }
  // Given up already, or to nobody's request: the app may want to know.
  LiveEvent event{.kind = message.kind == JsonRpcMessage::Kind::error ? LiveEvent::Kind::error
                                                                      : LiveEvent::Kind::result,
                  .generation = life_.generation()};
  event.id_json = message.id.json;
  event.code = result.code;
  event.text = result.text;
  event.json = result.json;
  delivery_->put(event);
}

void LiveConnection::Impl::resume_session() {
  const auto lost_at = std::exchange(lost_at_, live::kNever);
  if (lost_at == live::kNever || !options_.on_resume) return last_seq_.clear();
  Resumption resumption;
  resumption.away_ms = std::chrono::duration_cast<milliseconds>(loop_.now() - lost_at).count();
  resumption.generation = life_.generation();
  const auto greeting = life_.state().greeting;
  resumption.greeting = greeting;
  resumption.last_seq = &last_seq_;
  auto requests = options_.on_resume(resumption);
  last_seq_.clear();
  for (auto request = requests.rbegin(); request != requests.rend(); ++request) {
    PendingCall call;
    call.id = ++last_id_;
    call.method = request->method;
    call.done = std::move(request->done);
    call.timeout_ms = CallOptions().timeout_ms;
    call.due = loop_.now() + milliseconds(call.timeout_ms);
    try {
      if (left_ || !link_) throw Error(Layer::websocket, "the live connection is closed");
      call.text = encode_request(call.id, request->method, request->params_json);
    } catch (const Error& error) {
      fail(std::move(call), error);  // there is nobody here to throw it to
      continue;
    }
    calls_.add(std::move(call), true);
  }
  call_timer_.set(calls_.next_due());
}

// A proxy may answer pings for a gateway that hangs.
void LiveConnection::Impl::beat() {
  const milliseconds every(options_.heartbeat_ms);
  if (!beats_ || !link_) return timer_.unset();
  // A large message that comes or goes slowly is life too, and an app that takes nothing no death.
  if (link_->is_paused()) return timer_.set(loop_.now() + every);
  const auto last = std::max(last_message_, link_->last_progress());
  const auto silence = loop_.now() - last;
  if (silence >= 2 * every) {
    return link_->give_up(live::link_lost("the gateway answers no gateway.ping"));
  }
  if (silence >= every) {
    PendingCall call;
    call.id = ping_id_ = ++last_id_;
    call.method = "gateway.ping";
    call.text = encode_request(call.id, call.method);
    call.due = loop_.now() + every;
    call.ours = true;
    calls_.add(std::move(call), true);
    send_calls();
    call_timer_.set(calls_.next_due());
  }
  timer_.set(silence >= every ? loop_.now() + every : last + every);
}

}  // namespace pintle
