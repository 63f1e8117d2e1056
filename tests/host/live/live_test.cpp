// SPDX-License-Identifier: Apache-2.0
//
// Live connections to the practice gateway: they reconnect, and report the outcome of pending
// requests.

#include <atomic>
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/host.h>
#include <pintle/live_async.h>

#include "support/error_of.h"
#include "support/practice_host.h"

namespace pintle::test {
namespace {

using Kind = LiveState::Kind;
using practice::Fault;
using practice::FaultKind;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kLongMs = 20'000;

class Live : public testing::Test {
 protected:
  void begin(practice::Options options = token_gate()) {
    gateway_ = std::make_unique<practice::Gateway>(std::move(options));
    connection_.emplace(
        Host(host_with({&pintle_token})).open(settings_for(*gateway_, token_input(folder_))));
  }

  static LiveOptions quick() {
    LiveOptions options;
    options.initial_backoff_ms = 5;
    options.max_backoff_ms = 50;
    return options;
  }

  LiveConnection ready(LiveOptions options = quick(), LiveCallbacks callbacks = {}) {
    auto live = connection_->live(std::move(options), std::move(callbacks));
    live.wait_until_ready(kLongMs);
    return live;
  }

  // Returns the next state of that kind; drops what comes before it.
  static std::optional<LiveState> wait_for(LiveConnection& live, Kind kind) {
    while (const auto event = live.next(kLongMs)) {
      if (event->kind == LiveEvent::Kind::state && event->state->kind == kind) return *event->state;
    }
    return std::nullopt;
  }

  TemporaryFolder folder_;
  std::unique_ptr<practice::Gateway> gateway_;
  std::optional<Connection> connection_;
};

struct Outcome {
  CallResult::Kind kind{};
  std::string json;
  std::string why;
};

// Sends a request and returns a promise of its outcome.
std::future<Outcome> ask(LiveConnection& live, std::string_view method, std::string_view params,
                         const CallOptions& options = {}) {
  auto promise = std::make_shared<std::promise<Outcome>>();
  auto future = promise->get_future();
  live.request(method, params, options, [promise](const CallResult& result) {
    promise->set_value({result.kind, std::string(result.json),
                        result.error != nullptr ? result.error->what() : ""});
  });
  return future;
}

TEST_F(Live, TellsItsStatesInTheirOrder) {
  begin();
  auto live = ready();
  std::vector<Kind> kinds;
  while (kinds.empty() || kinds.back() != Kind::ready) {
    const auto event = live.next(kLongMs);
    ASSERT_TRUE(event && event->kind == LiveEvent::Kind::state);
    kinds.push_back(event->state->kind);
    EXPECT_EQ(event->state->generation, 1u);
  }
  EXPECT_THAT(kinds, ElementsAre(Kind::probing, Kind::dialling, Kind::ready));
  EXPECT_TRUE(live.state().reused_connection) << "probe and upgrade on one TCP connection";
  live.close();
  EXPECT_EQ(wait_for(live, Kind::closed)->close_code, 1000);
  EXPECT_FALSE(live.next(-1)) << "nothing after the last";
}

TEST_F(Live, GivesAnswersToTheirRequestsWhateverTheirOrder) {
  begin();
  auto live = ready();
  const auto slow = live.request("echo", R"({"delay_ms":60,"which":"slow"})");
  EXPECT_EQ(live.rpc("echo", R"({"which":"quick"})"), R"({"which":"quick"})");
  while (const auto event = live.next(kLongMs)) {
    if (event->kind == LiveEvent::Kind::state) continue;
    EXPECT_EQ(event->kind, LiveEvent::Kind::result);
    EXPECT_EQ(event->id, slow);
    EXPECT_THAT(std::string(event->json), HasSubstr("slow"));
    break;
  }
}

TEST_F(Live, HandsOnTheGatewaysErrorAsSuch) {
  begin();
  auto live = ready();
  try {
    live.rpc("nope");
    FAIL();
  } catch (const RpcError& error) {
    EXPECT_EQ(error.code(), -32601);
    EXPECT_THAT(error.what(), HasSubstr("unknown method"));
  }
}

TEST_F(Live, RefusesParamsThatAreNoJsonWithoutSendingThem) {
  begin();
  auto live = ready();
  const auto error = error_if_any([&] { live.request("echo", "{nope"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->layer(), Layer::config);
  EXPECT_EQ(live.rpc("echo", "{}"), "{}") << "and goes on";
}

TEST_F(Live, ComesBackAfterADropAndAfterARestart) {
  begin();
  auto live = ready();
  gateway_->drop_connections();
  const auto waiting = wait_for(live, Kind::waiting);
  ASSERT_TRUE(waiting && waiting->why);
  EXPECT_EQ(waiting->why->layer(), Layer::tcp);
  EXPECT_EQ(waiting->close_code, 1006);
  EXPECT_EQ(wait_for(live, Kind::ready)->generation, 2u);
  gateway_->restart();
  EXPECT_TRUE(wait_for(live, Kind::waiting));
  EXPECT_TRUE(wait_for(live, Kind::ready));
  EXPECT_EQ(live.rpc("echo", R"({"a":1})"), R"({"a":1})");
}

TEST_F(Live, SaysThatAnOutcomeIsUnknownAndSendsOnlyWhatDoesNoHarmAgain) {
  begin();
  auto live = ready();
  // The gateway drops the connection instead of the first response.
  gateway_->set_faults({Fault(FaultKind::ws_drop, "/api/ws", 1, 1)});
  auto once = ask(live, "echo", R"({"once":1})");
  auto again = ask(live, "echo", R"({"again":1})", {.idempotent = true});
  const auto first = once.get();
  EXPECT_EQ(first.kind, CallResult::Kind::unknown);
  EXPECT_THAT(first.why, HasSubstr("outcome is unknown"));
  const auto second = again.get();
  EXPECT_EQ(second.kind, CallResult::Kind::result) << second.why;
  EXPECT_EQ(second.json, R"({"again":1})");
}

TEST_F(Live, KeepsRequestsThatAreMadeWhileItIsAway) {
  begin();
  auto live = connection_->live(quick());
  auto early = ask(live, "echo", R"({"early":1})");
  EXPECT_EQ(early.get().json, R"({"early":1})") << "it was made before the first dial was over";
  gateway_->stop();
  ASSERT_TRUE(wait_for(live, Kind::waiting));
  auto away = ask(live, "echo", R"({"away":1})");
  gateway_->restart();
  EXPECT_EQ(away.get().json, R"({"away":1})");
}

TEST_F(Live, EndsARequestAtItsTimeLimitAndAtItsCancel) {
  begin();
  auto live = ready();
  auto late = ask(live, "echo", R"({"delay_ms":5000})", {.timeout_ms = 20}).get();
  EXPECT_EQ(late.kind, CallResult::Kind::unknown);
  EXPECT_THAT(late.why, HasSubstr("20 ms"));
  std::stop_source stop;
  auto cancelled = ask(live, "echo", R"({"delay_ms":5000})", {.cancel = stop.get_token()});
  stop.request_stop();
  EXPECT_THAT(cancelled.get().why, HasSubstr("cancelled"));
  gateway_->stop();
  ASSERT_TRUE(wait_for(live, Kind::waiting));
  EXPECT_EQ(ask(live, "echo", "{}", {.timeout_ms = 20}).get().kind, CallResult::Kind::unsent);
}

TEST_F(Live, FindsAHalfOpenConnectionByAPing) {
  begin();
  auto options = quick();
  options.ping_after_idle_ms = 50;
  auto live = ready(options);
  gateway_->set_faults({Fault(FaultKind::ws_half_open, "/api/ws")});
  live.request("echo", "{}");  // Triggers the fault.
  const auto waiting = wait_for(live, Kind::waiting);
  ASSERT_TRUE(waiting && waiting->why);
  EXPECT_THAT(waiting->why->message(), HasSubstr("not a byte"));
  gateway_->set_faults({});
  EXPECT_TRUE(wait_for(live, Kind::ready));
}

TEST_F(Live, FindsAGatewayThatHangsByItsOwnPingWhereItHasOne) {
  auto options = token_gate();
  options.ready = practice::Ready::heartbeat;
  begin(std::move(options));
  auto wanted = quick();
  wanted.heartbeat_ms = 50;
  auto live = ready(wanted);
  EXPECT_THAT(live.state().greeting, HasSubstr("heartbeat"));
  gateway_->set_faults({Fault(FaultKind::ws_half_open, "/api/ws")});
  const auto waiting = wait_for(live, Kind::waiting);
  ASSERT_TRUE(waiting && waiting->why);
  EXPECT_THAT(waiting->why->message(), HasSubstr("gateway.ping"));
  gateway_->set_faults({});
  EXPECT_TRUE(wait_for(live, Kind::ready));
}

TEST_F(Live, IsReadyWithoutAGreetingAsOlderGatewaysSendNone) {
  auto options = token_gate();
  options.ready = practice::Ready::silent;
  begin(std::move(options));
  auto wanted = quick();
  wanted.ready_timeout_ms = 10;
  auto live = ready(wanted);
  EXPECT_EQ(live.state().greeting, "");
  EXPECT_EQ(live.rpc("echo", "{}"), "{}");
}

TEST_F(Live, ResumesASessionBeforeAnythingElseIsSent) {
  begin();
  std::string session;
  std::promise<std::string> resumed;
  std::optional<std::int64_t> last_seq;
  auto options = quick();
  options.on_resume = [&](const Resumption& back) -> std::vector<LiveRequest> {
    EXPECT_EQ(back.generation, 2u);
    EXPECT_THAT(std::string(back.greeting), HasSubstr("skin"));
    if (const auto seen = back.last_seq->find(session); seen != back.last_seq->end()) {
      last_seq = seen->second;
    }
    return {{"session.resume", R"({"session_id":")" + session + "\"}",
             [&](const CallResult& result) { resumed.set_value(std::string(result.json)); }}};
  };
  auto live = ready(options);
  const auto made = live.rpc("session.create", "{}");
  session = made.substr(made.find(":\"") + 2);
  session.erase(session.find('"'));
  live.rpc("emit", R"({"count":3,"session_id":")" + session + "\"}");
  while (const auto event = live.next(kLongMs)) {
    if (event->kind == LiveEvent::Kind::event && event->seq == 3) break;
  }
  gateway_->drop_connections();
  EXPECT_THAT(resumed.get_future().get(), HasSubstr(session));
  EXPECT_EQ(last_seq, 3);
}

TEST_F(Live, StopsReadingWhileTheAppTakesNothingAndLosesNothing) {
  begin();
  auto options = quick();
  options.max_receive_queue_bytes = 64 * 1024;
  auto live = ready(options);
  constexpr int kEvents = 2'000;
  live.request("emit", R"({"count":2000,"size":10000})");
  // 20 MB do not fit into socket buffers: the gateway cannot send all of it.
  int events = 0;
  while (const auto event = live.next(kLongMs)) {
    if (event->kind == LiveEvent::Kind::event) ++events;
    if (events == 1) std::this_thread::yield();
    if (events == kEvents) break;
  }
  EXPECT_EQ(events, kEvents);
  EXPECT_EQ(live.state().generation, 1u);
}

TEST_F(Live, RefusesToHoldMoreThanMayWait) {
  begin();
  auto options = quick();
  options.max_send_queue_bytes = 10'000;
  gateway_->stop();
  auto live = connection_->live(options);
  const std::string params = R"({"x":")" + std::string(6'000, 'x') + "\"}";
  live.request("echo", params);
  const auto error = error_if_any([&] { live.request("echo", params); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->layer(), Layer::websocket);
  EXPECT_TRUE(error->can_retry());
}

TEST_F(Live, CountsAMessageThatIsNoneAndGoesOn) {
  begin();
  auto live = ready();
  gateway_->set_faults({Fault(FaultKind::ws_malformed, "/api/ws")});
  live.request("echo", R"({"cut":"in half"})");
  while (const auto event = live.next(kLongMs)) {
    if (event->kind == LiveEvent::Kind::malformed) break;
  }
  EXPECT_EQ(live.malformed_count(), 1u);
  EXPECT_EQ(live.rpc("echo", "{}"), "{}");
  EXPECT_EQ(live.state().generation, 1u);
}

TEST_F(Live, DoesNotGoRoundInCirclesOverAMessageThatIsTooLarge) {
  begin();
  auto options = quick();
  options.max_message_bytes = 1'000;
  auto live = ready(options);
  gateway_->set_faults({Fault(FaultKind::ws_huge_frame, "/api/ws", -1, 2'000)});
  live.request("echo", "{}");  // Any message to the gateway triggers the fault, a greeting too.
  const auto failed = wait_for(live, Kind::failed);
  ASSERT_TRUE(failed && failed->why);
  EXPECT_THAT(failed->why->message(), HasSubstr("above the limit"));
  EXPECT_LE(gateway_->request_log().counters().ws_connects, 3u);
  EXPECT_TRUE(error_if_any([&] { live.request("echo"); }));
  gateway_->set_faults({});
  live.retry_now();
  EXPECT_TRUE(wait_for(live, Kind::ready));
}

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

TEST_F(Live, CarriesMessagesThatAreNoJsonRpcWholeAndInPieces) {
  for (const bool in_pieces : {false, true}) {
    SCOPED_TRACE(in_pieces);
    begin();
    auto options = quick();
    options.path = "/api/console";
    options.content = in_pieces ? LiveOptions::Content::pieces : LiveOptions::Content::messages;
    auto live = ready(options);
    std::string large(3 << 20, 'x');
    for (std::size_t i = 0; i < large.size(); i += 1'000)
      large[i] = static_cast<char>('a' + i % 26);
    live.send(large, false);
    live.send("and a short one");
    std::string got;
    std::string text;
    int pieces = 0;
    while (text.empty()) {
      const auto event = live.next(kLongMs);
      ASSERT_TRUE(event);
      if (event->kind == LiveEvent::Kind::state) continue;
      if (event->part.is_text) {
        text = event->json;
      } else {
        EXPECT_EQ(event->part.first, got.empty());
        got += event->json;
        ++pieces;
      }
    }
    EXPECT_EQ(got, large);
    EXPECT_EQ(text, "and a short one");
    EXPECT_EQ(pieces == 1, !in_pieces);
  }
}

TEST_F(Live, CompressesWhereBothSidesWantTo) {
  auto options = token_gate();
  options.deflate = true;
  begin(std::move(options));
  auto wanted = quick();
  wanted.offer_deflate = true;
  auto live = ready(wanted);
  const std::string params = R"({"text":")" + std::string(100'000, 'z') + "\"}";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(live.rpc("echo", params), params);
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

TEST(LiveSessions, UseAFreshTicketForEveryDial) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  LiveOptions options;
  options.initial_backoff_ms = options.max_backoff_ms = 1;
  auto live = connection.live(options);
  for (std::uint64_t n = 1; n <= 20; ++n) {
    while (true) {
      const auto event = live.next(kLongMs);
      ASSERT_TRUE(event);
      if (event->kind != LiveEvent::Kind::state || event->state->kind != Kind::ready) continue;
      EXPECT_TRUE(event->state->reused_connection) << "mint and upgrade on one TCP connection";
      break;
    }
    EXPECT_EQ(host.counters().tickets_used, n);
    host.gateway.drop_connections();
  }
}

TEST(LiveSessions, LatchWhereTheSessionIsDeadUntilSomebodySignsIn) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  LiveOptions options;
  options.initial_backoff_ms = options.max_backoff_ms = 1;
  auto live = connection.live(options);
  live.wait_until_ready(kLongMs);
  host.gateway.end_sessions();
  host.gateway.drop_connections();
  const auto why = error_if_any([&] {
    while (true) {
      live.wait_until_ready(kLongMs);
      live.next(10);
    }
  });
  ASSERT_TRUE(why);
  EXPECT_TRUE(why->needs_sign_in()) << why->what();
  EXPECT_EQ(live.state().kind, Kind::needs_sign_in)
      << (live.state().why ? live.state().why->what() : "");
  const auto sent = host.gateway.request_log().requests().size();
  EXPECT_TRUE(error_if_any([&] { live.request("echo"); })->needs_sign_in());
  EXPECT_EQ(host.gateway.request_log().requests().size(), sent)
      << "no retry against a dead session";
  // In another process, as far as this connection can tell.
  host.sign_in();
  while (true) {
    const auto event = live.next(kLongMs);
    ASSERT_TRUE(event);
    if (event->kind == LiveEvent::Kind::state && event->state->kind == Kind::ready) {
      if (event->state->generation > 1) break;
    }
  }
  EXPECT_EQ(live.rpc("echo", "{}"), "{}");
}

}  // namespace
}  // namespace pintle::test
