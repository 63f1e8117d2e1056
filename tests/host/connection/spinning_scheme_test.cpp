// SPDX-License-Identifier: Apache-2.0
//
// A scheme that does not return from a step of an operation.

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/host.h>
#include <pintle/scheme.h>

#include "support/error_of.h"
#include "support/practice_host.h"
#include "support/scripted_user.h"

namespace pintle {
namespace {

using namespace plugin;
using namespace std::chrono_literals;
using test::error_if_any;
using testing::HasSubstr;

// Shared by the test and the scheme, which stays in its step for as long as the test requires.
std::atomic<bool> released{false};
std::atomic<int> spinning{0};
std::atomic<int> open_states{0};

void spin() {
  ++spinning;
  while (!released) std::this_thread::yield();
  --spinning;
}

// Spins in the function that the setting "spins-in" names.
class Spinning final : public Scheme {
 public:
  static constexpr Facts facts{.id = "spinning", .name = "S", .score = 99, .reason = "a test"};

  explicit Spinning(const Opening& opening)
      : where_(opening.setting("spins-in").value_or("")),
        signed_in_(where_.starts_with("ws-url") || opening.session() == "kept") {
    ++open_states;
  }
  ~Spinning() override { --open_states; }

  Decoration decorate(const Request&, const HeaderSink&) const override {
    if (!signed_in_) throw Error(Layer::gate, "nobody is signed in").with_sign_in();
    return {};
  }
  Task<> sign_in(SignIn) override {
    if (where_ == "sign-in") spin();
    if (where_ == "sign-in after an answer") {
      co_await get("/api/status");
      spin();
    }
    signed_in_ = true;
    session_changed();
  }
  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    const AtEnd at_end{where_};
    if (where_ == "ws-url") spin();
    if (where_ == "ws-url after an answer") {
      co_await get("/api/status");
      spin();
    }
    // Without the response the host ends the operation at once.
    if (where_ == "ws-url at its end") co_await post("http://evil.example/");
    co_return std::move(target).single_use();
  }
  Secret session() const override { return Secret(signed_in_ ? "kept" : ""); }

 private:
  struct AtEnd {
    const std::string& where;
    ~AtEnd() {
      if (where == "ws-url at its end") spin();
    }
  };

  const std::string where_;
  bool signed_in_;
};

constexpr pintle_plugin_table kSpinning = plugin::detail::make_plugin<Spinning>("spinning", "1");

void wait_until(const std::function<bool()>& is_so) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!is_so()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
}

class ASchemeThatSpins : public testing::Test {
 protected:
  static constexpr std::int64_t kShort = 500;
  static constexpr std::int64_t kLong = 120'000;

  // After the connections of the test's body.
  ~ASchemeThatSpins() override { let_go(); }

  static void let_go() {
    released = true;
    wait_until([] { return open_states == 0; });
    released = false;
  }

  Connection connect(const std::string& spins_in, std::int64_t request_ms) {
    auto options = test::host_with({&kSpinning});
    options.sessions = store_;
    auto settings = settings_;
    settings.request_ms = request_ms;
    settings.scheme_settings.emplace("spins-in", spins_in);
    return Host(std::move(options)).open(std::move(settings));
  }
  std::optional<Secret> stored() {
    return store_->load(session_key_of(settings_, "spinning")).session;
  }

  static void call(Connection& connection) { connection.call({.target = "/api/sessions"}); }
  static void ws_url(Connection& connection) { connection.ws_url(); }
  static void sign_in(Connection& connection) {
    auto nobody = test::absent_user();
    connection.sign_in({}, nobody);
  }

  practice::Gateway gateway_{practice::Options{}};
  test::TemporaryFolder folder_;
  std::shared_ptr<SessionStore> store_ = std::make_shared<FileSessionStore>(folder_ / "sessions");
  ConnectionSettings settings_ = test::settings_for(gateway_);
};

TEST_F(ASchemeThatSpins, IsReportedAfterTheTimeLimitOfTheOperation) {
  struct Row {
    const char* spins_in;
    void (*act)(Connection&);
  };
  for (const auto& row : {Row{"sign-in", call}, Row{"sign-in after an answer", call},
                          Row{"sign-in", sign_in}, Row{"sign-in after an answer", sign_in},
                          Row{"ws-url", ws_url}, Row{"ws-url after an answer", ws_url}}) {
    SCOPED_TRACE(row.spins_in);
    std::optional<Error> error;
    {
      auto connection = connect(row.spins_in, kShort);
      error = error_if_any([&] { row.act(connection); });
    }
    let_go();
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->layer(), Layer::plugin);
    EXPECT_THAT(error->message(), HasSubstr("the scheme spinning did not return"));
    EXPECT_THAT(error->message(), HasSubstr("500 ms"));
    EXPECT_THAT(error->hint(), HasSubstr("pintle plugins"));
    EXPECT_FALSE(error->can_retry());
    EXPECT_FALSE(error->needs_sign_in());
  }
}

TEST_F(ASchemeThatSpins, IsReportedAtOnceToWhoeverComesLater) {
  auto connection = connect("ws-url", kLong);
  std::stop_source cancel;
  auto first = std::async(std::launch::async, [&] {
    return error_if_any([&] { connection.ws_url("/api/ws", {}, cancel.get_token()); });
  });
  wait_until([] { return spinning == 1; });
  cancel.request_stop();
  EXPECT_THAT(first.get()->message(), HasSubstr("cancelled"));
  for (const auto act : {call, ws_url}) {
    const auto error = error_if_any([&] { act(connection); });
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->layer(), Layer::plugin);
    EXPECT_THAT(error->message(), HasSubstr("the scheme spinning did not return"));
  }
  EXPECT_EQ(error_if_any([&] { connection.sign_in_facts(); })->layer(), Layer::plugin);
  EXPECT_EQ(spinning, 1);
}

TEST_F(ASchemeThatSpins, KeepsNobodyWhoWaitsForItMeanwhile) {
  auto connection = connect("ws-url", 1'000);
  auto first =
      std::async(std::launch::async, [&] { return error_if_any([&] { ws_url(connection); }); });
  wait_until([] { return spinning == 1; });
  EXPECT_EQ(error_if_any([&] { call(connection); })->layer(), Layer::plugin);  // Waits to decorate.
  EXPECT_EQ(first.get()->layer(), Layer::plugin);
}

TEST_F(ASchemeThatSpins, IsUsedAgainWithWhatItsStepBroughtIfItReturnsAfterAll) {
  auto connection = connect("sign-in", kShort);
  EXPECT_EQ(error_if_any([&] { call(connection); })->layer(), Layer::plugin);
  EXPECT_FALSE(stored().has_value());
  released = true;
  wait_until([&] { return !error_if_any([&] { call(connection); }); });
  ASSERT_TRUE(stored().has_value());
  EXPECT_EQ(stored()->reveal(), "kept");
}

TEST_F(ASchemeThatSpins, IsClosedOnlyWhenItHasReturned) {
  {
    auto connection = connect("ws-url", kShort);
    EXPECT_EQ(error_if_any([&] { ws_url(connection); })->layer(), Layer::plugin);
  }
  EXPECT_EQ(spinning, 1);
  EXPECT_EQ(open_states, 1);
  let_go();
}

TEST_F(ASchemeThatSpins, IsReportedToTheNextOneIfItWasOnlyToEnd) {
  auto connection = connect("ws-url at its end", kShort);
  EXPECT_THAT(error_if_any([&] { ws_url(connection); })->message(), HasSubstr("evil.example"));
  EXPECT_THAT(error_if_any([&] { call(connection); })->message(), HasSubstr("did not return"));
}

TEST_F(ASchemeThatSpins, DoesNotKeepALiveConnectionFromClosing) {
  auto connection = connect("ws-url", kLong);
  {
    auto live = connection.live({.reconnect = false});
    wait_until([] { return spinning == 1; });
  }
  EXPECT_EQ(spinning, 1);
}

}  // namespace
}  // namespace pintle
