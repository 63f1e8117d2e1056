// SPDX-License-Identifier: Apache-2.0
//
// The inside of a LiveConnection: joins its life, its link, its calls and its delivery.
//
// Threads: the functions that a LiveConnection has, from any; everything else on the loop's.

#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/core/rpc/json_rpc.h>
#include <pintle/live.h>

#include "io/loop.h"
#include "live/event_dispatcher.h"
#include "live/exit_guard.h"
#include "live/opener.h"
#include "live/pending_calls.h"
#include "live/reconnect_state.h"
#include "live/ws_connection.h"

namespace pintle {

class LiveConnection::Impl final : public std::enable_shared_from_this<LiveConnection::Impl>,
                                   private live::WsConnection::Owner,
                                   private live::Loop::Sleeper {
 public:
  Impl(std::shared_ptr<live::Engine> engine, std::shared_ptr<live::Opener> opener,
       LiveOptions options, LiveCallbacks callbacks);
  ~Impl();

  void start();
  /// The handle dies: nothing is delivered any more, and what waits for an answer is told so.
  void leave();

  LiveState state() const;
  std::int64_t request(std::string_view method, std::string_view params_json,
                       const CallOptions& options, live::Done done, bool on_loop);
  std::string rpc(std::string_view method, std::string_view params_json,
                  const CallOptions& options);
  CallAnswer ask(std::string_view method, std::string_view params_json, const CallOptions& options);
  void cancel(std::int64_t id);
  bool answer(std::uint64_t generation, std::string text);
  void send(std::string_view bytes, bool is_text);
  std::size_t unsent_bytes() const noexcept { return unsent_bytes_; }
  std::optional<LiveEvent> next(std::int64_t timeout_ms, const std::stop_token& cancel);
  int fd() const noexcept { return delivery_->fd(); }
  void wait_until_ready(std::int64_t timeout_ms, const std::stop_token& cancel);
  void retry_now();
  /// Dials where it needs a sign-in.
  void credential_changed();
  void close(std::uint16_t code, std::string reason);
  std::uint64_t malformed_count() const noexcept { return malformed_; }

 private:
  using Kind = LiveState::Kind;

  // Calls `function` on the loop's thread, at once where this is it.
  template <class Function>
  void on_loop(Function function) {
    if (loop_.is_this_thread()) return function();
    post(std::move(function));
  }
  template <class Function>
  void post(Function function) {
    loop_.post(
        [self = shared_from_this(), function = std::move(function)]() mutable { function(); });
  }

  void on_data(const ws::Event& data) override;
  void on_batch_end() override;
  void on_sent() override;
  void on_end(live::WsConnectionEnd end) override;
  void on_slept() override;

  // live_dialling.cpp
  void dial();
  void dialled(std::uint64_t generation, live::Opened opened);
  void dial_failed(std::uint64_t generation, const Error& why);
  void became_ready(std::string_view greeting);
  void greeted_late(std::string_view greeting);
  void announce();
  void on_timer();
  void set_timer();
  void look_for_credential();
  void end_now();
  void retire_connection();

  // live_calls.cpp
  void take_rpc(std::string_view text);
  /// The request that waits for the answer with that id, taken out.
  std::optional<live::PendingCall> call_of(const JsonRpcId& id);
  void take_answer(const JsonRpcMessage& message);
  void fail_malformed(live::PendingCall call, std::string_view why);
  void add_call(live::PendingCall call);
  void send_calls();
  void finish(live::PendingCall call, const CallResult& result);
  void fail(live::PendingCall call, const Error& why);
  void fail_all(std::vector<live::PendingCall> calls, const Error& why);
  void resume_session();
  void beat();
  void count_held();
  void check_room(std::size_t more) const;

  live::ExitGuard exit_guard_;  // first, so that it dies last
  const std::shared_ptr<live::Engine> engine_;
  live::Loop& loop_;
  std::shared_ptr<live::Opener> opener_;
  const LiveOptions options_;
  const std::shared_ptr<live::EventDispatcher> delivery_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  LiveState state_;

  std::atomic<Kind> kind_{Kind::idle};
  std::atomic<std::int64_t> last_id_{0};
  std::atomic<std::size_t> unsent_bytes_{0};  // on their way to the loop, or held there
  std::size_t held_bytes_ = 0;                // as it was counted last; of the loop
  std::size_t arrived_bytes_ = 0;             // since then; of the loop
  std::atomic<std::uint64_t> malformed_{0};
  std::atomic<bool> left_{false};

  live::ReconnectState life_;
  std::unique_ptr<live::WsConnection> link_;
  std::unique_ptr<live::WsConnection> retired_;  // it is at work still
  live::PendingCalls calls_;
  live::Timer timer_;       // of the state: to wait, to be ready, to look for a credential, to beat
  live::Timer call_timer_;  // of the calls
  std::stop_source dialling_{std::nostopstate};
  std::uint64_t credential_ = 0;  // the version that was dialled with
  bool reused_ = false;
  bool closing_ = false;      // by the app
  bool resuming_ = false;     // what waits is sent when the session was resumed
  bool beats_ = false;        // the gateway has gateway.ping
  std::int64_t ping_id_ = 0;  // of the last one
  live::TimePoint last_message_{};
  live::TimePoint lost_at_ = live::kNever;
  std::map<std::string, std::int64_t, std::less<>> last_seq_;
};

}  // namespace pintle
