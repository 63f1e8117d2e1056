// SPDX-License-Identifier: Apache-2.0
#include "ui/live_view.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "local/local_access.h"

namespace pintle::ui {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kBetweenCounts{100};
constexpr milliseconds kBetweenSilences{1'000};
constexpr std::int64_t kPingLimitMs = 30'000;
// More of a message is of no use on the page.
constexpr std::size_t kMaxShown = 2'000;

std::string shown(std::string_view text) { return printable(text, kMaxShown); }

std::string text_of_event(const LiveEvent& event) {
  if (event.failure != nullptr) return event.failure->message();
  if (!event.text.empty()) return shown(event.text);
  return shown(event.json);
}

// How long a gateway may be silent before the live connection's own heartbeat dials again; 0: the
// gateway has not announced that it answers one.
std::int64_t heartbeat_limit_ms(const std::string& greeting) {
  try {
    const bool has_heartbeat = bool_member(*read_object(greeting), "heartbeat");
    return has_heartbeat ? 2 * LiveOptions{}.heartbeat_ms : 0;
  } catch (const Error&) {
    return 0;  // an older gateway greets with nothing
  }
}

}  // namespace

LiveView::LiveView(Connection& connection, EventStream& events)
    : connection_(connection), events_(events), live_(connection.live()) {}

void LiveView::request(const std::string& method, const std::string& params_json) {
  live_.request(method, params_json);
  report_in_flight(1);
}

void LiveView::report_in_flight(int change) {
  auto data = ordered_object();
  const MutexLock lock(mutex_);
  in_flight_ += change;
  // The answer may come before the request is counted.
  data.set("count", std::max(in_flight_, 0));
  events_.send("in-flight", data);
}

void LiveView::report_state(const LiveState& state) {
  const bool answers_pings = state.kind == LiveState::Kind::ready &&
                             connection_.profile().content == ProfileContent::json_rpc;
  {
    const MutexLock lock(mutex_);
    if (answers_pings) {
      pings_.connected(Clock::now());
    } else {
      pings_.disconnected();
    }
  }
  is_over_ = state.kind == LiveState::Kind::closed;
  auto data = ordered_object();
  data.set("state", std::string(name_of(state.kind)));
  data.set("generation", Poco::Int64(state.generation));
  if (state.wait_ms > 0) data.set("wait_ms", Poco::Int64(state.wait_ms));
  if (state.close_code != 0) data.set("close_code", int(state.close_code));
  if (!state.greeting.empty()) data.set("greeting", shown(state.greeting));
  if (state.why) data.set("error", error_json(*state.why));
  events_.send("state", data);
}

void LiveView::report(const LiveEvent& event) {
  using Kind = LiveEvent::Kind;
  if (event.kind == Kind::state) {
    report_state(*event.state);
    return;
  }
  {
    const MutexLock lock(mutex_);
    pings_.received(Clock::now());
  }
  if (event.kind == Kind::event) ++event_count_;
  auto data = ordered_object();
  data.set("kind", std::string(name_of(event.kind)));
  data.set("type", printable(event.type, 80));
  data.set("text", text_of_event(event));
  events_.offer("event", data);
  if (event.kind == Kind::result || event.kind == Kind::error || event.kind == Kind::unanswered) {
    report_in_flight(-1);
  }
}

// A flood of events needs no count for each.
void LiveView::report_count(Time now) {
  if (event_count_ == reported_count_ || now < next_count_) return;
  next_count_ = now + kBetweenCounts;
  reported_count_ = event_count_;
  auto data = ordered_object();
  data.set("count", Poco::Int64(event_count_));
  events_.send("event-count", data);
}

void LiveView::report_silence(Time now) {
  std::optional<milliseconds> silence;
  {
    const MutexLock lock(mutex_);
    silence = pings_.silence(now);
  }
  if (silence ? now < next_silence_ : !was_silent_) return;
  next_silence_ = silence ? now + kBetweenSilences : Time{};
  was_silent_ = silence.has_value();
  auto data = ordered_object();
  data.set("ms", Poco::Int64(silence ? silence->count() : 0));
  if (silence) data.set("reconnect_ms", Poco::Int64(heartbeat_limit_ms(live_.state().greeting)));
  events_.send("silence", data);
}

// A gateway that does not know the method answers too, and as fast.
void LiveView::ping_if_due(Time now) {
  std::uint64_t ping = 0;
  {
    const MutexLock lock(mutex_);
    if (!pings_.is_due(now)) return;
    ping = pings_.sent(now);
  }
  const auto done = [this, ping, now](const CallResult& result) {
    const bool is_answer =
        result.kind == CallResult::Kind::result || result.kind == CallResult::Kind::refused;
    const auto at = Clock::now();
    {
      const MutexLock lock(mutex_);
      if (!is_answer) return pings_.lost(ping);
      pings_.answered(ping, at);
    }
    const std::chrono::duration<double, std::milli> took = at - now;
    auto data = ordered_object();
    data.set("ms", tenths(took.count()));
    events_.send("round-trip", data);
  };
  try {
    live_.request_on_io_thread("gateway.ping", {}, {.timeout_ms = kPingLimitMs}, done);
  } catch (const Error&) {
    // The connection was lost meanwhile: its state says so.
    const MutexLock lock(mutex_);
    pings_.lost(ping);
  }
}

LiveView::Time LiveView::next_look(Time now) {
  const MutexLock lock(mutex_);
  const auto next = pings_.next(now);
  return event_count_ == reported_count_ ? next : std::min(next, next_count_);
}

void LiveView::run(const std::stop_token& cancel) {
  report_in_flight(0);
  while (!cancel.stop_requested() && !is_over_) {
    auto now = Clock::now();
    const auto left = std::chrono::ceil<milliseconds>(next_look(now) - now).count();
    if (const auto event = live_.next(std::max<std::int64_t>(left, 0), cancel)) report(*event);
    now = Clock::now();
    ping_if_due(now);
    report_silence(now);
    report_count(now);
  }
}

void LiveViews::run(Connection& connection, EventStream& events, const std::stop_token& cancel) {
  LiveView view(connection, events);
  const auto token = local::new_local_token();
  const std::string id(token.reveal());
  const Listed listed(*this, id, view);
  auto started = ordered_object();
  started.set("id", id);
  events.send("started", started);
  view.run(cancel);
}

LiveViews::Listed::Listed(LiveViews& views, std::string id, LiveView& view)
    : views_(views), id_(std::move(id)) {
  const MutexLock lock(views_.mutex_);
  views_.running_.emplace(id_, &view);
}

LiveViews::Listed::~Listed() {
  const MutexLock lock(views_.mutex_);
  views_.running_.erase(id_);
}

void LiveViews::request(const std::string& id, const std::string& method,
                        const std::string& params_json) {
  // Locked until it is sent, so that the view lives; nothing here blocks.
  const MutexLock lock(mutex_);
  const auto found = running_.find(id);
  if (found == running_.end()) throw Error(Layer::config, "the live view has ended");
  found->second->request(method, params_json);
}

}  // namespace pintle::ui
