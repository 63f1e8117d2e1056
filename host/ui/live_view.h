// SPDX-License-Identifier: Apache-2.0
//
// The live view of a page: a live connection of its own, what happens on it, and its round-trip
// time.
//
// Threads: `run_live_view` blocks, until its stop token is stopped; LiveViews from any.

#pragma once

#include <map>
#include <stop_token>
#include <string>

#include <pintle/connection.h>

#include "base/mutex.h"
#include "ui/event_stream.h"

namespace pintle::ui {

/// A live connection that the requests of a page can find.
class LiveView {
 public:
  /// `events` must outlive this.
  LiveView(Connection& connection, EventStream& events);

  /// Sends a request of the page. Throws as LiveConnection::request does.
  void request(const std::string& method, const std::string& params_json);
  /// Reports states, events and round trips.
  void run(const std::stop_token& cancel);

 private:
  void report(const LiveEvent& event);
  void report_state(const LiveState& state);
  void report_in_flight(int change) PINTLE_EXCLUDES(mutex_);
  void measure();

  EventStream& events_;
  Mutex mutex_;
  int in_flight_ PINTLE_GUARDED_BY(mutex_) = 0;
  bool is_ready_ = false;
  bool is_over_ = false;
  LiveConnection live_;  // last: its callbacks use the others
};

/// The live views of all tabs, by their ids.
class LiveViews {
 public:
  /// Events: "started" {id}, "state", "event", "skipped" {count}, "in-flight" {count}, "round-trip"
  /// {ms}.
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
