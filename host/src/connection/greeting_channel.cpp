// SPDX-License-Identifier: Apache-2.0
#include "connection/greeting_channel.h"

#include <utility>

#include <pintle/core/base/secret.h>
#include <pintle/core/text/printable.h>
#include <pintle/core/text/utf8.h>
#include <pintle/core/ws/ws_encode.h>

#include "base/random_bytes.h"

namespace pintle {
namespace {

constexpr std::size_t kReadSize = 16 * 1024;

ws::MaskKey new_key() {
  ws::MaskKey key{};
  fill_random(key);
  return key;
}

bool may_pass(ws::CloseCode code) {
  switch (code) {
    case ws::CloseCode::normal:
    case ws::CloseCode::going_away:
    case ws::CloseCode::no_status:
    case ws::CloseCode::internal_error:
    case ws::CloseCode::service_restart:
    case ws::CloseCode::try_again_later:
    case ws::CloseCode::bad_gateway:
      return true;
    default:
      return false;
  }
}

// What a close frame says of the greeting. A scheme that knows its gateway better may catch it.
// After a message of the scheme the reason is left out: it may repeat the credential in that.
Error closed(ws::CloseCode code, std::string_view reason, bool has_sent) {
  const auto said = has_sent ? std::string() : printable(reason, 200);
  std::string text = "the gateway closed the WebSocket during the greeting";
  if (code != ws::CloseCode::no_status) {
    text += " with code " + std::to_string(ws::number_of(code));
  }
  if (!said.empty()) text += ": " + said;
  if (code == ws::CloseCode::bad_credential) return Error(Layer::gate, text).with_sign_in();
  if (code == ws::CloseCode::bad_host_or_origin) {
    return Error(Layer::host_guard, text)
        .with_user_action()
        .with_hint("Let the gateway accept this host name and origin.");
  }
  if (code == ws::CloseCode::policy) {
    return Error(Layer::gate, text)
        .with_user_action()
        .with_hint("Check the credential, and sign in again if it is no longer valid.");
  }
  return Error(Layer::websocket, text).with_retry(may_pass(code));
}

}  // namespace

GreetingChannel::GreetingChannel(net::Stream& stream, std::string early,
                                 std::chrono::milliseconds limit, std::stop_token cancel)
    : stream_(stream),
      limit_(limit),
      watch_(net::Watchdog::shared()),
      attached_(watch_, stream.fd()),
      on_cancel_(std::move(cancel), [this] { watch_.cancel(); }),
      reader_(ws::Role::client, {.max_message = kMaxMessageBytes}),
      in_(std::move(early)),
      unread_(in_) {
  watch_.set_deadline(net::Clock::now() + limit);
}

GreetingChannel::~GreetingChannel() { wipe(in_); }

void GreetingChannel::end_with(Error why) {
  ended_ = why;
  throw std::move(why);
}

void GreetingChannel::throw_if_ended() const {
  if (ended_) throw Error(*ended_);
}

void GreetingChannel::send(std::string_view bytes, bool is_binary) {
  throw_if_ended();
  if (bytes.size() > kMaxMessageBytes) {
    throw Error(Layer::websocket, "a message of the greeting is longer than 1 MiB");
  }
  if (!is_binary && !is_valid_utf8(bytes)) {
    throw Error(Layer::websocket, "a text message of the greeting is not UTF-8");
  }
  std::string frame;
  frame.reserve(bytes.size() + ws::kMaxHeaderBytes);  // must not leave a copy behind
  has_sent_ = true;
  ws::append_frame(frame, ws::Role::client, is_binary ? ws::Opcode::binary : ws::Opcode::text,
                   bytes, new_key());
  write(std::move(frame));
}

MessageChannel::Message GreetingChannel::receive() {
  throw_if_ended();
  while (true) {
    const auto event = reader_.next(unread_);
    switch (event.kind) {
      case ws::Kind::need_more:
        fill();
        break;
      case ws::Kind::data:
        return {Secret(event.bytes), event.opcode == ws::Opcode::binary};
      case ws::Kind::ping: {
        count_control_frame();
        std::string pong;
        ws::append_pong(pong, ws::Role::client, event.bytes, new_key());
        write(std::move(pong));
        break;
      }
      case ws::Kind::pong:
        count_control_frame();
        break;
      case ws::Kind::close: {
        auto error = closed(event.code, event.bytes, has_sent_);
        close(ws::may_be_sent(event.code) ? event.code : ws::CloseCode::no_status, "");
        end_with(std::move(error));
      }
      case ws::Kind::error: {
        Error error(Layer::websocket,
                    "the gateway broke the WebSocket protocol during the "
                    "greeting: " +
                        std::string(event.bytes));
        close(event.code, event.bytes);
        end_with(std::move(error));
      }
    }
  }
}

void GreetingChannel::count_control_frame() {
  if (++control_frames_ <= kMaxControlFrames) return;
  close(ws::CloseCode::policy, "too many pings and pongs");
  end_with(
      Error(Layer::websocket, "the gateway sent too many pings and pongs during the greeting"));
}

std::string GreetingChannel::finish() {
  throw_if_ended();
  if (!watch_.lift()) throw explain(Error(Layer::tcp, "the greeting was stopped"));
  std::string rest(unread_.data(), unread_.size());
  unread_ = {};
  return rest;
}

void GreetingChannel::fill() {
  wipe(in_);
  in_.resize(kReadSize);
  unread_ = {};
  try {
    const auto got = stream_.read(in_.data(), in_.size());
    if (got.size == 0) {
      throw Error(Layer::tcp, "the gateway ended the connection during the greeting").with_retry();
    }
    unread_ = std::span(in_).first(got.size);
  } catch (const Error& error) {
    end_with(explain(error));
  }
}

void GreetingChannel::write(std::string frames) {
  try {
    stream_.write_all(frames);
  } catch (const Error& error) {
    wipe(frames);
    end_with(explain(error));
  }
  wipe(frames);
}

void GreetingChannel::close(ws::CloseCode code, std::string_view reason) noexcept {
  try {
    std::string frame;
    ws::append_close(frame, ws::Role::client, code, reason, new_key());
    write(std::move(frame));
  } catch (...) {
    // The gateway has gone already.
  }
}

Error GreetingChannel::explain(const Error& cause) const {
  switch (watch_.cause()) {
    case net::Watch::Cause::cancelled:
      return Error(Layer::tcp, "the greeting was cancelled");
    case net::Watch::Cause::deadline:
      return Error(Layer::tcp, stream_.peer() + " did not finish the greeting within " +
                                   std::to_string(limit_.count()) + " ms")
          .with_retry()
          .with_timeout()
          .with_hint("Try again later; the server or the network is slow or hangs.");
    case net::Watch::Cause::none:
      break;
  }
  return cause;
}

}  // namespace pintle
