// SPDX-License-Identifier: Apache-2.0
//
// Ends the WebSocket: the closing handshake from either side, a protocol violation, a lost socket,
// and time limits.

#include <algorithm>
#include <utility>

#include <pintle/core/text/printable.h>

#include "live/ws/ws_connection.h"

namespace pintle::live {
namespace {

using std::chrono::milliseconds;

// The total time of a closing handshake.
constexpr milliseconds kMaxCloseTime{30'000};
// The maximum that TLS may have encrypted but not written: one record (RFC 8446 5.1).
constexpr std::size_t kMaxTlsRecord = 16 * 1024;

}  // namespace

Error link_lost(const std::string& why) {
  return Error(Layer::tcp, "the live connection was lost: " + why)
      .with_retry()
      .with_hint("Connect again; the gateway keeps the session for 20 seconds.");
}

void WsConnection::begin_closing() {
  state_ = State::closing;
  close_end_ = loop_.now() + kMaxCloseTime;
  close_by_ = loop_.now() + kCloseTime;
  // The peer's response must be read, even if the app's queue is full.
  paused_ = false;
  timer_.set(deadline());
}

void WsConnection::close(ws::CloseCode code, std::string_view reason) {
  if (!is_open()) return;
  queue_.append_close(code, reason);
  begin_closing();
  flush();
}

bool WsConnection::drop_unbegun() {
  const bool may_be_taken = stream_.secure() && write_pending_;
  return queue_.drop_unbegun(may_be_taken ? std::min(kMaxTlsRecord, queue_.size()) : 0);
}

// Drops queued frames that are not partly sent: the peer closed or violated the protocol, and the
// Close is sent as soon as possible (RFC 6455 5.5.1).
void WsConnection::close_after_frame(ws::CloseCode code, std::string_view reason) {
  drop_unbegun();
  if (state_ != State::open) return;  // A Close is queued or sent.
  queue_.append_close(code, reason);
  begin_closing();
}

void WsConnection::answer_close(const ws::Event& event) {
  const auto code = event.code;
  WsConnectionEnd how{ws::number_of(code), printable(event.bytes)};
  if (state_ == State::open) {
    if (code == ws::CloseCode::bad_credential) {
      how.why = Error(Layer::gate, "the gateway closed the live connection: the credential ended")
                    .with_sign_in();
    } else if (code == ws::CloseCode::bad_host_or_origin) {
      how.why =
          Error(Layer::host_guard,
                "the gateway closed the live connection: it does not accept this host or origin")
              .with_user_action();
    } else {
      how.why = Error(Layer::websocket, "the gateway closed the live connection with code " +
                                            std::to_string(how.code) +
                                            (how.reason.empty() ? "" : ": " + how.reason))
                    .with_retry();
    }
  }
  ending_ = std::move(how);
  ends_when_ = EndsWhen::sent;
  close_after_frame(ws::may_be_sent(code) ? code : ws::CloseCode::no_status, "");
}

void WsConnection::break_off(ws::CloseCode code, std::string_view rule) {
  Error why(Layer::websocket, "the gateway broke the WebSocket protocol: " + std::string(rule));
  if (code == ws::CloseCode::too_big) {
    why = Error(Layer::websocket, "a message is above the limit: " + std::string(rule))
              .with_hint("Raise the limit with --max-message (in the library: max_message_bytes).");
  }
  deaf_ = true;
  ending_ = WsConnectionEnd{ws::number_of(ws::CloseCode::abnormal), {}, std::move(why)};
  ends_when_ = EndsWhen::peer_closed;
  close_after_frame(code, rule);
}

void WsConnection::give_up(Error why) {
  if (state_ == State::ended) return;
  end({ws::number_of(ws::CloseCode::abnormal), {}, std::move(why)});
}

void WsConnection::end(WsConnectionEnd how) {
  state_ = State::ended;
  timer_.unset();
  loop_.unwatch(stream_.fd(), *this);
  stream_.shutdown();
  owner_.on_end(std::move(how));  // The last call: this may be destroyed now.
}

// The socket is unusable. While the connection is closing, that is expected.
void WsConnection::fail(const std::string& why) {
  ends_when_ = EndsWhen::now;
  if (ending_) return;
  ending_ = WsConnectionEnd{ws::number_of(ws::CloseCode::abnormal)};
  if (state_ == State::open) ending_->why = link_lost(why);
}

void WsConnection::end_if_done() {
  if (state_ == State::ended || !ending_) return;
  if (ends_when_ == EndsWhen::peer_closed) return;
  if (ends_when_ == EndsWhen::now || queue_.empty()) end(std::move(*ending_));
}

TimePoint WsConnection::deadline() const {
  if (state_ == State::closing) return close_by_;
  return answer_by_ != kNever ? answer_by_ : last_byte_ + silent_;
}

void WsConnection::check_time() {
  const auto now = loop_.now();
  stream_.release_memory();
  if (now >= close_by_) {
    if (ending_) return end(std::move(*ending_));
    if (now < close_end_ || !drop_unbegun()) {
      return end({ws::number_of(ws::CloseCode::abnormal), "the gateway did not answer the close"});
    }
    // It accepts queued bytes, but too slowly for all of them.
    close_end_ = close_by_ = now + kCloseTime;
    flush();
    if (state_ == State::ended) return;
  }
  if (state_ == State::open && !paused_) {
    if (now >= answer_by_) {
      const auto silence = std::chrono::ceil<std::chrono::seconds>(now - last_byte_).count();
      return end({ws::number_of(ws::CloseCode::abnormal),
                  {},
                  link_lost("not a byte for " + std::to_string(silence) + " s")});
    }
    if (now >= last_byte_ + silent_ && answer_by_ == kNever) {
      queue_.append(ws::Opcode::ping, {});
      answer_by_ = now + silent_;
      flush();
      if (state_ == State::ended) return;
    }
  }
  // Not again in this round.
  timer_.set(paused_ ? now + silent_ : std::max(deadline(), now + milliseconds(1)));
}

}  // namespace pintle::live
