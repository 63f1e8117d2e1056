// SPDX-License-Identifier: Apache-2.0
//
// An operation that reports to the page as it goes on: server-sent events (HTML Living Standard
// 9.2) from any thread, written by the thread of the request. The operation ends if the browser
// closes the connection: a closed tab leaves nothing behind.
//
// Threads: `send`, `offer` from any; the rest belongs to the thread of the request.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <ostream>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/wakeup.h"
#include "ui/exchange.h"
#include "ui/json.h"

namespace pintle::ui {

class EventStream {
 public:
  EventStream();

  void send(std::string_view event, const JsonObject& data) PINTLE_EXCLUDES(mutex_);
  /// Like `send`, but only counts it if the page is behind: see the event "skipped".
  void offer(std::string_view event, const JsonObject& data) PINTLE_EXCLUDES(mutex_);
  /// After this, `write_to` ends when all is written.
  void finish() PINTLE_EXCLUDES(mutex_);

  /// Writes the events to `out` as they come. Returns when the stream is finished, `stop` is
  /// requested, or the browser has closed `socket`.
  void write_to(std::ostream& out, int socket, const std::stop_token& stop) PINTLE_EXCLUDES(mutex_);

 private:
  bool write_queued(std::ostream& out) PINTLE_EXCLUDES(mutex_);

  Wakeup woken_;
  Mutex mutex_;
  std::deque<std::string> queue_ PINTLE_GUARDED_BY(mutex_);
  std::int64_t skipped_ PINTLE_GUARDED_BY(mutex_) = 0;
  bool finished_ PINTLE_GUARDED_BY(mutex_) = false;
};

/// Runs `work` on a thread of its own and sends its events; an Error that it throws is the event
/// "error". Its token is stopped if the browser leaves, or with `stop`.
using StreamWork = std::function<void(EventStream&, const std::stop_token&)>;
void run_stream(Exchange& exchange, const std::stop_token& stop, const StreamWork& work);

/// The same for an operation with one result. An Error that it throws is the member "error".
using AnswerWork = std::function<JsonObject(const std::stop_token&)>;
void run_cancellable(Exchange& exchange, const std::stop_token& stop, const AnswerWork& work);

}  // namespace pintle::ui
