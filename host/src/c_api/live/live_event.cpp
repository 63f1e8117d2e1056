// SPDX-License-Identifier: Apache-2.0
#include "c_api/live/live_event.h"

#include "c_api/edge.h"
#include "scheme/abi_error.h"

namespace pintle::c_api {
namespace {

std::uint32_t kind_of(LiveEvent::Kind kind) noexcept {
  switch (kind) {
    case LiveEvent::Kind::state:
      return PINTLE_EVENT_STATE;
    case LiveEvent::Kind::event:
      return PINTLE_EVENT_EVENT;
    case LiveEvent::Kind::result:
      return PINTLE_EVENT_RESULT;
    case LiveEvent::Kind::error:
      return PINTLE_EVENT_ERROR;
    case LiveEvent::Kind::unanswered:
      return PINTLE_EVENT_UNANSWERED;
    case LiveEvent::Kind::request:
      return PINTLE_EVENT_REQUEST;
    case LiveEvent::Kind::notification:
      return PINTLE_EVENT_NOTIFICATION;
    case LiveEvent::Kind::malformed:
      return PINTLE_EVENT_MALFORMED;
    case LiveEvent::Kind::message:
      return PINTLE_EVENT_MESSAGE;
    case LiveEvent::Kind::piece:
      return PINTLE_EVENT_PIECE;
  }
  return PINTLE_EVENT_NONE;
}

}  // namespace

std::uint32_t number_of(LiveState::Kind kind) noexcept {
  switch (kind) {
    case LiveState::Kind::idle:
      return PINTLE_LIVE_IDLE;
    case LiveState::Kind::probing:
      return PINTLE_LIVE_PROBING;
    case LiveState::Kind::dialling:
      return PINTLE_LIVE_DIALLING;
    case LiveState::Kind::ready:
      return PINTLE_LIVE_READY;
    case LiveState::Kind::waiting:
      return PINTLE_LIVE_WAITING;
    case LiveState::Kind::needs_sign_in:
      return PINTLE_LIVE_NEEDS_SIGN_IN;
    case LiveState::Kind::failed:
      return PINTLE_LIVE_FAILED;
    case LiveState::Kind::closed:
      return PINTLE_LIVE_CLOSED;
  }
  return PINTLE_LIVE_IDLE;
}

EventView::EventView(const LiveState& state) : EventView() { put(state); }

EventView::EventView(const LiveEvent& event) : EventView() {
  if (event.kind == LiveEvent::Kind::state) {
    put(*event.state);
    return;
  }
  const auto flag = [&](bool is, std::uint32_t which) {
    if (is) event_.flags |= which;
  };
  event_.kind = kind_of(event.kind);
  event_.generation = event.generation;
  event_.id = event.id;
  event_.code = event.code;
  event_.seq = event.seq.value_or(0);
  flag(event.seq.has_value(), PINTLE_EVENT_HAS_SEQ);
  flag(event.was_sent, PINTLE_EVENT_WAS_SENT);
  if (event.kind == LiveEvent::Kind::message || event.kind == LiveEvent::Kind::piece) {
    flag(event.part.is_text, PINTLE_EVENT_IS_TEXT);
    flag(event.part.first, PINTLE_EVENT_IS_FIRST);
    flag(event.part.last, PINTLE_EVENT_IS_LAST);
  }
  event_.id_json = view(event.id_json);
  event_.type = view(event.type);
  event_.session_id = view(event.session_id);
  event_.json = view(event.json);
  event_.text = view(event.text);
  put(event.failure);
}

EventView::EventView(const CallResult& result) : EventView() {
  using Kind = CallResult::Kind;
  event_.kind = result.kind == Kind::result    ? PINTLE_EVENT_RESULT
                : result.kind == Kind::refused ? PINTLE_EVENT_ERROR
                                               : PINTLE_EVENT_UNANSWERED;
  if (result.kind == Kind::unknown) event_.flags |= PINTLE_EVENT_WAS_SENT;
  event_.code = result.code;
  event_.json = view(result.json);
  event_.text = view(result.text);
  put(result.error);
}

void EventView::put(const LiveState& state) {
  event_.kind = PINTLE_EVENT_STATE;
  event_.state = number_of(state.kind);
  event_.generation = state.generation;
  event_.wait_ms = state.wait_ms;
  event_.close_code = state.close_code;
  if (state.reused_connection) event_.flags |= PINTLE_EVENT_REUSED;
  event_.json = view(state.greeting);
  event_.text = view(state.close_reason);
  put(state.why ? &*state.why : nullptr);
}

void EventView::put(const Error* why) {
  if (why == nullptr) return;
  failure_ = abi_error(*why);
  if ((event_.flags & PINTLE_EVENT_WAS_SENT) != 0) failure_.flags |= PINTLE_ERROR_OUTCOME_UNKNOWN;
  event_.layer = static_cast<std::int32_t>(why->layer());
  event_.failure = &failure_;
}

}  // namespace pintle::c_api
