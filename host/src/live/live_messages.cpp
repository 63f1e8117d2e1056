// SPDX-License-Identifier: Apache-2.0
//
// Handles the requests of a live connection and the messages that it receives.

#include <future>
#include <utility>

#include <pintle/core/text/json.h>

#include "live/live_impl.h"

namespace pintle {
namespace {

constexpr std::size_t kMaxGreeting = 64 * 1024;

// A secret of digits may have been a number, and leaves a text that is not JSON.
std::string hidden_in_json(const KnownSecrets& secrets, std::string_view json) {
  auto hidden = secrets.hide(std::string(json));
  return hidden == json || is_json(hidden) ? hidden : "null";
}

}  // namespace

std::int64_t LiveConnection::Impl::request(std::string_view method, std::string_view params_json,
                                           const CallOptions& options, live::Done done,
                                           bool on_loop) {
  published_.throw_if_latched();
  auto call = calls_.make(method, params_json, options, std::move(done), on_loop);
  budget_.check(call.text.size());
  const auto id = call.id;
  if (loop_.is_this_thread()) {
    add_call(std::move(call));
    count_unsent();
  } else {
    budget_.posted(call.text.size());
    loop_.post([self = shared_from_this(), call = std::move(call)]() mutable {
      self->budget_.arrived(call.text.size());
      self->add_call(std::move(call));
      self->count_unsent();
      self->dispatcher_->flush();
    });
  }
  if (options.cancel.stop_possible()) {
    loop_.post([self = shared_from_this(), id, token = options.cancel] {
      self->calls_.cancel_with(id, token, [weak = self->weak_from_this(), id] {
        if (const auto impl = weak.lock()) impl->cancel(id);
      });
    });
  }
  return id;
}

void LiveConnection::Impl::cancel(std::int64_t id) {
  loop_.post([self = shared_from_this(), id] {
    self->calls_.cancel(id);
    self->count_unsent();
    self->dispatcher_->flush();
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

void LiveConnection::Impl::add_call(live::PendingCall call) {
  loop_.assert_this_thread();
  if (state_.is_latched() || left_ || closing_) {
    const auto& why = state_.state().why;
    return calls_.fail(std::move(call),
                       why ? *why : Error(Layer::websocket, "the live connection is closed"));
  }
  calls_.add(std::move(call));
  send_calls();
}

void LiveConnection::Impl::send_calls() {
  loop_.assert_this_thread();
  if (!state_.is(Kind::ready) || !ws_ || !ws_->is_open() || resuming_) return;
  calls_.send_to(*ws_);
}

void LiveConnection::Impl::count_unsent() {
  loop_.assert_this_thread();
  const auto waiting = calls_.unsent_bytes() + (ws_ ? ws_->unsent_bytes() : 0);
  budget_.count(waiting);
  ConnectionMeter::raise(instruments_.meter->send_queue_peak_bytes, waiting);
}

// Returns true if `text` is the message after which a connection of this profile is ready.
bool LiveConnection::Impl::take_ready_message(std::string_view text) {
  if (!state_.is(Kind::dialling)) return false;
  if (!holds(dial_.profile->ready_message, text)) {
    dial_.ready.received(text);
    return false;
  }
  became_ready(text.size() <= kMaxGreeting ? text : std::string_view());
  return true;
}

void LiveConnection::Impl::take_rpc(std::string_view text) {
  const auto message = engine_->resources.rpc_reader().read(text, text.size() + kPadding);
  using Read = JsonRpcMessage::Kind;
  heartbeat_.received(loop_.now());
  if (!dial_.profile->is_hermes()) {
    if (take_ready_message(text)) return;
  } else if (state_.is(Kind::dialling)) {
    const bool greeting = message.kind == Read::event && message.event_type == "gateway.ready" &&
                          message.payload.size() <= kMaxGreeting;
    became_ready(greeting ? message.payload : std::string_view());
    if (greeting || left_) return;
  }
  LiveEvent event;
  event.generation = state_.generation();
  event.json = message.payload;
  switch (message.kind) {
    case Read::result:
    case Read::error:
      return take_response(message);
    case Read::event:
      event.kind = LiveEvent::Kind::event;
      event.type = message.event_type;
      event.session_id = message.session_id;
      event.seq = message.seq;
      if (message.seq) resume_.received(message.session_id, *message.seq);
      // Some gateways send it only after the wait for it is over.
      if (message.event_type == "gateway.ready" && dial_.profile->is_hermes() &&
          state_.state().greeting.empty() && message.payload.size() <= kMaxGreeting) {
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
      if (auto call = calls_.take(message.id)) {
        return calls_.fail_malformed(std::move(*call), message.why);
      }
      event.kind = LiveEvent::Kind::malformed;
      event.text = message.why;
      break;
  }
  dispatcher_->put(event);
}

void LiveConnection::Impl::take_response(const JsonRpcMessage& message) {
  auto call = calls_.take(message.id);
  CallResult result;
  result.json = message.payload;
  std::string said;
  std::string data;
  if (message.kind == JsonRpcMessage::Kind::error) {
    result.kind = CallResult::Kind::refused;
    result.code = message.error_code;
    // An error is made for people, and will be in logs.
    const auto& secrets = *instruments_.secrets;
    result.text = said = secrets.hide(std::string(message.error_message));
    result.json = data = hidden_in_json(secrets, message.payload);
  }
  if (call) {
    if (call->is_internal && result.kind == CallResult::Kind::refused) heartbeat_.refused();
    return calls_.finish(std::move(*call), result);
  }
  // A late response to our own ping, possibly a refusal.
  if (message.id.kind == JsonRpcId::Kind::number && heartbeat_.is_own(message.id.number)) {
    if (result.kind == CallResult::Kind::refused) heartbeat_.refused();
    return;
  }
  // The response to a cancelled or unknown request: the app may want to know.
  LiveEvent event{.kind = message.kind == JsonRpcMessage::Kind::error ? LiveEvent::Kind::error
                                                                      : LiveEvent::Kind::result,
                  .generation = state_.generation()};
  event.id_json = message.id.json;
  event.code = result.code;
  event.text = result.text;
  event.json = result.json;
  dispatcher_->put(event);
}

}  // namespace pintle
