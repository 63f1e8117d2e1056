// SPDX-License-Identifier: Apache-2.0
//
// Delivery of events to the app, without a connection.

#include <deque>
#include <memory>
#include <poll.h>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live/events/event_dispatcher.h"

namespace pintle::live {
namespace {

using testing::ElementsAre;

LiveEvent event(std::string_view type, std::string_view json = {}) {
  LiveEvent made;
  made.type = type;
  made.json = json;
  return made;
}

bool readable(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

// An app's event loop.
struct Tasks {
  Executor executor() {
    return [this](std::function<void()> task) { waiting.push_back(std::move(task)); };
  }
  void run() {
    while (!waiting.empty()) {
      auto task = std::move(waiting.front());
      waiting.pop_front();
      task();
    }
  }
  std::deque<std::function<void()>> waiting;
};

TEST(Inbox, GivesWhatCameInItsOrderWithItsTexts) {
  const auto delivery = std::make_shared<EventDispatcher>(LiveCallbacks{}, 1 << 20);
  delivery->put(event("one", "{1}"));
  delivery->put(event("two", "{2}"));
  delivery->flush();
  LiveState state{.kind = LiveState::Kind::waiting, .generation = 7};
  state.why = Error(Layer::tcp, "gone");
  delivery->put(state);
  delivery->flush();
  state = {};  // The inbox has its own copy.
  auto next = delivery->next(0, {});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->type, "one");
  EXPECT_EQ(next->json, "{1}");
  EXPECT_EQ(delivery->next(0, {})->json, "{2}");
  next = delivery->next(0, {});
  ASSERT_TRUE(next && next->state);
  EXPECT_EQ(next->state->generation, 7u);
  EXPECT_EQ(next->state->why->message(), "gone");
  EXPECT_FALSE(delivery->next(0, {}));
}

TEST(Inbox, IsReadableUntilItWasFoundEmpty) {
  const auto delivery = std::make_shared<EventDispatcher>(LiveCallbacks{}, 1 << 20);
  EXPECT_FALSE(readable(delivery->fd()));
  delivery->put(event("one"));
  EXPECT_FALSE(readable(delivery->fd())) << "nothing before the go is over";
  delivery->flush();
  EXPECT_TRUE(readable(delivery->fd()));
  EXPECT_TRUE(delivery->next(0, {}));
  EXPECT_FALSE(delivery->next(0, {}));
  EXPECT_FALSE(readable(delivery->fd()));
}

TEST(Inbox, WakesWhoWaitsAndGivesNothingAfterTheEnd) {
  const auto delivery = std::make_shared<EventDispatcher>(LiveCallbacks{}, 1 << 20);
  std::thread other([&] {
    delivery->put(LiveState{.kind = LiveState::Kind::closed});
    delivery->flush();
  });
  EXPECT_TRUE(delivery->next(-1, {}));
  other.join();
  EXPECT_FALSE(delivery->next(-1, {}));
  EXPECT_FALSE(delivery->next(60'000, {}));
}

TEST(Inbox, EndsItsWaitAtACancel) {
  const auto delivery = std::make_shared<EventDispatcher>(LiveCallbacks{}, 1 << 20);
  std::stop_source stop;
  std::thread other([&] { stop.request_stop(); });
  EXPECT_FALSE(delivery->next(-1, stop.get_token()));
  other.join();
}

TEST(Inbox, IsFullAboveItsLimitAndSaysWhenThereIsRoom) {
  const auto delivery = std::make_shared<EventDispatcher>(LiveCallbacks{}, 10'000);
  int drained = 0;
  delivery->on_drained([&] { ++drained; });
  const std::string large(6'000, 'x');
  delivery->put(event("a", large));
  delivery->flush();
  EXPECT_FALSE(delivery->is_full());
  delivery->put(event("b", large));
  delivery->flush();
  EXPECT_TRUE(delivery->is_full());
  EXPECT_EQ(drained, 0);
  while (delivery->next(0, {})) {
  }
  EXPECT_FALSE(delivery->is_full());
  EXPECT_EQ(drained, 1);
}

TEST(Callbacks, AreCalledAtOnceWithWhatIsTheirs) {
  std::vector<std::string> seen;
  LiveCallbacks callbacks;
  callbacks.on_state = [&](const LiveState& state) { seen.emplace_back(name_of(state.kind)); };
  callbacks.on_event = [&](const LiveEvent& one) { seen.emplace_back(one.type); };
  callbacks.on_message = [&](std::string_view bytes, LivePart) { seen.emplace_back(bytes); };
  const auto delivery = std::make_shared<EventDispatcher>(std::move(callbacks), 1 << 20);
  delivery->put(LiveState{.kind = LiveState::Kind::ready});
  delivery->put(event("tick"));
  delivery->put_message(LiveEvent::Kind::message, "bytes", {}, 1);
  EXPECT_THAT(seen, ElementsAre("ready", "tick", "bytes"));
  delivery->mute();
  delivery->put(event("late"));
  EXPECT_EQ(seen.size(), 3u);
}

TEST(Executor, GetsOneTaskForAllThatCameInOneGo) {
  Tasks tasks;
  std::vector<std::string> seen;
  LiveCallbacks callbacks{.executor = tasks.executor()};
  callbacks.on_event = [&](const LiveEvent& one) { seen.emplace_back(one.type); };
  const auto delivery = std::make_shared<EventDispatcher>(std::move(callbacks), 1 << 20);
  for (const char* type : {"a", "b", "c"}) delivery->put(event(type));
  delivery->flush();
  EXPECT_EQ(tasks.waiting.size(), 1u);
  EXPECT_TRUE(seen.empty());
  tasks.run();
  EXPECT_THAT(seen, ElementsAre("a", "b", "c"));
}

TEST(Executor, IsToldOfNothingAfterTheEndButWhatBecameOfRequests) {
  Tasks tasks;
  std::vector<std::string> seen;
  LiveCallbacks callbacks{.executor = tasks.executor()};
  callbacks.on_event = [&](const LiveEvent& one) { seen.emplace_back(one.type); };
  const auto delivery = std::make_shared<EventDispatcher>(std::move(callbacks), 1 << 20);
  delivery->put(event("late"));
  delivery->put([&](const CallResult& result) { seen.emplace_back(result.json); },
                CallResult{.json = "answer"});
  delivery->flush();
  delivery->mute();
  delivery->finish();
  EXPECT_THAT(seen, ElementsAre("answer"));
  tasks.run();
  EXPECT_EQ(seen.size(), 1u) << "and not twice";
}

TEST(Executor, MayEndTheDeliveryFromWithin) {
  Tasks tasks;
  int calls = 0;
  std::shared_ptr<EventDispatcher> delivery;
  LiveCallbacks callbacks{.executor = tasks.executor()};
  callbacks.on_event = [&](const LiveEvent&) {
    ++calls;
    delivery->mute();
    delivery->finish();
  };
  delivery = std::make_shared<EventDispatcher>(std::move(callbacks), 1 << 20);
  delivery->put(event("a"));
  delivery->put(event("b"));
  delivery->flush();
  tasks.run();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace pintle::live
