// SPDX-License-Identifier: Apache-2.0
#include "c_api/live/live.h"

#include <limits>
#include <memory>
#include <utility>

#include <pintle/core/text/json.h>

#include "c_api/connection.h"
#include "c_api/edge.h"
#include "c_api/live/live_options.h"
#include "c_api/reply.h"

using namespace pintle;
using c_api::dereference;
using c_api::guarded;
using c_api::sized;
using c_api::text;

namespace {

constexpr std::int32_t kInternalError = -32603;  // JSON-RPC 2.0 5.1

// Returns a refusal's status, which is never 0: that means a result.
std::int32_t status_of(std::int64_t code) {
  const bool fits = code >= std::numeric_limits<std::int32_t>::min() &&
                    code <= std::numeric_limits<std::int32_t>::max();
  return fits && code != 0 ? static_cast<std::int32_t>(code) : kInternalError;
}

std::string refusal_json(const CallAnswer& answer) {
  return "{\"code\":" + std::to_string(answer.code) + ",\"message\":" + json_string(answer.text) +
         ",\"data\":" + (answer.json.empty() ? "null" : answer.json) + "}";
}

void answer_gateway(bool taken) {
  if (taken) return;
  throw Error(Layer::websocket, "cannot answer the gateway's request: its connection has ended");
}

}  // namespace

std::int32_t pintle_live_start(pintle_connection* connection, const pintle_live_options* options,
                               pintle_live** out, pintle_error* error) {
  if (out != nullptr) *out = nullptr;
  return guarded(error, [&] {
    auto& to = dereference(out, "out");
    auto& from = dereference(connection, "connection").connection;
    const auto given = c_api::sized_or_default(options, "pintle_live_options");
    const auto gate = std::make_shared<c_api::Gate>();
    auto callbacks = c_api::live_callbacks(given, gate);
    to = new pintle_live{from.live(c_api::live_options(given, gate), std::move(callbacks))};
    gate->open();
  });
}

void pintle_live_destroy(pintle_live* live) { delete live; }

std::int32_t pintle_live_send_request(pintle_live* live, const pintle_live_request* request,
                                      std::int64_t* id, pintle_error* error) {
  return guarded(error, [&] {
    auto& to = dereference(live, "live").live;
    const auto given = sized(request, "pintle_live_request");
    auto made = c_api::live_request(given);
    const auto sent =
        to.request(made.method, made.params_json, c_api::call_options(given), std::move(made.done));
    if (id != nullptr) *id = sent;
  });
}

std::int32_t pintle_live_rpc(pintle_live* live, const pintle_live_request* request,
                             pintle_reply** out, pintle_error* error) {
  if (out != nullptr) *out = nullptr;
  std::stop_token cancel;
  bool was_sent = false;
  const auto failed = guarded(error, [&] {
    auto& to = dereference(out, "out");
    auto& on = dereference(live, "live").live;
    const auto given = sized(request, "pintle_live_request");
    const auto options = c_api::call_options(given);
    cancel = options.cancel;
    auto reply = std::make_unique<pintle_reply>();
    auto answer =
        on.ask(text(given.method, "method"), text(given.params_json, "params_json"), options);
    if (answer.error) {
      was_sent = answer.kind == CallResult::Kind::unknown;
      throw Error(*answer.error);
    }
    const bool refused = answer.kind == CallResult::Kind::refused;
    reply->status = refused ? status_of(answer.code) : 0;
    reply->body = refused ? refusal_json(answer) : std::move(answer.json);
    to = reply.release();
  });
  if (failed != PINTLE_OK && error != nullptr && error->struct_size >= sizeof(std::uint64_t)) {
    if (was_sent) error->flags |= PINTLE_ERROR_OUTCOME_UNKNOWN;
    if (cancel.stop_requested()) error->flags |= PINTLE_ERROR_CANCELLED;
  }
  return failed;
}

std::int32_t pintle_live_cancel(pintle_live* live, std::int64_t id, pintle_error* error) {
  return guarded(error, [&] { dereference(live, "live").live.cancel(id); });
}

std::int32_t pintle_live_answer(pintle_live* live, std::uint64_t generation, pintle_view id_json,
                                pintle_view result_json, pintle_error* error) {
  return guarded(error, [&] {
    answer_gateway(
        dereference(live, "live")
            .live.answer(generation, text(id_json, "id_json"), text(result_json, "result_json")));
  });
}

std::int32_t pintle_live_answer_error(pintle_live* live, std::uint64_t generation,
                                      pintle_view id_json, std::int64_t code, pintle_view message,
                                      pintle_error* error) {
  return guarded(error, [&] {
    answer_gateway(dereference(live, "live")
                       .live.answer_error(generation, text(id_json, "id_json"), code,
                                          text(message, "message")));
  });
}

std::int32_t pintle_live_send(pintle_live* live, pintle_view bytes, std::int32_t is_text,
                              pintle_error* error) {
  return guarded(error,
                 [&] { dereference(live, "live").live.send(text(bytes, "bytes"), is_text != 0); });
}

std::size_t pintle_live_unsent_bytes(const pintle_live* live) {
  return live == nullptr ? 0 : live->live.unsent_bytes();
}

std::int32_t pintle_live_next(pintle_live* live, std::int64_t timeout_ms, pintle_cancel* cancel,
                              pintle_event* event, pintle_error* error) {
  return guarded(error, [&] {
    auto& from = dereference(live, "live");
    c_api::fill(event, pintle_event{}, "pintle_event");
    from.event.reset();
    const auto next = from.live.next(timeout_ms, c_api::token(cancel));
    if (!next) return;
    from.event.emplace(*next);
    c_api::fill(event, from.event->get(), "pintle_event");
  });
}

int pintle_live_fd(const pintle_live* live) { return live == nullptr ? -1 : live->live.fd(); }

std::int32_t pintle_live_wait_until_ready(pintle_live* live, std::int64_t timeout_ms,
                                          pintle_cancel* cancel, pintle_error* error) {
  const auto stop = c_api::token(cancel);
  return guarded(error, stop,
                 [&] { dereference(live, "live").live.wait_until_ready(timeout_ms, stop); });
}

std::int32_t pintle_live_retry_now(pintle_live* live, pintle_error* error) {
  return guarded(error, [&] { dereference(live, "live").live.retry_now(); });
}

std::int32_t pintle_live_close(pintle_live* live, std::uint32_t code, pintle_view reason,
                               pintle_error* error) {
  return guarded(error, [&] {
    auto& on = dereference(live, "live").live;
    if (code > 4999) c_api::refuse("the close code is above 4999");
    on.close(code == 0 ? std::uint16_t{1000} : static_cast<std::uint16_t>(code),
             text(reason, "reason"));
  });
}
