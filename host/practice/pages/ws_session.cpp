// SPDX-License-Identifier: Apache-2.0
#include "practice/pages/ws_session.h"

#include <algorithm>

#include <pintle/core/ws/ws_encode.h>

#include "practice/faults/fault_responses.h"

namespace pintle::practice {
namespace {

constexpr std::int64_t kFarewellMs = 1000;  // For the peer's close frame.
constexpr std::size_t kWriteAt = 256 * 1024;
constexpr ws::MaskKey kNoMask{};  // A server never masks (RFC 6455 5.1).

}  // namespace

WsSession::WsSession(GatewayState& state, Wire& wire, const Request& request,
                     const ws::Upgraded& agreed, Poco::Event& stopping)
    : state_(state),
      wire_(wire),
      stopping_(stopping),
      path_(request.path),
      credential_(credential_of(request)),
      speaks_rpc_(request.path == "/api/ws"),
      methods_(state, wire.number()),
      reader_(ws::Role::server, {state.options.max_message}, agreed.deflate),
      next_ping_(Steady::now() + std::chrono::milliseconds(state.options.ping_every_ms)) {
  if (agreed.deflate) {
    deflater_ = std::make_unique<ws::Deflater>(ws::Role::server, *agreed.deflate);
  }
  if (state_.options.gate == Gate::greeting) greeting_.emplace(state_, path_);
  state_.request_log.count(&Counters::ws_connects);
}

WsSession::~WsSession() {
  state_.live_sessions.left(wire_.number());
  state_.request_log.count(&Counters::ws_disconnects);
}

void WsSession::run(const std::string& head) {
  out_ = head;
  if (!state_.options.ready_with_101) flush();
  if (greeting_) {
    send_message(WsGreeting::question());
  } else {
    begin();
  }
  flush();
  // Bytes after the request in the same segment are frames already.
  take_input();
  while (!ended_ && !stopping_.tryWait(0)) serve();
}

void WsSession::begin() {
  if (const auto ready = speaks_rpc_ ? methods_.ready() : std::nullopt) send_message(*ready);
}

void WsSession::greet(const ws::Event& event) {
  auto answer = greeting_->answer(event.bytes);
  if (answer.is_dropped) {
    flush();
    wire_.cut();
    ended_ = true;
    return;
  }
  if (answer.is_signed_in) {
    greeting_.reset();
    const auto ready = speaks_rpc_ ? methods_.ready() : std::nullopt;
    if (ready) answer.messages.push_back({*ready, answer.messages.back().delay_ms, {}});
  }
  for (auto& message : answer.messages) schedule(std::move(message));
}

void WsSession::serve() {
  if (state_.faults.half_open(path_)) return stay_silent();
  switch (wire_.fill(wait_ms())) {
    case Wire::Read::end:
      ended_ = true;
      return;
    case Wire::Read::bytes:
      // The fault may have been set while this thread waited.
      if (state_.faults.half_open(path_)) return stay_silent();
      // A close frame is answered only by a close frame.
      if (!closing_) answer_by_.reset();
      take_input();
      break;
    case Wire::Read::timeout:
      break;
  }
  send_due();
  keep_alive();
  flush();
}

std::int64_t WsSession::wait_ms() const {
  auto until = answer_by_ ? std::min(*answer_by_, next_ping_) : next_ping_;
  if (!later_.empty()) until = std::min(until, later_.begin()->first);
  if (closing_) until = *answer_by_;  // Nothing else is sent.
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now()).count();
  return std::max<std::int64_t>(left, 0);
}

void WsSession::keep_alive() {
  const auto now = Steady::now();
  if (answer_by_ && now >= *answer_by_) {
    // As the gateway's own server treats a silent peer (gateway-contract 6).
    if (!closing_) close(ws::CloseCode::internal_error, "keepalive ping timeout");
    flush();
    ended_ = true;
    return;
  }
  if (closing_ || now < next_ping_ || state_.faults.half_open(path_)) return;
  next_ping_ = now + std::chrono::milliseconds(state_.options.ping_every_ms);
  ws::append_ping(out_, ws::Role::server, random_token(3), kNoMask);
  state_.request_log.count(&Counters::pings_sent);
  if (!answer_by_) answer_by_ = now + std::chrono::milliseconds(state_.options.silence_ms);
}

void WsSession::take_input() {
  std::string bytes;
  bytes.swap(wire_.pending());
  std::span<char> input(bytes);
  while (!ended_) {
    const auto event = reader_.next(input);
    if (event.kind == ws::Kind::need_more) break;
    take_event(event);
  }
  send_due();
}

void WsSession::take_event(const ws::Event& event) {
  switch (event.kind) {
    case ws::Kind::data:
      state_.request_log.count(&Counters::ws_messages);
      if (closing_) break;
      if (greeting_) {
        greet(event);
        break;
      }
      if (!speaks_rpc_ || event.opcode != ws::Opcode::text) {
        send_message(std::string(event.bytes), event.opcode);
        break;
      }
      for (auto& message : methods_.receive(event.bytes)) schedule(std::move(message));
      break;
    case ws::Kind::ping:
      ws::append_pong(out_, ws::Role::server, event.bytes, kNoMask);
      break;
    case ws::Kind::pong:
      state_.request_log.count(&Counters::pongs_received);
      break;
    case ws::Kind::close:
      // Answered with the same code (RFC 6455 5.5.1).
      if (!closing_) close(ws::may_be_sent(event.code) ? event.code : ws::CloseCode::no_status);
      flush();
      ended_ = true;
      break;
    case ws::Kind::error:
      if (!closing_) close(event.code, event.bytes);
      flush();
      ended_ = true;
      break;
    case ws::Kind::need_more:
      break;
  }
}

void WsSession::schedule(Outgoing message) {
  const auto due = Steady::now() + std::chrono::milliseconds(message.delay_ms);
  later_.emplace(due, std::move(message));
}

void WsSession::send_due() {
  const auto now = Steady::now();
  while (!ended_ && !closing_ && !later_.empty() && later_.begin()->first <= now) {
    const auto message = std::move(later_.begin()->second);
    later_.erase(later_.begin());
    if (message.close) {
      close(*message.close);
    } else if (message.empty_frames > 0) {
      append_split(message.text, message.empty_frames);
    } else {
      send_message(message.text);
    }
    if (out_.size() > kWriteAt) flush();
  }
  flush();
}

void WsSession::append_message(std::string_view text, ws::Opcode opcode) {
  if (!deflater_) {
    ws::append_frame(out_, ws::Role::server, opcode, text, kNoMask);
    return;
  }
  std::string small;
  deflater_->deflate(text, small);
  ws::append_frame(out_, ws::Role::server, opcode, small, kNoMask, true, true);
}

void WsSession::append_split(std::string_view text, std::int64_t empty_frames) {
  const auto half = text.size() / 2;
  const auto append = [&](ws::Opcode opcode, std::string_view bytes, bool fin) {
    ws::append_frame(out_, ws::Role::server, opcode, bytes, kNoMask, fin);
  };
  append(ws::Opcode::text, text.substr(0, half), false);
  for (std::int64_t i = 0; i < empty_frames; ++i) append(ws::Opcode::continuation, "", false);
  append(ws::Opcode::continuation, text.substr(half), true);
  ++messages_sent_;
}

void WsSession::send_message(const std::string& text, ws::Opcode opcode) {
  if (const auto fault = state_.faults.take_ws(path_, messages_sent_)) {
    return send_fault(*fault, text);
  }
  append_message(text, opcode);
  ++messages_sent_;
}

void WsSession::send_fault(const Fault& fault, const std::string& text) {
  switch (fault.kind) {
    case FaultKind::ws_drop:
      flush();
      wire_.cut();
      ended_ = true;
      return;
    case FaultKind::ws_close:
      return close(static_cast<ws::CloseCode>(fault.value));
    case FaultKind::ws_echo:
      // A close frame has room for so much (RFC 6455 5.5).
      return close(fault.value == 0 ? ws::CloseCode::internal_error
                                    : static_cast<ws::CloseCode>(fault.value),
                   std::string_view(credential_).substr(0, 123));
    case FaultKind::ws_malformed:
      append_message(std::string_view(text).substr(0, text.size() / 2), ws::Opcode::text);
      break;
    case FaultKind::ws_bad_frame: {
      const auto begin = out_.size();
      ws::append_frame(out_, ws::Role::server, ws::Opcode::text, text, kNoMask);
      out_[begin] = static_cast<char>(static_cast<unsigned char>(out_[begin]) | 0x20);  // RSV2
      break;
    }
    case FaultKind::ws_huge_frame:
      append_message(event_text("practice.huge", static_cast<std::size_t>(fault.value)),
                     ws::Opcode::text);
      append_message(text, ws::Opcode::text);
      break;
    default:
      append_message(text, ws::Opcode::text);
  }
  ++messages_sent_;
}

void WsSession::close(ws::CloseCode code, std::string_view reason) {
  const auto sendable = ws::may_be_sent(code) ? code : ws::CloseCode::no_status;
  ws::append_close(out_, ws::Role::server, sendable, reason, kNoMask);
  closing_ = true;
  answer_by_ = Steady::now() + std::chrono::milliseconds(kFarewellMs);
}

void WsSession::flush() {
  if (!out_.empty() && !wire_.send(out_)) ended_ = true;
  out_.clear();
}

void WsSession::stay_silent() {
  while (!stopping_.tryWait(0)) {
    wire_.pending().clear();
    if (wire_.fill(1000) == Wire::Read::end) break;
  }
  ended_ = true;
}

}  // namespace pintle::practice
