// SPDX-License-Identifier: Apache-2.0
//
// How a link ends: the closing handshake from either side, a peer that broke the protocol, and time
// limits.

#include <algorithm>
#include <utility>

#include <pintle/core/text/printable.h>

#include "live/ws/ws_connection.h"

namespace pintle::live {
namespace {

using std::chrono::milliseconds;

// The maximum that TLS may have encrypted but not written: one record (RFC 8446 5.1).
constexpr std::size_t kMaxTlsRecord = 16 * 1024;

}  // namespace

void WsConnection::closing_began() {
  // The peer's response must be read, even if the app's queue is full.
  paused_ = false;
  timer_.set(deadline());
}

void WsConnection::close(ws::CloseCode code, std::string_view reason) {
  if (!is_open()) return;
  queue_.append_close(code, reason);
  close_.close(loop_.now());
  closing_began();
  flush();
}

bool WsConnection::drop_unbegun() {
  const bool may_be_taken = stream_.secure() && write_ != Write::done;
  return queue_.drop_unbegun(may_be_taken ? std::min(kMaxTlsRecord, queue_.size()) : 0);
}

// Whole frames that have not begun to leave are dropped: the peer has said that it wants no more,
// or is not to be talked to, and the Close leaves as soon as it can (RFC 6455 5.5.1).
void WsConnection::queue_close_after_frame(ws::CloseCode code, std::string_view reason) {
  drop_unbegun();
  if (close_.is(Phase::open)) queue_.append_close(code, reason);  // else it is there, or has left
}

void WsConnection::answer_close(const ws::Event& event) {
  const auto code = event.code;
  WsConnectionEnd how{ws::number_of(code), printable(event.bytes)};
  if (close_.is(Phase::open)) {
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
  queue_close_after_frame(ws::may_be_sent(code) ? code : ws::CloseCode::no_status, "");
  close_.answer(std::move(how), loop_.now());
  closing_began();
}

void WsConnection::break_off(ws::CloseCode code, std::string_view rule) {
  if (close_.is(Phase::ended)) return;
  Error why(Layer::websocket, "the gateway broke the WebSocket protocol: " + std::string(rule));
  if (code == ws::CloseCode::too_big) {
    why = Error(Layer::websocket, "a message is above the limit: " + std::string(rule))
              .with_hint("Raise the limit with --max-message (in the library: max_message_bytes).");
  }
  queue_close_after_frame(code, rule);
  close_.break_off(std::move(why), loop_.now());
  closing_began();
}

void WsConnection::give_up(Error why, bool is_silent) {
  if (close_.is(Phase::ended)) return;
  end({ws::number_of(ws::CloseCode::abnormal), {}, std::move(why), is_silent});
}

void WsConnection::end(WsConnectionEnd how) {
  close_.end();
  timer_.unset();
  loop_.unwatch(stream_.fd(), *this);
  stream_.shutdown();
  owner_.on_end(std::move(how));  // The last call: this may be destroyed now.
}

void WsConnection::end_if_done() {
  if (close_.is_due(queue_.empty())) end(close_.outcome());
}

TimePoint WsConnection::deadline() const {
  if (close_.deadline() != kNever) return close_.deadline();
  return answer_by_ != kNever ? answer_by_ : last_byte_ + silent_;
}

void WsConnection::check_time() {
  const auto now = loop_.now();
  stream_.release_memory();
  if (now >= close_.deadline()) {
    if (!close_.is(Phase::closing) || close_.is_lost()) return end(close_.outcome());
    if (!close_.is_at_limit(now) || !drop_unbegun()) {
      return end({ws::number_of(ws::CloseCode::abnormal), "the gateway did not answer the close"});
    }
    // It accepts queued bytes, but too slowly for all of them.
    close_.allow_last(now);
    flush();
    if (close_.is(Phase::ended)) return;
  }
  if (close_.is(Phase::open) && !paused_) {
    if (now >= answer_by_) {
      const auto silence = std::chrono::ceil<std::chrono::seconds>(now - last_byte_).count();
      return end({ws::number_of(ws::CloseCode::abnormal),
                  {},
                  link_lost("not a byte for " + std::to_string(silence) + " s"),
                  true});
    }
    if (now >= last_byte_ + silent_ && answer_by_ == kNever) {
      queue_.append(ws::Opcode::ping, {});
      answer_by_ = now + silent_;
      flush();
      if (close_.is(Phase::ended)) return;
    }
  }
  // Not again in this round.
  timer_.set(paused_ ? now + silent_ : std::max(deadline(), now + milliseconds(1)));
}

}  // namespace pintle::live
