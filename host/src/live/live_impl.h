// SPDX-License-Identifier: Apache-2.0
//
// The implementation of LiveConnection: combines its state, WebSocket, requests and events, each in
// a class of its own.
//
// Threads: the functions of LiveConnection, any; everything else, the loop's.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/core/rpc/json_rpc.h>
#include <pintle/live.h>

#include "io/loop.h"
#include "live/calls/call_tracker.h"
#include "live/calls/send_budget.h"
#include "live/events/event_dispatcher.h"
#include "live/exit_guard.h"
#include "live/heartbeat.h"
#include "live/opener.h"
#include "live/published_state.h"
#include "live/ready_wait.h"
#include "live/reconnect_state.h"
#include "live/session_resume.h"
#include "live/ws/ws_connection.h"
#include "log/instruments.h"

namespace pintle {

class LiveConnection::Impl final : public std::enable_shared_from_this<LiveConnection::Impl>,
                                   private live::WsConnection::Owner,
                                   private live::Loop::Sleeper {
 public:
  Impl(std::shared_ptr<live::Engine> engine, std::shared_ptr<live::Opener> opener,
       LiveOptions options, LiveCallbacks callbacks);
  ~Impl();

  void start();
  /// The handle is destroyed: delivers nothing more and fails pending requests.
  void leave();

  LiveState state() const { return published_.get(); }
  std::int64_t request(std::string_view method, std::string_view params_json,
                       const CallOptions& options, live::Done done, bool on_loop);
  std::string rpc(std::string_view method, std::string_view params_json,
                  const CallOptions& options);
  CallAnswer ask(std::string_view method, std::string_view params_json, const CallOptions& options);
  void cancel(std::int64_t id);
  bool answer(std::uint64_t generation, std::string text);
  void send(std::string_view bytes, bool is_text);
  std::size_t unsent_bytes() const noexcept { return budget_.unsent_bytes(); }
  std::optional<LiveEvent> next(std::int64_t timeout_ms, const std::stop_token& cancel);
  int fd() const noexcept { return dispatcher_->fd(); }
  void wait_until_ready(std::int64_t timeout_ms, const std::stop_token& cancel);
  void retry_now();
  /// Dials if the connection needs a sign-in.
  void credential_changed();
  void close(std::uint16_t code, std::string reason);
  std::uint64_t malformed_count() const noexcept { return malformed_; }

 private:
  using Kind = LiveState::Kind;

  // Runs `function` on the loop's thread; at once if this is it.
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

  // live_dialling.cpp: the state transitions.
  void dial();
  void dialled(std::uint64_t generation, live::Opened opened);
  void dial_failed(std::uint64_t generation, const Error& why);
  void take_profile(const std::shared_ptr<const GatewayProfile>& given);
  bool waits_for_message() const noexcept;
  void became_ready(std::string_view greeting);
  void greeted_late(std::string_view greeting);
  void announce();
  void log_state() const;
  void on_timer();
  void set_timer();
  void look_for_credential();
  void end_now();
  void retire_connection();
  void resume_session();
  void beat();

  // live_messages.cpp: requests and received messages.
  bool take_ready_message(std::string_view text);
  void take_rpc(std::string_view text);
  void take_response(const JsonRpcMessage& message);
  void add_call(live::PendingCall call);
  void send_calls();
  void count_unsent();

  live::ExitGuard exit_guard_;  // First, so that it is destroyed last.
  const std::shared_ptr<live::Engine> engine_;
  live::Loop& loop_;
  std::shared_ptr<live::Opener> opener_;
  const Instruments instruments_;
  const LiveOptions options_;
  const std::shared_ptr<live::EventDispatcher> dispatcher_;

  live::PublishedState published_;
  live::SendBudget budget_;
  std::atomic<std::uint64_t> malformed_{0};
  std::atomic<bool> left_{false};

  // Used only on the loop's thread:
  live::ReconnectState state_;
  live::CallTracker calls_;
  live::Heartbeat heartbeat_;
  live::SessionResume resume_;
  std::unique_ptr<live::WsConnection> ws_;
  std::unique_ptr<live::WsConnection> retired_;  // Still running.
  live::Timer timer_;  // Of the state: wait, ready timeout, credential check, heartbeat.
  struct Dial {
    std::stop_source stop{std::nostopstate};
    std::uint64_t credential = 0;                     // The version that was dialled with.
    bool reused = false;                              // The connection that minted the ticket.
    std::shared_ptr<const GatewayProfile> profile{};  // Never null once it succeeded.
    LiveOptions::Content content = LiveOptions::Content::json_rpc;
    live::ReadyWait ready{};
  };
  Dial dial_;              // The last one.
  bool closing_ = false;   // By the app.
  bool resuming_ = false;  // Pending requests are sent once the session is resumed.
};

}  // namespace pintle
