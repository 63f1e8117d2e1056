// SPDX-License-Identifier: Apache-2.0
//
// The live view of a page: a live connection of its own, what happens on it, and its round-trip
// time.
//
// Threads: `run_live_view` blocks, until its stop token is stopped; LiveViews from any.

#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>

#include <pintle/connection.h>

#include "base/mutex.h"
#include "ui/event_stream.h"
#include "ui/ping_watch.h"

namespace pintle::ui {

/// A live connection that the requests of a page can find.
class LiveView {
 public:
  /// Both must outlive this.
  LiveView(Connection& connection, EventStream& events);

  /// Sends a request of the page. Throws as LiveConnection::request does.
  void request(const std::string& method, const std::string& params_json);
  /// Reports states, events and round trips.
  void run(const std::stop_token& cancel);

 private:
  using Time = PingWatch::Time;

  void report(const LiveEvent& event);
  void report_state(const LiveState& state);
  void report_in_flight(int change) PINTLE_EXCLUDES(mutex_);
  void report_count(Time now);
  void report_silence(Time now) PINTLE_EXCLUDES(mutex_);
  void ping_if_due(Time now) PINTLE_EXCLUDES(mutex_);
  Time next_look(Time now) PINTLE_EXCLUDES(mutex_);

  Connection& connection_;
  EventStream& events_;
  Mutex mutex_;
  int in_flight_ PINTLE_GUARDED_BY(mutex_) = 0;
  PingWatch pings_ PINTLE_GUARDED_BY(mutex_);
  std::int64_t event_count_ = 0;
  std::int64_t reported_count_ = 0;
  Time next_count_{};
  bool was_silent_ = false;
  Time next_silence_{};
  bool is_over_ = false;
  LiveConnection live_;  // last: its callbacks use the others
};

/// The live views of all tabs, by their ids.
class LiveViews {
 public:
  /// Events: "started" {id}, "state", "event" (any other message: {kind, type, text}),
  /// "event-count" {count} (events alone), "skipped" {count}, "in-flight" {count}, "round-trip"
  /// {ms}, "silence" {ms, reconnect_ms}: since when the gateway has not responded (0: it responds
  /// again), and after how much of that the heartbeat reconnects (0: the gateway has none).
  void run(Connection& connection, EventStream& events, const std::stop_token& cancel)
      PINTLE_EXCLUDES(mutex_);
  /// Throws Error(config) if there is no such view, and as LiveConnection::request does.
  void request(const std::string& id, const std::string& method, const std::string& params_json)
      PINTLE_EXCLUDES(mutex_);

 private:
  // A view in `running_`, for as long as it runs.
  class Listed {
   public:
    Listed(LiveViews& views, std::string id, LiveView& view);
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;
    ~Listed();

   private:
    LiveViews& views_;
    std::string id_;
  };

  Mutex mutex_;
  std::map<std::string, LiveView*> running_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle::ui
