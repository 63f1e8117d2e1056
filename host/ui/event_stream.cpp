// SPDX-License-Identifier: Apache-2.0
#include "ui/event_stream.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <optional>
#include <poll.h>
#include <sstream>
#include <thread>

#include <pintle/core/text/printable.h>

#include "base/cancel_event.h"
#include "base/peer_left.h"

namespace pintle::ui {
namespace {

constexpr std::size_t kMaxQueued = 500;

std::string to_text(std::string_view event, const JsonObject& data) {
  return "event: " + std::string(event) + "\ndata: " + text_of(data) + "\n\n";
}

// The work of a request on a thread of its own, which ends before this does.
class Worker {
 public:
  Worker(const std::stop_token& stop, std::function<void(const std::stop_token&)> work)
      : passed_on_(stop, [this] { cancel_.request_stop(); }),
        thread_([work = std::move(work), token = cancel_.get_token()] { work(token); }) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { cancel_.request_stop(); }

 private:
  std::stop_source cancel_;
  std::stop_callback<std::function<void()>> passed_on_;
  std::jthread thread_;  // last: it is joined first
};

JsonObject current_error_json() {
  try {
    throw;
  } catch (const Error& error) {
    return error_json(error);
  } catch (const std::exception& error) {
    return error_json(Error(Layer::config, std::string("unexpected: ") + printable(error.what())));
  }
}

}  // namespace

EventStream::EventStream() {
  if (!woken_) {
    throw Error(Layer::config,
                std::string("cannot create an event descriptor: ") + std::strerror(errno));
  }
}

void EventStream::send(std::string_view event, const JsonObject& data) {
  auto text = to_text(event, data);
  {
    const MutexLock lock(mutex_);
    queue_.push_back(std::move(text));
  }
  woken_.ring();
}

void EventStream::offer(std::string_view event, const JsonObject& data) {
  {
    const MutexLock lock(mutex_);
    if (queue_.size() >= kMaxQueued) {
      ++skipped_;
      return;
    }
  }
  send(event, data);
}

void EventStream::finish() {
  {
    const MutexLock lock(mutex_);
    finished_ = true;
  }
  woken_.ring();
}

// Returns false at the end.
bool EventStream::write_queued(std::ostream& out) {
  std::deque<std::string> ready;
  std::int64_t skipped = 0;
  bool finished = false;
  {
    const MutexLock lock(mutex_);
    ready.swap(queue_);
    skipped = std::exchange(skipped_, 0);
    finished = finished_;
  }
  for (const auto& text : ready) out << text;
  if (skipped > 0) {
    auto data = ordered_object();
    data.set("count", Poco::Int64(skipped));
    out << to_text("skipped", data);
  }
  out.flush();
  return !finished && out.good();
}

void EventStream::write_to(std::ostream& out, int socket, const std::stop_token& stop) {
  const CancelEvent stopped(stop);
  int watched = socket;
  while (write_queued(out) && !stop.stop_requested()) {
    std::array<pollfd, 3> waiting{
        {{woken_.fd(), POLLIN, 0}, {watched, kPeerLeft, 0}, {stopped.fd(), POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
    if (waiting[1].revents != 0) {
      if (has_peer_left(socket, waiting[1].revents)) return;
      watched = -1;  // Bytes that nobody reads now would end each poll at once.
    }
    woken_.drain();
  }
}

void run_stream(Exchange& exchange, const std::stop_token& stop, const StreamWork& work) {
  EventStream events;
  auto& out = exchange.begin_events();
  const Worker worker(stop, [&](const std::stop_token& cancel) {
    try {
      work(events, cancel);
    } catch (...) {
      events.send("error", current_error_json());
    }
    events.finish();
  });
  events.write_to(out, exchange.descriptor(), stop);
}

void run_cancellable(Exchange& exchange, const std::stop_token& stop, const AnswerWork& work) {
  std::optional<JsonObject> made;
  {
    EventStream ended;
    std::ostringstream nowhere;
    const Worker worker(stop, [&](const std::stop_token& cancel) {
      try {
        made = work(cancel);
      } catch (...) {
        made = ordered_object();
        made->set("error", current_error_json());
      }
      ended.finish();
    });
    ended.write_to(nowhere, exchange.descriptor(), stop);
  }
  exchange.answer(*made);
}

}  // namespace pintle::ui
