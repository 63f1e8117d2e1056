// SPDX-License-Identifier: Apache-2.0
//
// Shared by the tests of a sign-in through the public API: a practice gateway, and a user who is
// simulated by the test.

#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/text/percent.h>
#include <pintle/host.h>

#include "host/practice/practice_client.h"
#include "practice/server/gateway.h"
#include "support/temporary_folder.h"

extern "C" const pintle_plugin_table pintle_oauth;

namespace pintle::test {

inline std::string target_of(const std::string& url) { return AbsoluteUrl::parse(url).target; }
inline std::uint16_t port_of(const std::string& url) { return AbsoluteUrl::parse(url).origin.port; }

// A browser's path through a native sign-in, up to the loopback address that it is redirected to.
inline std::string way_through(std::string url) {
  // The loopback page that it is started with.
  if (url.find("/start/") != std::string::npos) {
    url = practice::Client(port_of(url)).get(target_of(url)).headers.get("Location");
  }
  const auto begun = practice::Client(port_of(url)).get(target_of(url));
  const auto form = std::string(begun.headers.get("Location"));
  std::string approved = "decision=approve&user=ada&password=practice&state=";
  approved += encode_component(practice::query_of(form, "state")) +
              "&redirect_uri=" + encode_component(practice::query_of(form, "redirect_uri"));
  Headers urlencoded;
  urlencoded.add("Content-Type", "application/x-www-form-urlencoded");
  const auto granted =
      practice::Client(port_of(form)).call("POST", "/idp/authorize", urlencoded, approved);
  const auto back = std::string(granted.headers.get("Location"));
  const auto done =
      practice::Client(port_of(back)).get(target_of(back), practice::cookies_of(begun));
  return std::string(done.headers.get("Location"));
}

class PlayedPerson : public SignInUi {
 public:
  void tell(std::string_view text) override { told += std::string(text) + "\n"; }
  Secret ask(const Question& question, std::stop_token cancel) override {
    asked.push_back(question.key + (question.secret ? " (secret)" : ""));
    if (on_ask) return on_ask(question, cancel);
    return Secret(question.secret ? practice::kPassword : practice::kUser);
  }
  std::optional<Secret> read_pasted(std::string_view why, std::stop_token cancel) override {
    told += std::string(why) + "\n";
    if (on_paste) return on_paste(cancel);
    return std::nullopt;
  }
  void open_browser(std::string_view url, std::stop_token) override {
    opened.emplace_back(url);
    if (on_open) on_open(std::string(url));
  }

  // The address that was shown, on its own line.
  std::string address() const {
    const auto at = told.find("http");
    return told.substr(at, told.find('\n', at) - at);
  }

  std::string told;
  std::vector<std::string> asked;
  std::vector<std::string> opened;
  std::function<Secret(const Question&, std::stop_token)> on_ask;
  std::function<std::optional<Secret>(std::stop_token)> on_paste;
  std::function<void(const std::string&)> on_open;
};

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
    practice::Options options;
    options.gate = gate;
    options.prefix = std::move(prefix);
    gateway_.emplace(std::move(options));
  }
  void begin(practice::Options options) {
    options.password_tries = 1'000;
    gateway_.emplace(std::move(options));
  }
  std::size_t authorizations() {
    return gateway_->request_log().requests_to("/auth/native/authorize").size();
  }

  Connection open(const pintle_plugin_table& plugin = pintle_oauth,
                  std::map<std::string, SecretSource> inputs = {}) const {
    HostOptions options;
    options.built_in = {&plugin};
    options.paths.sessions = folder_ / "sessions";
    options.sessions = std::make_shared<FileSessionStore>(options.paths.sessions);
    return Host(std::move(options))
        .open({.url = GatewayUrl::parse(gateway_->url()), .inputs = std::move(inputs)});
  }

  // A fresh connection works with the stored session, and the user is not asked.
  void expect_kept() const { EXPECT_EQ(open().call({.target = "/api/sessions"}).status, 200); }

  TemporaryFolder folder_;
  std::optional<practice::Gateway> gateway_;
  PlayedPerson ui_;
};

}  // namespace pintle::test
