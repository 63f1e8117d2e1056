// SPDX-License-Identifier: Apache-2.0
//
// A gateway behind a wall: both sign-ins, on every leg, each with its own life.

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/host.h>
#include <pintle/scheme.h>

#include "support/error_of.h"
#include "support/practice_host.h"
#include "support/scripted_user.h"
#include "support/walled_gateway.h"

namespace pintle {
namespace {

using practice::Gate;
using practice::Wall;
using test::error_of;
using test::get_sessions;
using test::WalledGateway;
using testing::HasSubstr;
using testing::Not;

practice::Options gate_of(Gate gate) {
  auto options = test::with_gate(gate);
  if (!options.has_sessions()) options.token = Secret(test::kToken);
  return options;
}

const char* header_of(Wall wall) {
  return wall == Wall::basic     ? "authorization"
         : wall == Wall::service ? "cf-access-client-secret"
                                 : "cookie";
}

void dial(Connection& connection) {
  connection.live({.reconnect = false}).wait_until_ready(20'000);
}

struct Case {
  Wall wall;
  Gate gate;
};

class Fronts : public testing::TestWithParam<Case> {
 protected:
  WalledGateway made_{GetParam().wall, gate_of(GetParam().gate)};
  practice::Gateway& gateway_ = made_.gateway;
};

INSTANTIATE_TEST_SUITE_P(
    AllWalls, Fronts,
    testing::Values(Case{Wall::basic, Gate::none}, Case{Wall::basic, Gate::cookie},
                    Case{Wall::basic, Gate::api_key}, Case{Wall::basic, Gate::greeting},
                    Case{Wall::service, Gate::none}, Case{Wall::service, Gate::cookie},
                    Case{Wall::service, Gate::native}, Case{Wall::service, Gate::api_key},
                    Case{Wall::service, Gate::greeting}, Case{Wall::page, Gate::none},
                    Case{Wall::page, Gate::cookie}, Case{Wall::page, Gate::native},
                    Case{Wall::page, Gate::api_key}, Case{Wall::page, Gate::greeting}),
    [](const auto& one) {
      std::string name =
          std::string(name_of(one.param.wall)) + "_before_" + std::string(name_of(one.param.gate));
      std::ranges::replace(name, '-', '_');
      return name;
    });

TEST_P(Fronts, SignInToBothAndConnect) {
  auto connection = made_.open();
  EXPECT_EQ(get_sessions(connection), 200);
  dial(connection);
  EXPECT_TRUE(connection.front_facts().signed_in);
}

TEST_P(Fronts, AreOnEveryLegOnceTheyAreKnown) {
  auto connection = made_.open();
  dial(connection);
  gateway_.request_log().clear();
  connection.probe();
  EXPECT_EQ(get_sessions(connection), 200);
  dial(connection);
  const auto requests = gateway_.request_log().requests();
  ASSERT_GE(requests.size(), 4U);
  bool has_upgrade = false;
  for (const auto& request : requests) {
    EXPECT_TRUE(request.has_header(header_of(GetParam().wall))) << request.path;
    has_upgrade = has_upgrade || request.upgrade;
  }
  EXPECT_TRUE(has_upgrade);
}

TEST_P(Fronts, TakeARotatedCredentialWithoutASecondSignInToTheGateway) {
  auto connection = made_.open();
  ASSERT_EQ(get_sessions(connection), 200);
  const auto sign_ins = made_.counters().sign_ins;
  for (int i = 0; i < 2; ++i) {
    gateway_.wall().rotate();
    if (GetParam().wall != Wall::page) made_.write_wall_credential();
    EXPECT_EQ(get_sessions(connection), 200);
    EXPECT_EQ(get_sessions(connection), 200);
    dial(connection);
  }
  EXPECT_EQ(made_.counters().sign_ins, sign_ins);
}

TEST_P(Fronts, OutliveARotationOfTheGatewaysOwnCredential) {
  if (!gateway_.options().has_sessions()) GTEST_SKIP() << "its credential does not rotate";
  auto connection = made_.open();
  ASSERT_EQ(get_sessions(connection), 200);
  gateway_.expire_access();
  EXPECT_EQ(get_sessions(connection), 200);
  dial(connection);
  EXPECT_GE(made_.counters().refreshes, 1U);
}

TEST_P(Fronts, AreRenewedAfterARevocationAndTheGatewaysSessionStays) {
  auto connection = made_.open();
  ASSERT_EQ(get_sessions(connection), 200);
  const auto sign_ins = made_.counters().sign_ins;
  const auto inner = made_.stored("oauth");
  gateway_.wall().revoke();
  const auto refused = error_of([&] { get_sessions(connection); });
  EXPECT_EQ(refused.layer(), Layer::access_proxy);
  EXPECT_TRUE(refused.needs_sign_in());
  EXPECT_THAT(refused.hint(), HasSubstr("--front-only"));
  EXPECT_EQ(error_of([&] { dial(connection); }).layer(), Layer::access_proxy);
  EXPECT_EQ(made_.stored("oauth"), inner);
  made_.write_wall_credential();
  EXPECT_EQ(get_sessions(connection), 200);
  dial(connection);
  EXPECT_EQ(made_.counters().sign_ins, sign_ins);
}

TEST_P(Fronts, StayWhenTheGatewaysSessionIsRevoked) {
  if (!gateway_.options().has_sessions()) GTEST_SKIP() << "it has no sessions";
  auto connection = made_.open();
  ASSERT_EQ(get_sessions(connection), 200);
  const auto front = made_.stored("front/browser");
  gateway_.end_sessions();
  EXPECT_EQ(get_sessions(connection), 200);  // the password is in the settings
  EXPECT_EQ(made_.stored("front/browser"), front);
  EXPECT_EQ(made_.counters().sign_ins, 2U);
}

TEST_P(Fronts, SayWhatStandsThereIfTheyHaveNoCredential) {
  auto connection = made_.open(made_.inner_settings());
  const auto refused = error_of([&] { get_sessions(connection); });
  EXPECT_EQ(refused.layer(), Layer::access_proxy);
  EXPECT_THAT(made_.stored("oauth"), testing::IsEmpty());
}

TEST_P(Fronts, CanBeNamedAndSwitchedOff) {
  auto settings = made_.settings();
  settings.front =
      GetParam().wall == Wall::page ? "browser" : std::string(name_of(GetParam().wall));
  auto named = made_.open(settings);
  EXPECT_EQ(get_sessions(named), 200);
  for (const auto& request : gateway_.request_log().requests()) {
    EXPECT_TRUE(request.has_header(header_of(GetParam().wall))) << request.path;
  }
  settings.front = kNoFront;
  auto off = made_.open(settings);
  EXPECT_EQ(error_of([&] { get_sessions(off); }).layer(), Layer::access_proxy);
  settings.front = "nobody";
  auto unknown = made_.open(settings);
  EXPECT_THAT(error_of([&] { get_sessions(unknown); }).message(), HasSubstr("no front scheme"));
}

TEST(FrontConflict, NamesBothSchemesAndTheHeader) {
  auto options = test::native_gate();
  options.offers_cookies = false;
  const WalledGateway made(Wall::basic, std::move(options));
  auto connection = made.open();
  const auto refused = error_of([&] { get_sessions(connection); });
  EXPECT_EQ(refused.layer(), Layer::config);
  EXPECT_THAT(refused.message(), HasSubstr("basic"));
  EXPECT_THAT(refused.message(), HasSubstr("oauth"));
  EXPECT_THAT(refused.message(), HasSubstr("Authorization"));
}

TEST(HeadersFileConflict, NamesTheGatewaysSchemeAndTheHeader) {
  auto options = test::native_gate();
  options.offers_cookies = false;
  const WalledGateway made(Wall::none, std::move(options));
  auto settings = made.inner_settings();
  settings.headers_file = (made.folder / "headers").string();
  test::write_text(settings.headers_file, "Authorization: Basic d2FsbDpwYXNz\n");
  auto connection = made.open(settings);
  const auto refused = error_of([&] { get_sessions(connection); });
  EXPECT_EQ(refused.layer(), Layer::config);
  EXPECT_THAT(refused.message(), HasSubstr("the gateway's scheme oauth and the file of "
                                           "--headers-file both need the header Authorization"));
  EXPECT_THAT(refused.message(), Not(HasSubstr("d2FsbD")));
  EXPECT_THAT(refused.hint(), HasSubstr("Remove the header from the file"));
}

TEST(HeadersFileConflict, IsNoneIfBothSayTheSame) {
  const WalledGateway made(Wall::none, test::token_gate());
  auto settings = made.inner_settings();
  settings.headers_file = (made.folder / "headers").string();
  test::write_text(settings.headers_file,
                   std::string("X-Hermes-Session-Token: ") + test::kToken + "\n");
  auto connection = made.open(settings);
  EXPECT_EQ(get_sessions(connection), 200);
}

TEST(FrontSignIn, LeavesTheStoredSessionIfWhatIsGivenIsRefused) {
  WalledGateway made(Wall::page, test::token_gate());
  auto first = made.open();
  ASSERT_EQ(get_sessions(first), 200);
  const auto stored = made.stored("front/browser");
  ASSERT_THAT(stored, HasSubstr("wall_session"));
  auto settings = made.settings();
  test::write_text(made.folder / "wall-cookie", "wall_session_0=bad\n");
  auto second = made.open(settings);
  test::ScriptedUser ui;
  const auto refused = error_of([&] { second.sign_in({.front_only = true}, ui); });
  EXPECT_THAT(refused.message(), HasSubstr("did not accept"));
  EXPECT_EQ(made.stored("front/browser"), stored);
  EXPECT_EQ(get_sessions(first), 200);
}

TEST(FrontSignIn, IsNoneWithAWrongPassword) {
  WalledGateway made(Wall::basic, test::cookie_gate());
  auto connection = made.open(made.inner_settings());
  test::ScriptedUser ui;
  ui.on_ask = [](const Question& question, const std::stop_token&) {
    return Secret(question.secret ? "wrong" : practice::kWallUser);
  };
  const auto refused = error_of([&] { connection.sign_in({.front_only = true}, ui); });
  EXPECT_EQ(refused.layer(), Layer::access_proxy);
  EXPECT_EQ(refused.http_status(), 401);
  EXPECT_TRUE(refused.needs_sign_in());
  EXPECT_THAT(refused.message(), HasSubstr("did not accept"));
  ui.on_ask = [&](const Question& question, const std::stop_token&) {
    return question.secret ? Secret(made.gateway.wall().password()) : Secret(practice::kWallUser);
  };
  EXPECT_TRUE(connection.sign_in({.front_only = true}, ui).signed_in);
  EXPECT_EQ(get_sessions(connection), 200);
}

TEST(FrontSession, IsKeptBesideTheGatewaysOwn) {
  WalledGateway made(Wall::page, test::cookie_gate());
  {
    auto first = made.open();
    ASSERT_EQ(get_sessions(first), 200);
  }
  EXPECT_THAT(made.stored("front/browser"), HasSubstr("wall_session_0"));
  EXPECT_THAT(made.stored("oauth"), Not(HasSubstr("wall_session")));
  // Another process, which has no source of the wall's cookies.
  auto second = made.open(made.inner_settings());
  EXPECT_EQ(get_sessions(second), 200);
  EXPECT_EQ(made.counters().sign_ins, 1U);
  second.sign_out();
  EXPECT_TRUE(made.stored("front/browser").empty());
}

TEST(FrontSession, IsReplacedUnderManyRequestsAtOnce) {
  WalledGateway made(Wall::page, test::token_gate());
  auto connection = made.open();
  ASSERT_EQ(get_sessions(connection), 200);
  made.gateway.wall().rotate();
  std::atomic<int> accepted{0};
  {
    std::vector<std::jthread> threads;
    constexpr int kThreads = 8;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] { accepted += get_sessions(connection) == 200 ? 1 : 0; });
    }
  }
  EXPECT_EQ(accepted, 8);
}

TEST(FrontHeadersFile, IsReadAgainWhenTheFrontRefuses) {
  WalledGateway made(Wall::service, test::cookie_gate());
  const auto file = made.folder / "headers";
  const auto write = [&](const std::string& secret) {
    test::write_text(file, "CF-Access-Client-Id: " + made.gateway.wall().client_id() +
                               "\nCF-Access-Client-Secret: " + secret + "\n");
  };
  write(made.gateway.wall().client_secret());
  auto settings = made.inner_settings();
  settings.headers_file = file.string();
  for (const char* front : {"", kNoFront}) {
    settings.front = front;
    auto connection = made.open(settings);
    ASSERT_EQ(get_sessions(connection), 200);
    made.gateway.wall().rotate();
    EXPECT_EQ(get_sessions(connection), 403);
    write(made.gateway.wall().client_secret() + " ");
    EXPECT_EQ(get_sessions(connection), 200);
    dial(connection);
    write(made.gateway.wall().client_secret());
  }
}

// Signs in and opens its WebSocket elsewhere, as the settings allow.
class Elsewhere final : public plugin::Scheme {
 public:
  static constexpr plugin::Facts facts{
      .id = "elsewhere", .name = "Elsewhere", .score = 100, .reason = "a test"};
  explicit Elsewhere(const plugin::Opening& opening)
      : other_(opening.setting("other").value_or("")) {}

  plugin::Decoration decorate(const plugin::Request&,
                              const plugin::HeaderSink& headers) const override {
    headers.add("X-Hermes-Session-Token", test::kToken);
    return {};
  }
  plugin::Task<> sign_in(plugin::SignIn) override { co_return; }
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget) override {
    co_await plugin::post("http://" + other_ + "/collect");
    co_return plugin::WsTarget("ws://" + other_ + "/api/ws")
        .with_query("token", test::kToken)
        .single_use();
  }

 private:
  std::string other_;
};

constexpr pintle_plugin_table kElsewhere =
    plugin::detail::make_plugin<Elsewhere>("elsewhere", "1.0.0");

class FrontCredentials : public testing::TestWithParam<Wall> {};
INSTANTIATE_TEST_SUITE_P(AllWalls, FrontCredentials,
                         testing::Values(Wall::basic, Wall::service, Wall::page));

TEST_P(FrontCredentials, GoToNoOtherOrigin) {
  const WalledGateway made(GetParam(), test::token_gate());
  practice::Gateway other{test::token_gate()};
  auto settings = made.settings();
  const auto authority = other.url().substr(other.url().find("//") + 2);
  settings.scheme_settings["other"] = authority;
  settings.allowed_origins = {"http://" + authority};
  auto connection = Host(made.host_options({&kElsewhere})).open(settings);
  EXPECT_EQ(get_sessions(connection), 200);
  dial(connection);
  const auto requests = other.request_log().requests();
  ASSERT_EQ(requests.size(), 2U);
  for (const auto& request : requests) {
    for (const char* name :
         {"authorization", "cookie", "cf-access-client-id", "cf-access-client-secret"}) {
      EXPECT_FALSE(request.has_header(name)) << request.path << " " << name;
    }
  }
}

}  // namespace
}  // namespace pintle
