// SPDX-License-Identifier: Apache-2.0
#include "redis/message_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <poll.h>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>

#include "base/mutex.h"
#include "base/wakeup.h"
#include "net/watchdog.h"

namespace pintle::redis {
namespace {

using net::Clock;
using std::chrono::milliseconds;

// A connection that is cut off without a word is found by a PING that nobody answers.
constexpr milliseconds kQuiet{5'000};
constexpr milliseconds kMaxSilence{10'000};
constexpr milliseconds kFirstPause{50};
constexpr milliseconds kMaxPause{30'000};

// A thread that has destroyed its own watch cannot wait for itself: it is joined when the process
// ends, before OpenSSL, which it uses, cleans up.
void leave(std::jthread thread) {
  static Mutex mutex;
  static std::vector<std::jthread> left;
  const MutexLock lock(mutex);
  left.push_back(std::move(thread));
}

}  // namespace

struct MessageWatch::State {
  explicit State(std::shared_ptr<RedisServer> of) : server(std::move(of)) {
    if (!woken) throw Error(Layer::store, "cannot create an event descriptor");
  }

  struct Listener {
    std::string channel;
    std::shared_ptr<const Heard> heard;
  };

  void run(const std::stop_token& stop);
  bool follow(RedisLink& link, const std::stop_token& stop);
  void update_channels(RedisLink& link, std::map<std::string, std::uint64_t>& subscribed);
  // Of each channel: many messages at once say no more than one.
  using Arrived = std::map<std::string, std::string>;
  static void take(const Reply& reply, Arrived& arrived);
  std::optional<int> pass_on(RedisLink& link);
  void deliver(std::string_view channel, std::string_view message);
  bool rest(milliseconds pause, const std::stop_token& stop) const;

  const std::shared_ptr<RedisServer> server;
  const Wakeup woken;
  Mutex mutex;
  Condition told;
  std::map<std::uint64_t, Listener> listeners PINTLE_GUARDED_BY(mutex);
  std::uint64_t next_id PINTLE_GUARDED_BY(mutex) = 1;
  std::uint64_t telling PINTLE_GUARDED_BY(mutex) = 0;  // the listener that is called now
  std::jthread thread PINTLE_GUARDED_BY(mutex);
};

MessageWatch::MessageWatch(std::shared_ptr<RedisServer> server)
    : state_(std::make_shared<State>(std::move(server))) {}

MessageWatch::~MessageWatch() {
  std::jthread thread;
  {
    const MutexLock lock(state_->mutex);
    thread = std::move(state_->thread);
  }
  thread.request_stop();
  state_->woken.ring();
  if (thread.get_id() == std::this_thread::get_id()) leave(std::move(thread));
}

std::uint64_t MessageWatch::listen(std::string channel, Heard heard) {
  const MutexLock lock(state_->mutex);
  const auto id = state_->next_id++;
  state_->listeners.emplace(
      id, State::Listener{std::move(channel), std::make_shared<const Heard>(std::move(heard))});
  if (!state_->thread.joinable()) {
    state_->thread =
        std::jthread([state = state_](const std::stop_token& stop) { state->run(stop); });
  }
  state_->woken.ring();
  return id;
}

void MessageWatch::stop_listening(std::uint64_t id) {
  auto& state = *state_;
  const MutexLock lock(state.mutex);
  state.listeners.erase(id);
  state.woken.ring();
  if (std::this_thread::get_id() == state.thread.get_id()) return;
  state.told.wait(state.mutex, [&]() PINTLE_REQUIRES(state.mutex) { return state.telling != id; });
}

// Returns false if the watch ends.
bool MessageWatch::State::rest(milliseconds pause, const std::stop_token& stop) const {
  const auto until = Clock::now() + pause;
  while (!stop.stop_requested()) {
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
    if (left <= 0) return true;
    woken.drain();
    if (stop.stop_requested()) break;
    pollfd waiting{.fd = woken.fd(), .events = POLLIN, .revents = 0};
    ::poll(&waiting, 1, static_cast<int>(left));
  }
  return false;
}

void MessageWatch::State::run(const std::stop_token& stop) {
  auto pause = kFirstPause;
  while (!stop.stop_requested()) {
    try {
      const auto link = server->connect_for_messages(stop);
      if (follow(*link, stop)) pause = kFirstPause;
    } catch (const std::exception&) {
      // Whoever uses Redis for more than messages says what is wrong with it.
    }
    if (stop.stop_requested() || !rest(spread(pause), stop)) return;
    pause = std::min(pause * 2, kMaxPause);
  }
}

// Returns how many replies there were; nothing if it may not subscribe.
std::optional<int> MessageWatch::State::pass_on(RedisLink& link) {
  Arrived arrived;
  int replies = 0;
  while (auto reply = link.next()) {
    if (reply->kind == Reply::Kind::error) return std::nullopt;
    ++replies;
    if (reply->at(0).text == "subscribe") deliver(reply->at(1).text, {});
    take(*reply, arrived);
  }
  for (const auto& [channel, message] : arrived) deliver(channel, message);
  return replies;
}

// Returns true if it was heard: until then another connection would end as this one.
bool MessageWatch::State::follow(RedisLink& link, const std::stop_token& stop) {
  bool was_heard = false;
  std::map<std::string, std::uint64_t> subscribed;  // channels, and the newest listener of each
  auto heard_at = Clock::now();
  bool is_asked = false;
  link.send({"SUBSCRIBE", "pintle"});  // PING is answered in this mode alone as messages are
  link.stream().set_blocking(false);
  while (!stop.stop_requested()) {
    woken.drain();
    update_channels(link, subscribed);
    const auto heard = pass_on(link);
    if (!heard) return was_heard;
    if (*heard > 0) {
      was_heard = true;
      heard_at = Clock::now();
      is_asked = false;
    }
    const auto silence = std::chrono::duration_cast<milliseconds>(Clock::now() - heard_at);
    if (silence >= kMaxSilence) return was_heard;
    if (silence >= kQuiet && !std::exchange(is_asked, true)) link.send({"PING"});
    if (link.stream().may_have_more()) {
      if (!link.receive()) return was_heard;
      continue;
    }
    std::array waiting{pollfd{.fd = link.stream().fd(), .events = POLLIN, .revents = 0},
                       pollfd{.fd = woken.fd(), .events = POLLIN, .revents = 0}};
    const auto next = silence < kQuiet ? kQuiet - silence : kMaxSilence - silence;
    const auto ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(next.count()) + 1);
    if (ready < 0 && errno != EINTR) return was_heard;
    if (waiting[0].revents != 0 && !link.receive()) return was_heard;
  }
  return was_heard;
}

void MessageWatch::State::update_channels(RedisLink& link,
                                          std::map<std::string, std::uint64_t>& subscribed) {
  std::map<std::string, std::uint64_t> wanted;
  {
    const MutexLock lock(mutex);
    for (const auto& [id, listener] : listeners) wanted[listener.channel] = id;
  }
  for (const auto& [channel, newest] : wanted) {
    // Again for another listener, also one in another's place: the answer tells it to look.
    if (subscribed[channel] < newest) link.send({"SUBSCRIBE", channel});
  }
  for (const auto& [channel, newest] : subscribed) {
    if (!wanted.contains(channel)) link.send({"UNSUBSCRIBE", channel});
  }
  subscribed = std::move(wanted);
}

// ["subscribe", channel, count] or ["message", channel, text]
void MessageWatch::State::take(const Reply& reply, Arrived& arrived) {
  const auto& channel = reply.at(1).text;
  if (reply.at(0).text != "message") return;
  // An empty one is that of a new connection.
  const auto& message = reply.at(2).text;
  const auto [at, is_first] = arrived.emplace(channel, message.empty() ? "?" : message);
  const bool says_more = at->second == "ended" || message == "free";
  if (!is_first && !says_more && !message.empty()) at->second = message;
}

void MessageWatch::State::deliver(std::string_view channel, std::string_view message) {
  std::vector<std::uint64_t> ids;
  {
    const MutexLock lock(mutex);
    for (const auto& [id, listener] : listeners) {
      if (listener.channel == channel) ids.push_back(id);
    }
  }
  for (const auto one : ids) {
    std::shared_ptr<const Heard> heard;
    {
      const MutexLock lock(mutex);
      const auto found = listeners.find(one);
      if (found == listeners.end()) continue;
      heard = found->second.heard;
      telling = one;
    }
    try {
      (*heard)(message);
    } catch (...) {
      // It must not: but whoever waits for its end must not wait for ever.
    }
    const MutexLock lock(mutex);
    telling = 0;
    told.notify_all();
  }
}

}  // namespace pintle::redis
