// SPDX-License-Identifier: Apache-2.0
#include "ui/connection_test.h"

#include <algorithm>
#include <chrono>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/classify_response.h>

namespace pintle::ui {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLimit{60};
constexpr const char* kAsk = "Ask the gateway what it is";

double ms_since(Clock::time_point begin) {
  const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
  return tenths(took.count());
}

// The steps one after the other: a new one ends the one before it.
class StepReport {
 public:
  explicit StepReport(EventStream& events) : events_(events) {}

  void begin(std::string name) {
    end();
    name_ = std::move(name);
    begun_ = Clock::now();
    send("running", "", false);
  }
  void end(const std::string& text = {}) {
    if (name_.empty()) return;
    send("good", text, true);
    name_.clear();
  }

 private:
  void send(const char* state, const std::string& text, bool timed) {
    auto data = ordered_object();
    data.set("name", name_);
    data.set("state", std::string(state));
    if (!text.empty()) data.set("text", text);
    if (timed) data.set("ms", ms_since(begun_));
    events_.send("step", data);
  }

  EventStream& events_;
  std::string name_;
  Clock::time_point begun_;
};

std::string ready_text(const LiveState& state, bool is_hermes) {
  if (!is_hermes) return {};
  return state.greeting.empty() ? "The gateway sent no gateway.ready, as older ones."
                                : "The gateway sent gateway.ready.";
}

// Returns true when the gateway is ready.
bool take_state(const LiveState& state, bool is_hermes, StepReport& steps) {
  switch (state.kind) {
    case LiveState::Kind::dialling:
      steps.begin(is_hermes ? "Get a ticket and open the WebSocket" : "Open the WebSocket");
      return false;
    case LiveState::Kind::ready:
      steps.end(ready_text(state, is_hermes));
      return true;
    case LiveState::Kind::closed:
    case LiveState::Kind::failed:
    case LiveState::Kind::needs_sign_in:
      throw state.why ? *state.why : Error(Layer::websocket, "the gateway closed the connection");
    case LiveState::Kind::idle:
    case LiveState::Kind::probing:
    case LiveState::Kind::waiting:
      return false;
  }
  return false;
}

void wait_until_ready(LiveConnection& live, bool is_hermes, StepReport& steps,
                      const std::stop_token& cancel) {
  const auto until = Clock::now() + kLimit;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    const auto event = live.next(std::max<std::int64_t>(left, 0), cancel);
    if (cancel.stop_requested()) throw Error(Layer::config, "the test was cancelled");
    if (!event) throw Error(Layer::tcp, "the gateway was not ready within 60 s").with_retry();
    if (event->kind == LiveEvent::Kind::state && take_state(*event->state, is_hermes, steps))
      return;
  }
}

// Of a gateway without a WebSocket.
void send_request(Connection& connection, const GatewayProfile& profile, StepReport& steps,
                  const std::stop_token& cancel) {
  if (profile.credential_check.empty()) {
    return steps.end(profile.name +
                     ". It has no WebSocket, and no request that tells whether a "
                     "credential is valid.");
  }
  steps.end(profile.name + ". It has no WebSocket.");
  steps.begin("Send a request");
  const auto response = connection.call({.target = profile.credential_check}, cancel);
  if (auto error = classify_response(response, connection.settings().url, RequestPurpose::rest,
                                     profile.credential_check)) {
    throw *std::move(error);
  }
  if (!response.ok()) {
    throw Error(Layer::protocol, "the gateway returned HTTP " + std::to_string(response.status) +
                                     " for " + profile.credential_check)
        .with_status(response.status);
  }
  steps.end("The gateway accepts the credential.");
}

// Returns the round trip in milliseconds.
double ping(LiveConnection& live, StepReport& steps, const std::stop_token& cancel) {
  steps.begin("Round trip");
  const auto sent = Clock::now();
  // An older gateway does not know the method: its refusal is an answer too.
  const auto answer = live.ask("gateway.ping", {}, {.timeout_ms = 10'000, .cancel = cancel});
  const auto took_ms = ms_since(sent);
  if (answer.error) throw Error(*answer.error);
  steps.end();
  return took_ms;
}

}  // namespace

void test_connection(Connection& connection, EventStream& events, const std::stop_token& cancel) {
  const auto begin = Clock::now();
  StepReport steps(events);
  steps.begin(kAsk);
  const auto profile = connection.profile(cancel);
  auto done = ordered_object();
  if (!profile.has_websocket) {
    send_request(connection, profile, steps, cancel);
    done.set("ms", ms_since(begin));
    events.send("done", done);
    return;
  }
  LiveOptions options;
  options.reconnect = false;
  auto live = connection.live(std::move(options));
  wait_until_ready(live, profile.is_hermes(), steps, cancel);
  done.set("ms", ms_since(begin));
  if (profile.content == ProfileContent::json_rpc) {
    done.set("round_trip_ms", ping(live, steps, cancel));
  }
  events.send("done", done);
}

}  // namespace pintle::ui
