// SPDX-License-Identifier: Apache-2.0
//
// How a live connection and an app call each other: callbacks, executors, coroutines, threads.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/live_async.h>

#include "live_fixture.h"
#include "support/error_of.h"

namespace pintle::test {
namespace {

using Kind = LiveState::Kind;
using practice::Fault;
using practice::FaultKind;
using testing::ElementsAre;

TEST_F(Live, EndsPromptlyFromWhateverStateAndInsideOfItsCallbacks) {
  begin();
  const auto closes = [&](LiveConnection& live) {
    live.close();
    return wait_for(live, Kind::closed).has_value();
  };
  {
    auto live = connection_->live(quick());
    EXPECT_TRUE(closes(live)) << "at the beginning";
  }
  gateway_->set_faults({Fault(FaultKind::delay, "/api", -1, 60'000)});
  {
    auto live = connection_->live(quick());
    EXPECT_TRUE(live.next(kLongMs)) << "it has begun";
    EXPECT_TRUE(closes(live)) << "in the dial";
  }
  gateway_->set_faults({});
  {
    auto slow = quick();
    slow.initial_backoff_ms = slow.max_backoff_ms = 60'000;
    auto live = ready(slow);
    gateway_->drop_connections();
    EXPECT_TRUE(wait_for(live, Kind::waiting));
    EXPECT_TRUE(closes(live)) << "while it waits";
  }
  {
    auto live = ready();
    gateway_->set_faults({Fault(FaultKind::ws_half_open, "/api/ws")});
    live.request("echo", "{}");
    EXPECT_TRUE(closes(live)) << "where the peer does not answer the close";
  }
  gateway_->set_faults({});
  std::promise<void> destroyed;
  std::optional<LiveConnection> live;
  std::mutex mutex;
  LiveCallbacks callbacks;
  callbacks.on_event = [&](const LiveEvent&) {
    {
      const std::lock_guard lock(mutex);
      live.reset();
    }
    destroyed.set_value();  // The last access: the test continues, and destroys the mutex.
  };
  {
    const std::lock_guard lock(mutex);
    live.emplace(ready(quick(), callbacks));
    live->request("emit", R"({"count":3})");
  }
  destroyed.get_future().get();
}

TEST_F(Live, TellsWhatWaitsForAnAnswerBeforeItIsGone) {
  begin();
  std::future<Outcome> outcome;
  {
    auto live = ready();
    outcome = ask(live, "echo", R"({"delay_ms":60000})");
    live.rpc("echo", "{}");
  }
  EXPECT_EQ(outcome.get().kind, CallResult::Kind::unknown);
}

TEST_F(Live, CallsBackThroughTheAppsExecutor) {
  begin();
  std::mutex mutex;
  std::condition_variable more;
  std::deque<std::function<void()>> tasks;
  std::vector<std::string> seen;
  LiveCallbacks callbacks;
  callbacks.on_state = [&](const LiveState& state) { seen.emplace_back(name_of(state.kind)); };
  callbacks.on_event = [&](const LiveEvent& event) { seen.emplace_back(event.type); };
  callbacks.executor = [&](std::function<void()> task) {
    const std::lock_guard lock(mutex);
    tasks.push_back(std::move(task));
    more.notify_all();
  };
  auto live = connection_->live(quick(), callbacks);
  live.request("emit", R"({"count":2,"type":"tick"})", {},
               [&](const CallResult&) { seen.emplace_back("answer"); });
  while (seen.size() < 6) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex);
      ASSERT_TRUE(more.wait_for(lock, std::chrono::seconds(20), [&] { return !tasks.empty(); }));
      task = std::move(tasks.front());
      tasks.pop_front();
    }
    task();
  }
  EXPECT_THAT(seen, ElementsAre("probing", "dialling", "ready", "answer", "tick", "tick"));
}

// A coroutine that nobody waits for.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

Detached converse(LiveConnection& live, std::promise<std::string>& said) {
  std::string all;
  for (int n = 0; n < 3; ++n) {
    all += co_await async_rpc(live, "echo", "{\"n\":" + std::to_string(n) + "}");
  }
  try {
    co_await async_rpc(live, "nope");
  } catch (const RpcError& error) {
    all += std::to_string(error.code());
  }
  said.set_value(all);
}

TEST_F(Live, MayBeAskedInCoroutinesAndThroughFutures) {
  begin();
  auto live = ready();
  std::promise<std::string> said;
  converse(live, said);
  EXPECT_EQ(said.get_future().get(), R"({"n":0}{"n":1}{"n":2}-32601)");
  EXPECT_EQ(rpc_future(live, "echo", "{}").get(), "{}");
  EXPECT_THROW(rpc_future(live, "nope").get(), RpcError);
  live.close();
  EXPECT_TRUE(wait_for(live, Kind::closed));
  EXPECT_THROW(rpc_future(live, "echo"), Error);
}

TEST_F(Live, ServesManyThreadsAndManyConnectionsOnOneThread) {
  auto options = token_gate();
  options.tls = true;
  begin(std::move(options));
  std::vector<LiveConnection> lives;
  for (int i = 0; i < 8; ++i) lives.push_back(ready());
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int n = 0; n < 50; ++n) {
        const auto params = "{\"n\":" + std::to_string(t * 1'000 + n) + "}";
        if (lives[static_cast<std::size_t>((t + n) % 8)].rpc("echo", params) == params) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 200);
}

}  // namespace
}  // namespace pintle::test
