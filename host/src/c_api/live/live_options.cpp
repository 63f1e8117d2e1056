// SPDX-License-Identifier: Apache-2.0
#include "c_api/live/live_options.h"

#include <utility>

#include "c_api/edge.h"
#include "c_api/live/live_event.h"

namespace pintle::c_api {
namespace {

template <class Number, class Given>
void set(Number& to, Given given, const char* name) {
  if constexpr (std::is_signed_v<Given>) {
    if (given < 0) refuse(std::string(name) + " is negative");
  }
  if (given != 0) to = static_cast<Number>(given);
}

std::optional<LiveOptions::Content> content_of(std::uint32_t given) {
  switch (given) {
    case PINTLE_CONTENT_JSON_RPC:
      return LiveOptions::Content::json_rpc;
    case PINTLE_CONTENT_MESSAGES:
      return LiveOptions::Content::messages;
    case PINTLE_CONTENT_PIECES:
      return LiveOptions::Content::pieces;
    case PINTLE_CONTENT_BY_PROFILE:
      return std::nullopt;
    default:
      refuse("pintle_live_options.content is " + std::to_string(given) +
             ", not a PINTLE_CONTENT_* value");
  }
}

void run_task(void* task) noexcept {
  const std::unique_ptr<std::function<void()>> owned(static_cast<std::function<void()>*>(task));
  (*owned)();
}

std::vector<LiveRequest> ask_what_to_resume(const pintle_live_options& given,
                                            const Resumption& lost) {
  std::vector<pintle_view> sessions;
  std::vector<std::int64_t> seqs;
  if (lost.last_seq != nullptr) {
    for (const auto& [session, seq] : *lost.last_seq) {
      sessions.push_back(view(session));
      seqs.push_back(seq);
    }
  }
  pintle_resumption note{};
  note.struct_size = sizeof(note);
  note.away_ms = lost.away_ms;
  note.generation = lost.generation;
  note.greeting = view(lost.greeting);
  note.sessions = sessions.data();
  note.last_seqs = seqs.data();
  note.session_count = sessions.size();
  pintle_resume resume;
  given.on_resume(given.user, &note, &resume);
  return std::move(resume.requests);
}

}  // namespace

LiveOptions live_options(const pintle_live_options& given, const std::shared_ptr<Gate>& gate) {
  LiveOptions options;
  options.content = content_of(given.content);
  if (const auto path = text(given.path, "path"); !path.empty()) options.path = path;
  for (const auto& pair : list(given.query, given.query_count, "query")) {
    options.query.emplace_back(text(pair.name, "query"), text(pair.value, "query"));
  }
  options.origin = text(given.origin, "origin");
  options.traceparent = text(given.traceparent, "traceparent");
  options.reconnect = (given.flags & PINTLE_LIVE_NO_RECONNECT) == 0;
  options.offer_deflate = (given.flags & PINTLE_LIVE_OFFER_DEFLATE) != 0;
  set(options.max_message_bytes, given.max_message_bytes, "max_message_bytes");
  set(options.max_send_queue_bytes, given.max_send_queue_bytes, "max_send_queue_bytes");
  set(options.max_receive_queue_bytes, given.max_receive_queue_bytes, "max_receive_queue_bytes");
  set(options.ready_timeout_ms, given.ready_timeout_ms, "ready_timeout_ms");
  set(options.ping_after_idle_ms, given.ping_after_idle_ms, "ping_after_idle_ms");
  if (given.heartbeat_ms == -1) {
    options.heartbeat_ms = 0;
  } else {
    set(options.heartbeat_ms, given.heartbeat_ms, "heartbeat_ms");
  }
  set(options.initial_backoff_ms, given.initial_backoff_ms, "initial_backoff_ms");
  set(options.max_backoff_ms, given.max_backoff_ms, "max_backoff_ms");
  set(options.backoff_reset_after_ms, given.backoff_reset_after_ms, "backoff_reset_after_ms");
  if (given.on_resume != nullptr) {
    options.on_resume = [given, gate](const Resumption& lost) {
      gate->pass();
      return ask_what_to_resume(given, lost);
    };
  }
  return options;
}

LiveCallbacks live_callbacks(const pintle_live_options& given, const std::shared_ptr<Gate>& gate) {
  if (given.on_event == nullptr) {
    if (given.executor != nullptr) refuse("an executor requires on_event");
    return {};
  }
  const auto emit = [on_event = given.on_event, user = given.user, gate](const EventView& event) {
    gate->pass();
    on_event(user, &event.get());
  };
  const auto kind =
      given.content == PINTLE_CONTENT_PIECES ? LiveEvent::Kind::piece : LiveEvent::Kind::message;
  LiveCallbacks callbacks;
  callbacks.on_state = [emit](const LiveState& state) { emit(EventView(state)); };
  callbacks.on_event = [emit](const LiveEvent& event) { emit(EventView(event)); };
  callbacks.on_message = [emit, kind](std::string_view bytes, LivePart part) {
    LiveEvent event;
    event.kind = kind;
    event.part = part;
    event.json = bytes;
    emit(EventView(event));
  };
  if (given.executor != nullptr) {
    callbacks.executor = [executor = given.executor, user = given.user,
                          gate](std::function<void()> task) {
      gate->pass();
      executor(user, run_task, new std::function<void()>(std::move(task)));
    };
  }
  return callbacks;
}

LiveRequest live_request(const pintle_live_request& given) {
  LiveRequest request{.method = std::string(text(given.method, "method")),
                      .params_json = std::string(text(given.params_json, "params_json"))};
  if (given.done != nullptr) {
    request.done = [done = given.done, user = given.user](const CallResult& result) {
      done(user, &EventView(result).get());
    };
  }
  return request;
}

CallOptions call_options(const pintle_live_request& given) {
  CallOptions options;
  set(options.timeout_ms, given.timeout_ms, "timeout_ms");
  options.idempotent = (given.flags & PINTLE_REQUEST_IDEMPOTENT) != 0;
  options.cancel = token(given.cancel);
  return options;
}

}  // namespace pintle::c_api
