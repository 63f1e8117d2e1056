// SPDX-License-Identifier: Apache-2.0
//
// What blocks in a Connection, on threads of the library.

#include <atomic>
#include <coroutine>
#include <exception>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/async.h>

#include "support/error_of.h"
#include "support/practice_host.h"
#include "support/scripted_user.h"

// libstdc++ is not instrumented: the thread sanitizer does not see the count of references of an
// exception that a future has passed on.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:^std::__exception_ptr::exception_ptr::_M_release";
}

namespace pintle::test {
namespace {

// A coroutine that begins at once and that nobody waits for.
struct Detached {
  struct promise_type {  // NOLINT(readability-identifier-naming)
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

class AsyncOperations : public testing::Test {
 protected:
  Connection open(const char* token = kToken) {
    return Host(host_with({&pintle_token}))
        .open(settings_for(gateway_, token_input(folder_, token)));
  }

  TemporaryFolder folder_;
  practice::Gateway gateway_{token_gate()};
};

TEST_F(AsyncOperations, CompleteFutures) {
  auto connection = open();
  AsyncConnection async(connection);
  std::vector<std::future<HttpResponse>> responses;
  responses.reserve(8);
  for (int i = 0; i < 8; ++i) responses.push_back(async.call({.target = "/api/sessions"}));
  for (auto& response : responses) EXPECT_EQ(response.get().status, 200);
  EXPECT_FALSE(async.probe().get().auth_required);
  EXPECT_THAT(std::string(async.ws_url("").get().url.reveal()),
              testing::HasSubstr("/api/ws?token="));
  EXPECT_EQ(async
                .run([](Connection& on, const std::stop_token& cancel) {
                  return on.choose(cancel).facts.id;
                })
                .get(),
            "token");
}

TEST_F(AsyncOperations, TellTheFutureWhyTheyFailed) {
  auto connection = open("a-wrong-token-abcdefgh");
  AsyncConnection async(connection);
  auto response = async.call({.target = "/api/sessions"});
  EXPECT_TRUE(error_of([&] { response.get(); }).needs_sign_in());
}

TEST_F(AsyncOperations, CallBackOnAnotherThreadAndDropWhatThatThrows) {
  auto connection = open();
  std::promise<std::pair<int, std::thread::id>> seen;
  {
    AsyncConnection async(connection);
    async.call({.target = "/api/sessions"}, [&](Outcome<HttpResponse> outcome) {
      seen.set_value({outcome.get().status, std::this_thread::get_id()});
      throw std::runtime_error("nobody catches this");
    });
    auto done = seen.get_future();
    const auto [status, thread] = done.get();
    EXPECT_EQ(status, 200);
    EXPECT_NE(thread, std::this_thread::get_id());
  }
}

TEST_F(AsyncOperations, SignInAndAreCancelled) {
  ScriptedUser ui;
  ui.on_ask = [](const Question&, const std::stop_token&) { return Secret(kToken); };
  auto connection = Host(host_with({&pintle_token})).open(settings_for(gateway_));
  AsyncConnection async(connection);
  EXPECT_TRUE(async.sign_in({}, ui).get().signed_in);

  std::promise<void> asked;
  ui.on_ask = [&](const Question&, const std::stop_token& cancel) -> Secret {
    std::promise<void> stopped;
    const std::stop_callback stop(cancel, [&] { stopped.set_value(); });
    asked.set_value();
    stopped.get_future().wait();
    throw Error(Layer::config, "nothing was typed");
  };
  auto facts = async.sign_in({}, ui);
  asked.get_future().wait();
  async.cancel();
  EXPECT_THAT(error_of([&] { facts.get(); }).message(), testing::HasSubstr("cancelled"));
  // What begins later is not cancelled.
  EXPECT_EQ(async.call({.target = "/api/sessions"}).get().status, 200);
}

TEST_F(AsyncOperations, AreOverWhenTheirOwnerIs) {
  auto connection = open();
  std::atomic<bool> ended{false};
  std::promise<void> begun;
  {
    AsyncConnection async(connection);
    async.run(
        [&](Connection&, const std::stop_token& cancel) {
          std::promise<void> stopped;
          const std::stop_callback stop(cancel, [&] { stopped.set_value(); });
          begun.set_value();
          stopped.get_future().wait();
          return 1;
        },
        [&](const Outcome<int>&) { ended = true; });
    begun.get_future().wait();
    EXPECT_FALSE(ended);
  }
  EXPECT_TRUE(ended);
}

TEST_F(AsyncOperations, ResumeACoroutine) {
  auto connection = open();
  std::promise<int> status;
  std::promise<std::string> failure;
  AsyncConnection async(connection);
  const auto talk = [&]() -> Detached {
    const auto response = co_await async.await([](Connection& on, const std::stop_token& cancel) {
      return on.call({.target = "/api/sessions"}, cancel);
    });
    try {
      co_await async.await([](Connection&, const std::stop_token&) -> int {
        throw Error(Layer::config, "thrown to the coroutine");
      });
    } catch (const Error& error) {
      failure.set_value(error.message());
    }
    status.set_value(response.status);
  };
  talk();
  EXPECT_EQ(failure.get_future().get(), "thrown to the coroutine");
  EXPECT_EQ(status.get_future().get(), 200);
}

}  // namespace
}  // namespace pintle::test
