// SPDX-License-Identifier: Apache-2.0
#include "live/live_impl.h"

#include <future>
#include <utility>

#include <pintle/core/text/printable.h>
#include <pintle/core/text/utf8.h>

namespace pintle {

using live::WsConnectionEnd;

namespace {

// Above it nothing is read, even where somebody waits for an answer.
constexpr std::size_t kMaxWhileWaiting = std::size_t{64} << 20;

}  // namespace

LiveConnection::Impl::Impl(std::shared_ptr<live::Engine> engine,
                           std::shared_ptr<live::Opener> opener, LiveOptions options,
                           LiveCallbacks callbacks)
    : engine_(std::move(engine)),
      loop_(engine_->loop),
      opener_(std::move(opener)),
      options_(std::move(options)),
      delivery_(std::make_shared<live::EventDispatcher>(std::move(callbacks),
                                                        options_.max_receive_queue_bytes)),
      life_(options_),
      timer_(loop_, [this] { on_timer(); }),
      call_timer_(loop_, [this] {
        while (auto call = calls_.take_due(loop_.now())) {
          const auto timeout_ms = call->timeout_ms;
          fail(std::move(*call),
               Error(Layer::tcp, "no answer within " + std::to_string(timeout_ms) + " ms"));
        }
        call_timer_.set(calls_.next_due());
        delivery_->flush();
      }) {}

// A connection may have to store its session when it dies, and must not do that on the I/O thread.
LiveConnection::Impl::~Impl() {
  auto left = std::make_unique<live::ExitGuard>();
  left->begin();
  engine_->pool.run(
      [waited_for = std::move(left), opener = std::move(opener_)]() mutable { opener.reset(); });
}

void LiveConnection::Impl::start() {
  delivery_->on_room([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->post([impl = self.get()] {
      if (impl->link_ && !impl->delivery_->is_full()) impl->link_->resume();
    });
  });
  post([this] {
    if (left_) return;
    loop_.add(static_cast<live::Loop::Sleeper&>(*this));
    dial();
  });
}

LiveState LiveConnection::Impl::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void LiveConnection::Impl::leave() {
  exit_guard_.begin();
  kind_ = Kind::closed;  // nobody's `done` may ask again
  left_ = true;
  const auto end = [this] {
    dialling_.request_stop();
    fail_all(calls_.take_all(),
             Error(Layer::websocket, "the live connection was ended by the app"));
    delivery_->flush();
    delivery_->mute();
    timer_.unset();
    call_timer_.unset();
    loop_.remove(static_cast<live::Loop::Sleeper&>(*this));
    life_.close({});
    if (link_) link_->give_up(Error(Layer::websocket, "ended by the app"));
  };
  if (loop_.is_this_thread()) return end();
  std::promise<void> ended;
  post([&] {
    end();
    retired_.reset();
    ended.set_value();
  });
  ended.get_future().wait();
  delivery_->finish();
}

std::optional<LiveEvent> LiveConnection::Impl::next(std::int64_t timeout_ms,
                                                    const std::stop_token& cancel) {
  if (!delivery_->has_inbox()) {
    throw Error(Layer::config, "this live connection has callbacks, and nothing to pull");
  }
  return delivery_->next(timeout_ms, cancel);
}

void LiveConnection::Impl::wait_until_ready(std::int64_t timeout_ms,
                                            const std::stop_token& cancel) {
  if (loop_.is_this_thread()) throw Error(Layer::config, "the I/O thread cannot wait for itself");
  std::unique_lock lock(mutex_);
  const auto settled = [&] { return state_.kind == Kind::ready || live::is_latched(state_.kind); };
  if (timeout_ms < 0) {
    changed_.wait(lock, cancel, settled);
  } else {
    changed_.wait_for(lock, cancel, live::at_most_a_year(timeout_ms), settled);
  }
  if (state_.kind == Kind::ready) return;
  if (cancel.stop_requested()) throw Error(Layer::tcp, "it was cancelled");
  if (state_.why) throw *state_.why;
  if (state_.kind == Kind::closed) {
    throw Error(Layer::websocket, "the live connection is closed");
  }
  throw Error(Layer::tcp,
              "the live connection was not ready within " + std::to_string(timeout_ms) + " ms")
      .with_retry();
}

void LiveConnection::Impl::retry_now() {
  // Never at once: within a callback the state that it was given must stay.
  post([this] {
    if (life_.wants_dial_now()) dial();
  });
}

void LiveConnection::Impl::credential_changed() {
  post([this] {
    if (life_.wants_dial_with_new_credential()) dial();
  });
}

void LiveConnection::Impl::close(std::uint16_t code, std::string reason) {
  if (!ws::may_be_sent(static_cast<ws::CloseCode>(code)) || !is_valid_utf8(reason)) {
    throw Error(Layer::config, "a close code that may be sent and a reason of UTF-8 were expected");
  }
  post([this, code, reason = std::move(reason)] {
    if (life_.is(Kind::closed) || closing_) return;
    closing_ = true;
    kind_ = Kind::closed;  // nothing more is sent, and nobody's `done` may ask again
    timer_.unset();
    fail_all(calls_.take_all(),
             Error(Layer::websocket, "the live connection was closed by the app"));
    if (link_ && link_->is_open()) {
      link_->close(static_cast<ws::CloseCode>(code), reason);
    } else if (!link_) {
      end_now();
    }
    delivery_->flush();
  });
}

void LiveConnection::Impl::send(std::string_view bytes, bool is_text) {
  if (kind_ != Kind::ready) {
    throw Error(Layer::websocket, "the live connection is not ready").with_retry();
  }
  const auto opcode = is_text ? ws::Opcode::text : ws::Opcode::binary;
  check_room(bytes.size());
  if (loop_.is_this_thread()) {
    if (link_) link_->send(opcode, bytes);
    return count_held();
  }
  unsent_bytes_ += bytes.size();
  post([this, opcode, message = std::string(bytes)] {
    arrived_bytes_ += message.size();
    if (link_) link_->send(opcode, message);
    count_held();
  });
}

bool LiveConnection::Impl::answer(std::uint64_t generation, std::string text) {
  {
    const std::lock_guard lock(mutex_);
    if (state_.generation != generation || state_.kind != Kind::ready) return false;
  }
  check_room(text.size());
  unsent_bytes_ += text.size();
  on_loop([this, generation, message = std::move(text)] {
    arrived_bytes_ += message.size();
    if (link_ && life_.generation() == generation) link_->send(ws::Opcode::text, message);
    count_held();
  });
  return true;
}

void LiveConnection::Impl::check_room(std::size_t more) const {
  const auto most = options_.max_send_queue_bytes;
  if (more > most || unsent_bytes() > most - more) {
    throw Error(Layer::websocket, "the gateway does not take what is sent: " +
                                      std::to_string(unsent_bytes()) + " bytes wait")
        .with_retry();
  }
}

void LiveConnection::Impl::count_held() {
  const auto held = calls_.unsent_bytes() + (link_ ? link_->unsent_bytes() : 0);
  // In one step: what arrived must not be missed by who asks meanwhile, nor be counted twice.
  unsent_bytes_ += held - held_bytes_ - arrived_bytes_;
  held_bytes_ = held;
  arrived_bytes_ = 0;
}

void LiveConnection::Impl::on_data(const ws::Event& data) {
  if (options_.content == LiveOptions::Content::json_rpc) {
    if (data.opcode == ws::Opcode::text) return take_rpc(data.bytes);
    ++malformed_;
    LiveEvent event{.kind = LiveEvent::Kind::malformed, .generation = life_.generation()};
    event.text = "a binary message";
    return delivery_->put(event);
  }
  if (life_.is(Kind::dialling)) became_ready({});
  const auto kind = options_.content == LiveOptions::Content::pieces ? LiveEvent::Kind::piece
                                                                     : LiveEvent::Kind::message;
  delivery_->put_message(kind, data.bytes, {data.opcode == ws::Opcode::text, data.first, data.last},
                         life_.generation());
}

void LiveConnection::Impl::on_batch_end() {
  delivery_->flush();
  // Who waits in `rpc` may be who would take what came before the answer; not without end, though.
  if (link_ && delivery_->is_full() &&
      (calls_.waited_for() == 0 || delivery_->untaken() > kMaxWhileWaiting)) {
    link_->pause();
  }
}

void LiveConnection::Impl::on_sent() {
  if (calls_.unsent_bytes() != 0) send_calls();
  count_held();
}

void LiveConnection::Impl::on_end(WsConnectionEnd end) {
  retire_connection();
  if (left_) return;
  const Error why = end.why.value_or(Error(Layer::websocket, "the live connection was closed"));
  if (life_.is(Kind::ready)) lost_at_ = loop_.now();
  fail_all(calls_.dropped(), why);
  if (closing_) {
    life_.close({end.code, std::move(end.reason), {}});
  } else {
    life_.lost(std::move(end), loop_.now(), loop_.random());
  }
  announce();
}

// It is at work while it says that it ended.
void LiveConnection::Impl::retire_connection() {
  retired_ = std::move(link_);
  post([this] { retired_.reset(); });
}

void LiveConnection::Impl::on_slept() {
  opener_->forget_idle();
  if (link_) link_->probe(std::chrono::seconds(5));
  // It may be another network now.
  if (life_.is(Kind::waiting) || life_.is(Kind::failed)) dial();
}

}  // namespace pintle
