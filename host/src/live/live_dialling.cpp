// SPDX-License-Identifier: Apache-2.0
//
// How a live connection gets from one state to the next.

#include <chrono>
#include <utility>

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <pintle/core/text/json.h>

#include "live/live_impl.h"

namespace pintle {
namespace {

using std::chrono::milliseconds;

// How often it is looked whether somebody signed in elsewhere on this machine.
constexpr milliseconds kLookForCredential{3'000};

bool says_heartbeat(std::string_view greeting) {
  if (greeting.find("heartbeat") == std::string_view::npos) return false;
  try {
    const auto root = Poco::JSON::Parser().parse(with_double_numbers(greeting));
    return root.extract<Poco::JSON::Object::Ptr>()->optValue("heartbeat", false);
  } catch (const Poco::Exception&) {
    return false;
  }
}

}  // namespace

void LiveConnection::Impl::dial() {
  if (left_ || closing_) return;
  dialling_.request_stop();
  dialling_ = std::stop_source();
  life_.dial(opener_->is_known());
  announce();
  if (left_) return;
  const bool begun = engine_->pool.run(
      [self = shared_from_this(), generation = life_.generation(), cancel = dialling_.get_token()] {
        const auto report = [&](auto function) {
          self->loop_.post([self, function = std::move(function)]() mutable { function(*self); });
        };
        if (cancel.stop_requested()) return;
        const auto version = self->opener_->credential_version();
        const auto on_known = [&] {
          report([generation](Impl& impl) {
            if (impl.life_.generation() != generation || !impl.life_.is(Kind::probing)) return;
            impl.life_.probed();
            impl.announce();
          });
        };
        try {
          auto opened = self->opener_->open(self->options_, on_known, cancel);
          report([generation, version, opened = std::move(opened)](Impl& impl) mutable {
            impl.credential_ = version;
            impl.dialled(generation, std::move(opened));
          });
        } catch (const Error& error) {
          report([generation, version, error](Impl& impl) {
            impl.credential_ = version;
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
  post([this, generation = life_.generation()] {
    dial_failed(generation,
                Error(Layer::config, "the system gives no thread to connect with").with_retry());
  });
}

void LiveConnection::Impl::dialled(std::uint64_t generation, live::Opened opened) {
  if (left_ || closing_ || generation != life_.generation()) return;
  if (life_.is(Kind::probing)) life_.probed();
  reused_ = opened.reused;
  last_message_ = loop_.now();
  live::WsConnection::Owner& me = *this;
  try {
    link_ = std::make_unique<live::WsConnection>(
        loop_, std::move(opened.stream),
        live::WsConnectionOptions{.max_message_bytes = options_.max_message_bytes,
                                  .in_pieces = options_.content == LiveOptions::Content::pieces,
                                  .silent = milliseconds(options_.ping_after_idle_ms),
                                  .deflate = opened.deflate},
        me);
  } catch (const Error& error) {
    return dial_failed(generation, error);
  }
  if (options_.content != LiveOptions::Content::json_rpc) became_ready({});
  set_timer();
  if (link_) link_->start(opened.early);
}

void LiveConnection::Impl::dial_failed(std::uint64_t generation, const Error& why) {
  if (left_ || closing_ || generation != life_.generation()) return;
  life_.dial_failed(why, loop_.random());
  announce();
}

void LiveConnection::Impl::became_ready(std::string_view greeting) {
  life_.ready(loop_.now(), reused_, std::string(greeting));
  beats_ = options_.heartbeat_ms > 0 && says_heartbeat(greeting);
  resuming_ = true;
  announce();
  if (!left_) resume_session();
  resuming_ = false;
  send_calls();
}

void LiveConnection::Impl::greeted_late(std::string_view greeting) {
  life_.greeted(std::string(greeting));
  {
    const std::lock_guard lock(mutex_);
    state_.greeting = greeting;
  }
  beats_ = options_.heartbeat_ms > 0 && says_heartbeat(greeting);
  set_timer();
}

// The state changed: who asks sees it, who listens is told, what can never be sent is given up.
void LiveConnection::Impl::announce() {
  {
    const std::lock_guard lock(mutex_);
    state_ = life_.state();
  }
  kind_ = life_.state().kind;
  changed_.notify_all();
  if (life_.is_latched()) {
    const auto& why = life_.state().why;
    fail_all(calls_.take_all(),
             why ? *why : Error(Layer::websocket, "the live connection is closed"));
  }
  // A copy: the app may change it from within.
  const auto told = life_.state();
  delivery_->put(told);
  if (left_) return;
  if (!life_.is(Kind::ready)) delivery_->flush();  // a ready one has more to tell in the same go
  set_timer();
}

void LiveConnection::Impl::set_timer() {
  const auto now = loop_.now();
  switch (life_.state().kind) {
    case Kind::dialling:
      return timer_.set(link_ ? now + milliseconds(options_.ready_timeout_ms) : live::kNever);
    case Kind::ready:
      return timer_.set(beats_ ? now + milliseconds(options_.heartbeat_ms) : live::kNever);
    case Kind::waiting:
      return timer_.set(now + milliseconds(life_.state().wait_ms) + milliseconds(1));
    case Kind::needs_sign_in:
      return timer_.set(options_.reconnect ? now + kLookForCredential : live::kNever);
    default:
      return timer_.unset();
  }
}

void LiveConnection::Impl::on_timer() {
  if (closing_ || left_) return;
  switch (life_.state().kind) {
    case Kind::dialling:
      // An older gateway sends no greeting.
      became_ready({});
      return delivery_->flush();
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
      if (!self->life_.is(Kind::needs_sign_in)) return;
      if (version != self->credential_) {
        self->dial();
      } else {
        self->set_timer();
      }
    });
  });
  if (!begun) set_timer();
}

void LiveConnection::Impl::end_now() {
  dialling_.request_stop();
  life_.close({});
  announce();
}

}  // namespace pintle
