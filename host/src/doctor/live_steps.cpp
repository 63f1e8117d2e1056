// SPDX-License-Identifier: Apache-2.0
#include "doctor/live_steps.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "doctor/time_text.h"

namespace pintle::doctor {

/// How far a dial got.
struct DialProgress {
  bool is_resolved = false;  // The URL, with its ticket.
  bool has_ticket = false;   // Single use; else the credential itself opens the WebSocket.
  bool is_open = false;
  bool is_reused = false;
  bool is_compressed = false;
  std::optional<Error> failure{};
};

/// Dials as every live connection does, and publishes how far it got.
class ObservedOpener final : public live::Opener {
 public:
  explicit ObservedOpener(std::shared_ptr<Connection::Impl> connection)
      : connection_(std::move(connection)) {}

  bool is_known() override { return true; }

  live::Opened open(const LiveOptions& options, const std::function<void()>&,
                    const std::stop_token& cancel) override {
    try {
      auto opened = connection_->dial(
          options, [] {}, cancel,
          [this](const OperationOutcome& resolved) {
            publish([&](DialProgress& progress) {
              progress.is_resolved = true;
              progress.has_ticket = resolved.life == PINTLE_KEEP_NEVER;
            });
          });
      publish([&](DialProgress& progress) {
        progress.is_open = true;
        progress.is_reused = opened.reused;
        progress.is_compressed = opened.deflate.has_value();
      });
      return opened;
    } catch (const Error& error) {
      publish([&](DialProgress& progress) { progress.failure = error; });
      throw;
    }
  }

  Instruments instruments() override { return connection_->instruments(); }
  std::uint64_t credential_version() override { return connection_->credential_version(); }
  void forget_idle() override { connection_->forget_idle(); }

  /// Blocks until `has_come` is true of the progress or the dial failed, but no longer than
  /// `limit` or until `cancel`.
  DialProgress wait(const std::function<bool(const DialProgress&)>& has_come,
                    const std::stop_token& cancel, std::chrono::milliseconds limit) {
    MutexLock lock(mutex_);
    changed_.wait_for(mutex_, cancel, limit, [&]() PINTLE_REQUIRES(mutex_) {
      return progress_.failure || has_come(progress_);
    });
    return progress_;
  }

 private:
  template <class Change>
  void publish(Change change) {
    const MutexLock lock(mutex_);
    change(progress_);
    changed_.notify_all();
  }

  const std::shared_ptr<Connection::Impl> connection_;
  Mutex mutex_;
  Condition changed_;
  DialProgress progress_ PINTLE_GUARDED_BY(mutex_);
};

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{200};
constexpr int kPings = 3;
constexpr std::int64_t kPingLimitMs = 5'000;
constexpr std::int64_t kFarewellMs = 1'000;

bool is_over(const LiveState& state) {
  return state.kind == LiveState::Kind::closed || state.kind == LiveState::Kind::failed ||
         state.kind == LiveState::Kind::needs_sign_in;
}

Error lost_before_ready(const LiveState& state) {
  auto error = state.why.value_or(Error(Layer::websocket, "the gateway closed the WebSocket"));
  const bool is_told = state.close_code == 0 || state.close_code == 1006 ||
                       error.message().find(std::to_string(state.close_code)) != std::string::npos;
  if (is_told) return error;
  auto told = Error(error.layer(),
                    error.message() + " (close code " + std::to_string(state.close_code) + ")")
                  .with_hint(error.hint())
                  .with_retry(error.can_retry())
                  .with_user_action(error.needs_user_action());
  if (error.needs_sign_in()) told.with_sign_in();
  return told;
}

}  // namespace

LiveSteps::LiveSteps(std::shared_ptr<Connection::Impl> connection)
    : connection_(std::move(connection)), opener_(std::make_shared<ObservedOpener>(connection_)) {}

LiveSteps::~LiveSteps() = default;

LiveOptions LiveSteps::options() const {
  LiveOptions options;
  options.reconnect = false;  // The first failure is what is looked for.
  options.ready_timeout_ms = std::min(options.ready_timeout_ms, connection_->settings().request_ms);
  return options;
}

void LiveSteps::run(StepRecorder& recorder) {
  const auto& cancel = recorder.cancel();
  const auto run_step = [&](std::string_view id,
                            void (LiveSteps::*look)(DoctorStep&, const StepEnd&)) {
    recorder.run(id, [&](DoctorStep& step, const StepEnd& end) {
      if (connection_->gateway().profile(end.cancel)->has_websocket)
        return (this->*look)(step, end);
      not_needed(step, "not needed: this gateway has no WebSocket");
    });
  };
  run_step("ticket", &LiveSteps::wait_for_ticket);
  run_step("upgrade", &LiveSteps::wait_for_upgrade);
  run_step("ready", &LiveSteps::wait_for_ready);
  run_step("ping", &LiveSteps::ping);
  if (!live_ || cancel.stop_requested()) return;
  live_->close();
  const auto until = Clock::now() + std::chrono::milliseconds(kFarewellMs);
  while (live_->next(kFarewellMs, cancel) && Clock::now() < until) {
  }
}

DialProgress LiveSteps::wait_for_dial(const std::function<bool(const DialProgress&)>& has_come,
                                      const std::stop_token& cancel) {
  for (;;) {
    auto progress = opener_->wait(has_come, cancel, kLook);
    if (cancel.stop_requested() || has_come(progress)) return progress;
    if (progress.failure) throw *progress.failure;
    // There may be no thread to dial on.
    if (const auto state = live_->state(); is_over(state) && state.why) throw *state.why;
  }
}

void LiveSteps::wait_for_ticket(DoctorStep& step, const StepEnd& end) {
  live_ = connection_->live_with(opener_, options(), {});
  const auto progress =
      wait_for_dial([](const auto& dial) { return dial.is_resolved; }, end.cancel);
  if (!progress.has_ticket) {
    return not_needed(step, "not needed: the credential itself opens the WebSocket");
  }
  step.finding = "minted (single use)";
}

void LiveSteps::wait_for_upgrade(DoctorStep& step, const StepEnd& end) {
  const auto progress = wait_for_dial([](const auto& dial) { return dial.is_open; }, end.cancel);
  step.finding =
      std::string("the WebSocket is open, on ") +
      (progress.is_reused ? "the connection of the previous request" : "a new connection");
  if (progress.is_compressed) step.facts.push_back({"compression", "permessage-deflate"});
}

void LiveSteps::wait_for_ready(DoctorStep& step, const StepEnd& end) {
  const auto& cancel = end.cancel;
  const bool is_hermes = connection_->gateway().profile(cancel)->is_hermes();
  std::string malformed;
  for (;;) {
    const auto event = live_->next(-1, cancel);
    if (!event) return;  // Cancelled: a live connection that ends says so first.
    if (event->kind == LiveEvent::Kind::malformed) malformed = std::string(event->text);
    if (event->kind != LiveEvent::Kind::state) continue;
    const auto& state = *event->state;
    if (state.kind == LiveState::Kind::ready && !state.greeting.empty()) {
      step.finding = is_hermes ? "gateway.ready was received" : "the gateway said that it is ready";
      return;
    }
    if (state.kind == LiveState::Kind::ready && !is_hermes) {
      step.finding = "ready after the upgrade";
      return;
    }
    if (state.kind == LiveState::Kind::ready) break;
    if (is_over(state)) {
      throw lost_before_ready(state);
    }
  }
  if (!malformed.empty() || live_->malformed_count() > 0) {
    throw Error(Layer::protocol,
                "a message that is not JSON-RPC was received instead of gateway.ready" +
                    (malformed.empty() ? "" : ": " + malformed))
        .with_hint("Check the gateway's log, and that no proxy changes WebSocket messages.");
  }
  warn(step,
       Error(Layer::websocket,
             "no gateway.ready within " + std::to_string(options().ready_timeout_ms) + " ms")
           .with_hint("Older gateways send none: then ignore this. Otherwise check whether a proxy "
                      "buffers WebSocket messages."));
}

void LiveSteps::ping(DoctorStep& step, const StepEnd& end) {
  const auto& cancel = end.cancel;
  if (connection_->gateway().profile(cancel)->content != ProfileContent::json_rpc) {
    return not_needed(step, "not checked: the WebSocket speaks no JSON-RPC");
  }
  std::vector<double> times;
  for (int i = 0; i < kPings && !cancel.stop_requested(); ++i) {
    const auto began = Clock::now();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end.deadline - began).count();
    const auto limit = std::clamp<std::int64_t>(left, 1, kPingLimitMs);
    // Gateways without this method refuse it, which is an answer too (gateway-contract 8).
    const auto answer = live_->ask("gateway.ping", "{}", {.timeout_ms = limit, .cancel = cancel});
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
    const bool is_answered =
        answer.kind == CallResult::Kind::result || answer.kind == CallResult::Kind::refused;
    if (is_answered || cancel.stop_requested()) continue;
    throw Error(Layer::websocket, "the WebSocket is open, but a request on it was not answered: " +
                                      answer.error->message())
        .with_retry()
        .with_hint(
            "Check the gateway's log for a hang, and whether a proxy buffers WebSocket messages.");
  }
  if (times.empty()) return;
  const auto [fastest, slowest] = std::minmax_element(times.begin(), times.end());
  step.finding = "round trip " + milliseconds_text(*fastest) + " (the fastest of " +
                 std::to_string(times.size()) + "; the slowest " + milliseconds_text(*slowest) +
                 ")";
}

}  // namespace pintle::doctor
