// SPDX-License-Identifier: Apache-2.0
//
// A library that was built against the header of contract 1.0 (tests/plugins/frozen), in this host.

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/host.h>
#include <pintle/live.h>
#include <pintle/loading/manifest.h>

#include "support/error_of.h"
#include "support/practice_host.h"

namespace pintle {
namespace {

namespace fs = std::filesystem;

class AFrozenScheme : public testing::Test {
 protected:
  AFrozenScheme() {
    fs::copy_file(FROZEN_SCHEME, folder_ / "plugins-frozen.so");
    test::write_text(folder_ / "plugins-frozen.json", R"({"manifest": 1, "name": "pintle-frozen",
        "version": "1.0.0", "abi": 1, "schemes": [{"id": "frozen", "name": "Of contract 1.0",
        "strength": 10, "score": 40, "reason": "a test", "sends_secret": true,
        "rules": [{"field": "auth_required", "value": false}]}]})");
  }

  Connection connect(const std::string& token) {
    HostOptions options;
    options.paths.plugin_folders = {folder_.path()};
    options.paths.load_check_program = LOAD_CHECK;
    options.loading.cage = cage_;
    options.sessions = store_;
    auto settings = test::settings_for(gateway_);
    if (!token.empty()) settings.inputs = test::token_input(secrets_, token);
    return Host(std::move(options)).open(std::move(settings));
  }

  loading::Cage cage_ = loading::Cage::never;
  practice::Gateway gateway_{test::token_gate()};
  test::TemporaryFolder folder_;
  test::TemporaryFolder secrets_;
  std::shared_ptr<SessionStore> store_ = std::make_shared<FileSessionStore>(secrets_ / "sessions");
};

TEST_F(AFrozenScheme, SignsInCallsAndOpensTheWebSocket) {
  auto connection = connect(test::kToken);
  EXPECT_EQ(test::get_sessions(connection), 200);
  EXPECT_THAT(std::string(connection.ws_url().url.reveal()), testing::HasSubstr("?token="));
  std::promise<void> ready;
  LiveCallbacks callbacks;
  callbacks.on_state = [&, told = false](const LiveState& state) mutable {
    if (state.kind != LiveState::Kind::ready || std::exchange(told, true)) return;
    ready.set_value();
  };
  auto live = connection.live({}, std::move(callbacks));
  EXPECT_EQ(ready.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST_F(AFrozenScheme, RunsInTheCageUnlessTheAppSaysOtherwise) {
  cage_ = loading::LoadingRules{}.cage;
  EXPECT_EQ(cage_, loading::Cage::third_party);
  auto connection = connect(test::kToken);
  EXPECT_EQ(test::get_sessions(connection), 200);
  EXPECT_THAT(std::string(connection.ws_url().url.reveal()), testing::HasSubstr("?token="));
}

TEST_F(AFrozenScheme, KeepsItsSessionAndSignsOut) {
  {
    auto connection = connect(test::kToken);
    EXPECT_EQ(test::get_sessions(connection), 200);
  }
  auto connection = connect("");  // the stored session alone
  EXPECT_EQ(test::get_sessions(connection), 200);
  connection.sign_out();
  const auto error = test::error_of([&] { test::get_sessions(connection); });
  EXPECT_TRUE(error.needs_sign_in());
}

TEST_F(AFrozenScheme, ReportsARefusedToken) {
  auto connection = connect("another-token-that-the-gateway-does-not-know");
  const auto error = test::error_of([&] { test::get_sessions(connection); });
  EXPECT_TRUE(error.needs_sign_in());
  EXPECT_THAT(error.message(), testing::HasSubstr("the token is refused"));
}

}  // namespace
}  // namespace pintle
