// SPDX-License-Identifier: Apache-2.0
#include "live/live_impl.h"

#include <future>
#include <utility>

#include <pintle/core/text/utf8.h>

namespace pintle {

using live::WsConnectionEnd;

namespace {

// Above this, nothing is read, even if a thread waits for a response.
constexpr std::size_t kMaxWhileWaiting = std::size_t{64} << 20;

}  // namespace

LiveConnection::Impl::Impl(std::shared_ptr<live::Engine> engine,
                           std::shared_ptr<live::Opener> opener, LiveOptions options,
                           LiveCallbacks callbacks)
    : engine_(std::move(engine)),
      loop_(engine_->loop),
      opener_(std::move(opener)),
      instruments_(opener_->instruments()),
      options_(std::move(options)),
      dispatcher_(std::make_shared<live::EventDispatcher>(std::move(callbacks),
                                                          options_.max_receive_queue_bytes)),
      budget_(options_.max_send_queue_bytes),
      state_(options_),
      calls_(loop_, *dispatcher_, state_,
             [this] {
               count_unsent();
               dispatcher_->flush();
             }),
      heartbeat_(std::chrono::milliseconds(options_.heartbeat_ms)),
      resume_(options_.on_resume),
      timer_(loop_, [this] { on_timer(); }) {}

// A connection may have to store its session on destruction, and must not do that on the I/O
// thread.
LiveConnection::Impl::~Impl() {
  auto left = std::make_unique<live::ExitGuard>();
  left->begin();
  engine_->pool.run(
      [waited_for = std::move(left), opener = std::move(opener_)]() mutable { opener.reset(); });
}

void LiveConnection::Impl::start() {
  dispatcher_->count_in(instruments_.meter);
  dispatcher_->on_drained([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->post([impl = self.get()] {
      if (impl->ws_ && !impl->dispatcher_->is_full()) impl->ws_->resume();
    });
  });
  post([this] {
    if (left_) return;
    loop_.add(static_cast<live::Loop::Sleeper&>(*this));
    dial();
  });
}

void LiveConnection::Impl::leave() {
  exit_guard_.begin();
  published_.refuse_requests();  // A `done` must not send another request.
  left_ = true;
  const auto end = [this] {
    dial_.stop.request_stop();
    calls_.fail_all(Error(Layer::websocket, "the live connection was ended by the app"));
    dispatcher_->flush();
    dispatcher_->mute();
    timer_.unset();
    calls_.stop_timer();
    loop_.remove(static_cast<live::Loop::Sleeper&>(*this));
    state_.close({});
    if (ws_) ws_->give_up(Error(Layer::websocket, "ended by the app"));
  };
  if (loop_.is_this_thread()) return end();
  std::promise<void> ended;
  post([&] {
    end();
    retired_.reset();
    ended.set_value();
  });
  ended.get_future().wait();
  dispatcher_->finish();
}

std::optional<LiveEvent> LiveConnection::Impl::next(std::int64_t timeout_ms,
                                                    const std::stop_token& cancel) {
  if (!dispatcher_->has_inbox()) {
    throw Error(Layer::config, "this live connection has callbacks, and nothing to pull");
  }
  return dispatcher_->next(timeout_ms, cancel);
}

void LiveConnection::Impl::wait_until_ready(std::int64_t timeout_ms,
                                            const std::stop_token& cancel) {
  if (loop_.is_this_thread()) throw Error(Layer::config, "the I/O thread cannot wait for itself");
  published_.wait_until_ready(timeout_ms, cancel);
}

void LiveConnection::Impl::retry_now() {
  // Never at once: a callback must see the state that it was called with.
  post([this] {
    if (state_.should_dial_now()) dial();
  });
}

void LiveConnection::Impl::credential_changed() {
  post([this] {
    if (state_.should_dial_with_new_credential()) dial();
  });
}

void LiveConnection::Impl::close(std::uint16_t code, std::string reason) {
  if (!ws::may_be_sent(static_cast<ws::CloseCode>(code)) || !is_valid_utf8(reason)) {
    throw Error(Layer::config, "a close code that may be sent and a reason of UTF-8 were expected");
  }
  post([this, code, reason = std::move(reason)] {
    if (state_.is(Kind::closed) || closing_) return;
    closing_ = true;
    published_.refuse_requests();  // Nothing more is sent; a `done` must not send another request.
    timer_.unset();
    calls_.fail_all(Error(Layer::websocket, "the live connection was closed by the app"));
    count_unsent();
    if (ws_ && ws_->is_open()) {
      ws_->close(static_cast<ws::CloseCode>(code), reason);
    } else if (!ws_) {
      end_now();
    }
    dispatcher_->flush();
  });
}

void LiveConnection::Impl::send(std::string_view bytes, bool is_text) {
  if (!published_.is_ready()) {
    throw Error(Layer::websocket, "the live connection is not ready").with_retry();
  }
  const auto opcode = is_text ? ws::Opcode::text : ws::Opcode::binary;
  budget_.check(bytes.size());
  if (loop_.is_this_thread()) {
    if (ws_) ws_->send(opcode, bytes);
    return count_unsent();
  }
  budget_.posted(bytes.size());
  post([this, opcode, message = std::string(bytes)] {
    budget_.arrived(message.size());
    if (ws_) ws_->send(opcode, message);
    count_unsent();
  });
}

bool LiveConnection::Impl::answer(std::uint64_t generation, std::string text) {
  if (!published_.is_ready(generation)) return false;
  budget_.check(text.size());
  budget_.posted(text.size());
  on_loop([this, generation, message = std::move(text)] {
    budget_.arrived(message.size());
    if (ws_ && state_.generation() == generation) ws_->send(ws::Opcode::text, message);
    count_unsent();
  });
  return true;
}

void LiveConnection::Impl::on_data(const ws::Event& data) {
  if (dial_.content == LiveOptions::Content::json_rpc) {
    if (data.opcode == ws::Opcode::text) return take_rpc(data.bytes);
    ++malformed_;
    LiveEvent event{.kind = LiveEvent::Kind::malformed, .generation = state_.generation()};
    event.text = "a binary message";
    return dispatcher_->put(event);
  }
  if (take_ready_message(data.bytes) || left_) return;
  const auto kind = dial_.content == LiveOptions::Content::pieces ? LiveEvent::Kind::piece
                                                                  : LiveEvent::Kind::message;
  dispatcher_->put_message(kind, data.bytes,
                           {data.opcode == ws::Opcode::text, data.first, data.last},
                           state_.generation());
}

void LiveConnection::Impl::on_batch_end() {
  dispatcher_->flush();
  // A thread that waits in `rpc` may be the one that would take the events before its response, so
  // reading continues, within a limit.
  if (ws_ && dispatcher_->is_full() &&
      (calls_.waited_for() == 0 || dispatcher_->queued_bytes() > kMaxWhileWaiting)) {
    ws_->pause();
  }
}

void LiveConnection::Impl::on_sent() {
  if (calls_.unsent_bytes() != 0) send_calls();
  count_unsent();
}

void LiveConnection::Impl::on_end(WsConnectionEnd end) {
  retire_connection();
  if (left_) return;
  // The gateway wrote the reason, and may have quoted the WebSocket's URL.
  const auto& secrets = *instruments_.secrets;
  end.reason = secrets.hide(std::move(end.reason));
  if (end.why) end.why = secrets.hide(*end.why);
  if (end.why && end.why->layer() == Layer::tcp && dial_.profile->is_hermes()) {
    // gateway-contract 6
    end.why->with_hint(end.why->hint() + " The gateway keeps the session for 20 seconds.");
  }
  const Error why = end.why.value_or(Error(Layer::websocket, "the live connection was closed"));
  if (state_.is(Kind::ready)) resume_.lost(loop_.now());
  calls_.drop(why);
  count_unsent();
  if (closing_) {
    state_.close({end.code, std::move(end.reason), {}});
  } else {
    instruments_.meter->count(end.cause());
    state_.lost(std::move(end), loop_.now(), engine_->resources.random());
  }
  announce();
}

// The connection is still in use while it reports its end.
void LiveConnection::Impl::retire_connection() {
  retired_ = std::move(ws_);
  post([this] { retired_.reset(); });
}

void LiveConnection::Impl::on_slept() {
  opener_->forget_idle();
  if (ws_) ws_->require_pong(std::chrono::seconds(5));
  // The network may have changed.
  if (state_.is(Kind::waiting) || state_.is(Kind::failed)) dial();
}

}  // namespace pintle
