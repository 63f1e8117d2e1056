// SPDX-License-Identifier: Apache-2.0
//
// Shared by the tests of a sign-in through the public API: a practice gateway, and a user who is
// simulated by the test.

#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/host.h>

#include "support/practice_client.h"
#include "support/practice_host.h"
#include "support/scripted_user.h"

namespace pintle::test {

using practice::port_of;
using practice::target_of;

// A browser's path through a native sign-in, up to the loopback address that it is redirected to.
inline std::string complete_in_browser(std::string url) {
  // The loopback page that it is started with.
  if (url.find("/start/") != std::string::npos) {
    url = practice::Client(port_of(url)).get(target_of(url)).headers.get("Location");
  }
  const auto begun = practice::Client(port_of(url)).get(target_of(url));
  const auto granted = practice::approve_sign_in(begun.headers.get("Location"));
  const auto back = std::string(granted.headers.get("Location"));
  const auto done =
      practice::Client(port_of(back)).get(target_of(back), practice::cookies_of(begun));
  return std::string(done.headers.get("Location"));
}

// Blocks as a user who does nothing.
inline void wait_for_stop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait(lock, stop, [] { return false; });
}

class SigningIn : public testing::Test {
 protected:
  void begin(practice::Gate gate, std::string prefix = "") {
    gateway_.emplace(with_gate(gate, std::move(prefix)));
  }
  void begin(practice::Options options) {
    options.password_tries = 1'000;
    gateway_.emplace(std::move(options));
  }
  std::size_t authorizations() {
    return gateway_->request_log().requests_to("/auth/native/authorize").size();
  }

  Connection open(const pintle_plugin_table& plugin = pintle_oauth, Inputs inputs = {}) const {
    auto options = host_with({&plugin});
    options.paths.sessions = folder_ / "sessions";
    options.sessions = std::make_shared<FileSessionStore>(options.paths.sessions);
    return Host(std::move(options)).open(settings_for(*gateway_, std::move(inputs)));
  }

  // A fresh connection works with the stored session, and the user is not asked.
  void expect_kept() const { EXPECT_EQ(open().call({.target = "/api/sessions"}).status, 200); }

  TemporaryFolder folder_;
  std::optional<practice::Gateway> gateway_;
  ScriptedUser ui_;
};

}  // namespace pintle::test
