// SPDX-License-Identifier: Apache-2.0
//
// A connection to the practice gateway, with the token scheme and with one that misbehaves.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/host.h>
#include <pintle/scheme.h>

#include "support/error_of.h"
#include "support/practice_host.h"

namespace pintle {
namespace {

using namespace plugin;
using practice::Fault;
using practice::FaultKind;
using test::error_if_any;
using test::error_of;
using test::kToken;
using test::TemporaryFolder;
using testing::HasSubstr;

// Does to its host what the setting "do" says.
class Hostile final : public Scheme {
 public:
  static constexpr Facts facts{.id = "hostile", .name = "Hostile", .score = 99, .reason = "a test"};
  explicit Hostile(const Opening& opening) : does_(opening.setting("do").value_or("")) {}

  Decoration decorate(const Request&, const HeaderSink& headers) const override {
    if (does_ == "host-header") headers.add("host", "evil.example");
    if (does_ == "line-break") headers.add("X-A", "1\r\nX-B: 2");
    if (does_ == "length") headers.add("Content-Length", "0");
    if (does_ == "many") {
      for (int i = 0; i < 10'000; ++i) headers.add("X-Many", "1");
    }
    if (does_ == "escape") throw Error(Layer::gate, "\033[2Jgone \xff");
    return {};
  }
  Observation observe(const Response& response) override {
    if (does_ == "blame-the-credential" && response.status() == 401) {
      throw Error(Layer::gate, "wrong credential").with_sign_in();
    }
    return does_ == "retry-for-ever" ? Observation::retry_once : Observation::none;
  }
  Task<> sign_in(SignIn) override { co_return; }
  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    if (does_ == "post-elsewhere") co_await post("http://evil.example/collect");
    if (does_ == "post-other-port") co_await post("http://127.0.0.1:1/collect");
    if (does_ == "post-userinfo") co_await post("http://127.0.0.1@evil.example/");
    if (does_ == "climb") co_await post("/../../etc");
    if (does_ == "smuggle") co_await post("/x HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    if (does_ == "wait") {
      while (true) co_await Wait(40, "nothing");
    }
    if (does_ == "circles") {
      while (true) co_await get("/api/status");
    }
    if (does_ == "ws-elsewhere") {
      co_return WsTarget("ws://evil.example/api/ws").with_query("token", "x").single_use();
    }
    if (does_ == "no-url") co_return WsUrl{};
    co_return std::move(target).single_use();
  }

 private:
  std::string does_;
};

constexpr pintle_plugin_table kHostile = plugin::detail::make_plugin<Hostile>("hostile", "1.0.0");

// Says which responses it inspects.
template <std::size_t kCount>
class Selective final : public Scheme {
 public:
  static constexpr std::array<std::int32_t, 2> kStatuses = {401, 404};
  static constexpr Facts facts{.id = "selective",
                               .name = "Selective",
                               .score = 99,
                               .reason = "a test",
                               .observed_statuses = {kStatuses.data(), kCount}};
  static inline std::vector<int> seen;
  explicit Selective(const Opening&) {}

  Decoration decorate(const Request&, const HeaderSink&) const override { return {}; }
  Observation observe(const Response& response) override {
    seen.push_back(response.status());
    return Observation::none;
  }
  Task<> sign_in(SignIn) override { co_return; }
  Task<WsUrl> resolve_ws_url(WsTarget target) override { co_return std::move(target).single_use(); }
};

template <std::size_t kCount>
constexpr pintle_plugin_table kSelective =
    plugin::detail::make_plugin<Selective<kCount>>("selective", "1.0.0");

class Connections : public testing::Test {
 protected:
  static Host host(const pintle_plugin_table& plugin = pintle_token) {
    return Host(test::host_with({&plugin}));
  }
  ConnectionSettings settings() const { return test::settings_for(gateway_); }
  ConnectionSettings with_token_file(const std::string& text) const {
    return test::settings_for(gateway_, test::token_input(folder_, text));
  }

  static void dial(Connection& connection) {
    connection.live({.reconnect = false}).wait_until_ready(20'000);
  }

  std::size_t requests() { return gateway_.request_log().requests().size(); }

  practice::Gateway gateway_{test::token_gate()};
  TemporaryFolder folder_;
};

TEST_F(Connections, ShowASchemeTheResponsesThatItInspects) {
  const auto call_both = [&](const pintle_plugin_table& plugin) {
    auto connection = host(plugin).open(settings());
    EXPECT_EQ(connection.call({.target = "/api/status"}).status, 200);
    EXPECT_EQ(connection.call({.target = "/api/sessions"}).status, 401);
  };
  call_both(kSelective<2>);
  EXPECT_THAT(Selective<2>::seen, testing::ElementsAre(401));
  call_both(kSelective<0>);  // lists none, and inspects all
  EXPECT_THAT(Selective<0>::seen, testing::ElementsAre(200, 401));
}

TEST_F(Connections, LatchADeadTokenUntilItChanges) {
  auto connection = host().open(with_token_file("the-wrong-token-of-a-user-123456"));
  const auto call = [&] { connection.call({.target = "/api/sessions"}); };
  const auto first = error_if_any(call);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->layer(), Layer::gate);
  EXPECT_TRUE(first->needs_sign_in());
  const auto sent = requests();
  // No second request with a token that was rejected.
  EXPECT_TRUE(error_if_any(call)->needs_sign_in());
  EXPECT_TRUE(error_if_any([&] { dial(connection); })->needs_sign_in());
  EXPECT_EQ(requests(), sent);
  test::write_text(folder_ / "token", kToken);
  EXPECT_EQ(connection.call({.target = "/api/sessions"}).status, 200);
}

TEST_F(Connections, ReadARejectedTokenAgainAndGoOnWhereItHasChanged) {
  auto made = settings();
  // Returns an old token at the first reading and the right one after that.
  const auto seen = (folder_ / "seen").string();
  made.inputs.emplace(
      "token", SecretSource::of(SecretSource::Kind::command, "if [ -e " + seen + " ]; then echo " +
                                                                 kToken + "; else touch " + seen +
                                                                 "; echo the-old-token-1; fi"));
  auto connection = host().open(made);
  EXPECT_EQ(connection.call({.target = "/api/sessions"}).status, 200);
  const auto seen_requests = gateway_.request_log().requests_to("/api/sessions");
  ASSERT_EQ(seen_requests.size(), 2U);
  EXPECT_EQ(seen_requests[0].status, 401);
}

TEST_F(Connections, FindOutOverRestWhatABareRefusalOfTheUpgradeMeans) {
  auto wrong = host().open(with_token_file("the-wrong-token-of-a-user-123456"));
  const auto error = error_if_any([&] { dial(wrong); });
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->layer(), Layer::gate);
  EXPECT_THAT(error->message(), HasSubstr("...123456"));
}

TEST_F(Connections, NeverTakeAnUpgradeThatAProxySwallowedForAWrongCredential) {
  auto hostile = settings();
  hostile.scheme_settings.emplace("do", "blame-the-credential");
  std::vector<Connection> connections;
  connections.push_back(host().open(with_token_file(kToken)));
  connections.push_back(host(kHostile).open(hostile));
  for (auto& connection : connections) {
    gateway_.set_faults({Fault(FaultKind::plain_get, "/api/ws")});
    const auto error = error_if_any([&] { dial(connection); });
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->layer(), Layer::websocket);
    EXPECT_EQ(error->http_status(), 401);
    EXPECT_FALSE(error->needs_sign_in());
    EXPECT_FALSE(error->can_retry());
    EXPECT_THAT(error->hint(), HasSubstr("Upgrade and Connection"));
  }
  // No latch remains: the same connection works once the proxy does.
  dial(connections[0]);
}

TEST_F(Connections, ServeManyThreadsAtOnce) {
  auto connection = host().open(with_token_file(kToken));
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) {
        if (connection.call({.target = "/api/sessions"}).status == 200) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 80);
  EXPECT_EQ(gateway_.request_log().requests_to("/api/status").size(), 1U) << "one probe for all";
}

TEST_F(Connections, EndAtACancelFromAnotherThread) {
  auto connection = host().open(with_token_file(kToken));
  connection.choose();
  gateway_.set_faults({Fault(FaultKind::delay, "/api/sessions", 1, 20'000)});
  std::stop_source stop;
  std::jthread later([&] {
    // This side cannot observe when the request has been sent, so soon is good enough: a cancel
    // before that is a cancel as well.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto error =
      error_if_any([&] { connection.call({.target = "/api/sessions"}, stop.get_token()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message(), HasSubstr("cancelled"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  gateway_.set_faults({});
}

TEST_F(Connections, HoldASchemeToTheContract) {
  struct Row {
    const char* does;
    const char* says;
  };
  constexpr Row kTable[] = {
      {"host-header", "may not set the header host"},
      {"length", "may not set the header Content-Length"},
      {"many", "may not set the header X-Many"},
      {"line-break", "control character"},
      {"escape", "\\x1b[2Jgone \\xff"},
      {"post-elsewhere", "do not allow the origin http://evil.example"},
      {"post-other-port", "do not allow the origin http://127.0.0.1:1"},
      {"post-userinfo", "user name or password"},
      {"climb", "\"..\""},
      {"smuggle", "it contains a space"},
      {"circles", "did not finish the operation"},
      {"ws-elsewhere", "has another origin"},
      {"no-url", "invalid URL: it does not start with"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.does);
    auto made = settings();
    made.scheme_settings.emplace("do", row.does);
    auto connection = host(kHostile).open(made);
    const auto error = error_if_any([&] { connection.ws_url(); });
    ASSERT_TRUE(error.has_value());
    EXPECT_THAT(error->message(), HasSubstr(row.says));
    EXPECT_EQ(std::string(error->what()).find('\033'), std::string::npos);
  }
}

TEST_F(Connections, BlameASchemeForAHeaderThatCannotBeSent) {
  auto made = settings();
  made.scheme_settings.emplace("do", "line-break");
  auto connection = host(kHostile).open(made);
  const auto error = error_of([&] { connection.ws_url(); });
  EXPECT_EQ(error.layer(), Layer::plugin);
  EXPECT_THAT(error.message(), HasSubstr("the scheme hostile adds a header"));
}

TEST_F(Connections, CountTheWaitsOfASchemeAgainstTheLimitOfTheOperation) {
  auto made = settings();
  made.request_ms = 2'000;
  made.scheme_settings.emplace("do", "wait");
  auto connection = host(kHostile).open(made);
  const auto error = error_if_any([&] { connection.ws_url(); });
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->layer(), Layer::plugin);
  EXPECT_THAT(error->message(), HasSubstr("longer than the operation may take"));
}

TEST_F(Connections, RetryARequestOnceAtMostWhateverASchemeWants) {
  auto made = settings();
  made.scheme_settings.emplace("do", "retry-for-ever");
  auto connection = host(kHostile).open(made);
  connection.call({.target = "/api/sessions"});
  EXPECT_EQ(gateway_.request_log().requests_to("/api/sessions").size(), 2U);
}

TEST_F(Connections, RefuseWhatWouldLeaveTheGateway) {
  auto connection = host().open(with_token_file(kToken));
  for (const char* target : {"http://evil.example/", "//evil.example/", "/a/../../b", "x"}) {
    EXPECT_EQ(error_if_any([&] { connection.call({.target = target}); })->layer(), Layer::config);
  }
  EXPECT_EQ(requests(), 0U);
}

}  // namespace
}  // namespace pintle
