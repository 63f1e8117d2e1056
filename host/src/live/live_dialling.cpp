// SPDX-License-Identifier: Apache-2.0
//
// The state transitions of a live connection.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "live/live_impl.h"

namespace pintle {
namespace {

using std::chrono::milliseconds;

// How often to check for a sign-in elsewhere on this machine.
constexpr milliseconds kLookForCredential{3'000};

// An app's option may be of any size: a time that overflows would be in the past.
live::TimePoint later(live::TimePoint now, std::int64_t wait_ms) {
  constexpr std::chrono::days kMaxWait{365};
  return now + std::min<milliseconds>(milliseconds(wait_ms), kMaxWait);
}

}  // namespace

void LiveConnection::Impl::dial() {
  loop_.assert_this_thread();
  if (left_ || closing_) return;
  dial_.stop.request_stop();
  dial_.stop = std::stop_source();
  state_.dial(opener_->is_known());
  announce();
  if (left_) return;
  const bool begun = engine_->pool.run([self = shared_from_this(), generation = state_.generation(),
                                        cancel = dial_.stop.get_token()] {
    const auto report = [&](auto function) {
      self->loop_.post([self, function = std::move(function)]() mutable { function(*self); });
    };
    if (cancel.stop_requested()) return;
    const auto version = self->opener_->credential_version();
    const auto on_known = [&] {
      report([generation](Impl& impl) {
        if (impl.state_.generation() != generation || !impl.state_.is(Kind::probing)) return;
        impl.state_.probed();
        impl.announce();
      });
    };
    try {
      auto opened = self->opener_->open(self->options_, on_known, cancel);
      report([generation, version, opened = std::move(opened)](Impl& impl) mutable {
        impl.dial_.credential = version;
        impl.dialled(generation, std::move(opened));
      });
    } catch (const Error& error) {
      report([generation, version, error](Impl& impl) {
        impl.dial_.credential = version;
        impl.dial_failed(generation, error);
      });
    } catch (const std::exception& error) {
      report([generation, why = std::string(error.what())](Impl& impl) {
        impl.dial_failed(generation,
                         Error(Layer::config, "connecting failed: " + why).with_retry());
      });
    }
  });
  if (begun) return;
  post([this, generation = state_.generation()] {
    dial_failed(generation,
                Error(Layer::config, "cannot create a thread to connect with").with_retry());
  });
}

void LiveConnection::Impl::dialled(std::uint64_t generation, live::Opened opened) {
  if (left_ || closing_ || generation != state_.generation()) return;
  if (state_.is(Kind::probing)) state_.probed();
  dial_.reused = opened.reused;
  dial_.ready = {};
  take_profile(opened.profile);
  heartbeat_.received(loop_.now());
  live::WsConnection::Owner& me = *this;
  try {
    ws_ = std::make_unique<live::WsConnection>(
        engine_->resources, std::move(opened.stream),
        live::WsConnectionOptions{.max_message_bytes = options_.max_message_bytes,
                                  .in_pieces = dial_.content == LiveOptions::Content::pieces,
                                  .silent = milliseconds(options_.ping_after_idle_ms),
                                  .deflate = opened.deflate,
                                  .meter = instruments_.meter},
        me);
  } catch (const Error& error) {
    return dial_failed(generation, error);
  }
  if (!waits_for_message()) became_ready({});
  set_timer();
  if (ws_) ws_->start(opened.early);
}

void LiveConnection::Impl::take_profile(const std::shared_ptr<const GatewayProfile>& given) {
  static const auto kHermes = std::make_shared<const GatewayProfile>(GatewayProfile::hermes());
  using Content = LiveOptions::Content;
  dial_.profile = given ? given : kHermes;
  dial_.content = options_.content.value_or(
      dial_.profile->content == ProfileContent::json_rpc ? Content::json_rpc : Content::messages);
}

// An app that reads the messages of a Hermes gateway itself reads the first one too.
bool LiveConnection::Impl::waits_for_message() const noexcept {
  if (dial_.profile->ready != ProfileReady::message) return false;
  return dial_.content == LiveOptions::Content::json_rpc ||
         (dial_.content == LiveOptions::Content::messages && !dial_.profile->is_hermes());
}

void LiveConnection::Impl::dial_failed(std::uint64_t generation, const Error& why) {
  if (left_ || closing_ || generation != state_.generation()) return;
  state_.dial_failed(why, engine_->resources.random());
  announce();
}

void LiveConnection::Impl::became_ready(std::string_view greeting) {
  state_.ready(loop_.now(), dial_.reused, std::string(greeting));
  if (dial_.profile->is_hermes()) heartbeat_.begin(greeting);
  resuming_ = true;
  announce();
  if (!left_) resume_session();
  resuming_ = false;
  send_calls();
}

void LiveConnection::Impl::greeted_late(std::string_view greeting) {
  state_.greeted(std::string(greeting));
  published_.set_greeting(greeting);
  heartbeat_.begin(greeting);
  set_timer();
}

// A latched state waits for the user; any other that has a reason will be tried again.
void LiveConnection::Impl::log_state() const {
  const auto& state = state_.state();
  const bool is_closed = state.kind == Kind::closed;
  const auto level = !state.why                          ? LogLevel::info
                     : state_.is_latched() && !is_closed ? LogLevel::error
                                                         : LogLevel::warn;
  const auto& log = instruments_.log;
  if (!log.is_on(level)) return;
  std::vector<LogField> fields = {{"state", safe_text(name_of(state.kind))},
                                  {"generation", state.generation}};
  if (state.kind == Kind::ready) fields.push_back({"reused", state.reused_connection});
  if (state.kind == Kind::waiting) fields.push_back({"wait_ms", state.wait_ms});
  if (state.close_code != 0) fields.push_back({"close_code", state.close_code});
  if (!state.why) return log.write(level, "live", "state_changed", fields);
  log.write(level, "live", "state_changed", fields, *state.why);
}

// Publishes a new state, delivers it to the app and fails the requests that can never be sent.
void LiveConnection::Impl::announce() {
  loop_.assert_this_thread();
  published_.publish(state_.state());
  if (state_.is_latched()) {
    const auto& why = state_.state().why;
    calls_.fail_all(why ? *why : Error(Layer::websocket, "the live connection is closed"));
    count_unsent();
  }
  // A copy: a callback of the app may change the state.
  const auto announced = state_.state();
  log_state();
  dispatcher_->put(announced);
  if (left_) return;
  if (!state_.is(Kind::ready)) dispatcher_->flush();  // If ready, more follows in this round.
  set_timer();
}

void LiveConnection::Impl::set_timer() {
  const auto now = loop_.now();
  switch (state_.state().kind) {
    case Kind::dialling:
      if (!ws_) return timer_.set(live::kNever);
      return timer_.set(later(now, dial_.profile->is_hermes() ? options_.ready_timeout_ms
                                                              : dial_.profile->ready_wait_ms));
    case Kind::ready:
      return timer_.set(heartbeat_.is_on() ? now + heartbeat_.every() : live::kNever);
    case Kind::waiting:
      return timer_.set(later(now, state_.state().wait_ms) + milliseconds(1));
    case Kind::needs_sign_in:
      return timer_.set(options_.reconnect ? now + kLookForCredential : live::kNever);
    default:
      return timer_.unset();
  }
}

void LiveConnection::Impl::on_timer() {
  if (closing_ || left_) return;
  switch (state_.state().kind) {
    case Kind::dialling:
      if (!dial_.profile->ready_is_optional) {
        return ws_->give_up(dial_.ready.timed_out(*dial_.profile, *instruments_.secrets), true);
      }
      // An older gateway sends no greeting.
      became_ready({});
      return dispatcher_->flush();
    case Kind::ready:
      return beat();
    case Kind::waiting:
      return dial();
    case Kind::needs_sign_in:
      return look_for_credential();
    default:
      return;
  }
}

void LiveConnection::Impl::look_for_credential() {
  const bool begun = engine_->pool.run([self = shared_from_this()] {
    const auto version = self->opener_->credential_version();
    self->loop_.post([self, version] {
      if (!self->state_.is(Kind::needs_sign_in)) return;
      if (version != self->dial_.credential) {
        self->dial();
      } else {
        self->set_timer();
      }
    });
  });
  if (!begun) set_timer();
}

void LiveConnection::Impl::end_now() {
  loop_.assert_this_thread();
  dial_.stop.request_stop();
  state_.close({});
  announce();
}

void LiveConnection::Impl::resume_session() {
  loop_.assert_this_thread();
  auto requests = resume_.resume(loop_.now(), state_.state());
  for (auto request = requests.rbegin(); request != requests.rend(); ++request) {
    auto call = calls_.number(request->method, std::move(request->done));
    try {
      if (left_ || !ws_) throw Error(Layer::websocket, "the live connection is closed");
      calls_.encode(call, request->params_json, {});
    } catch (const Error& error) {
      calls_.fail(std::move(call), error);  // there is nobody here to throw it to
      continue;
    }
    calls_.add(std::move(call), true);
  }
}

void LiveConnection::Impl::beat() {
  loop_.assert_this_thread();
  if (!heartbeat_.is_on() || !ws_) return timer_.unset();
  const auto now = loop_.now();
  // If the app reads nothing, the gateway is not lost.
  if (ws_->is_paused()) return timer_.set(now + heartbeat_.every());
  const auto last_progress = ws_->last_progress();
  switch (heartbeat_.step(now, last_progress)) {
    case live::Heartbeat::Step::lost:
      return ws_->give_up(live::link_lost("the gateway answers no gateway.ping"), true);
    case live::Heartbeat::Step::ping: {
      auto ping = calls_.make_own("gateway.ping", now + heartbeat_.every());
      heartbeat_.ping_sent(ping.id);
      calls_.add(std::move(ping), true);
      send_calls();
      break;
    }
    case live::Heartbeat::Step::wait:
      break;
  }
  timer_.set(heartbeat_.next(now, last_progress));
}

}  // namespace pintle
