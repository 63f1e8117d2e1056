// SPDX-License-Identifier: Apache-2.0
//
// What docs/write-a-scheme.md shows, as a scheme with its tests: a device flow (RFC 8628) whose
// access token is refreshed after a 401.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/scheme.h>
#include <pintle/testing/matchers.h>
#include <pintle/testing/scheme_driver.h>
#include <pintle/testing/script.h>

using namespace pintle::plugin;
using pintle::Error;
using pintle::Layer;
using pintle::Secret;

namespace {

constexpr std::string_view kDeviceCode = "urn:ietf:params:oauth:grant-type:device_code";

class DeviceScheme final : public Scheme {
 public:
  static constexpr Facts facts{.id = "device", .name = "Device", .reason = "it has a device flow"};
  explicit DeviceScheme(const Opening&) {}

  Decoration decorate(const Request&, const HeaderSink& headers) const override {
    if (token_.empty()) throw Error(Layer::gate, "not signed in").with_sign_in();
    headers.add("Authorization", "Bearer " + std::string(token_.reveal()));
    return {.valid_until_ms = valid_until_ms_, .credential = version_};
  }

  //! [observe]
  Observation observe(const Response& response) override {
    if (response.status() != 401) return Observation::none;
    if (response.credential() == version_) valid_until_ms_ = 1;  // so that it is refreshed
    return Observation::retry_once;
  }
  //! [observe]

  Task<> sign_in(SignIn) override {
    const auto begun = co_await post("/device").form("client_id", "app");
    co_await poll(begun.body());
  }
  Task<> refresh() override {
    const auto answer = co_await post("/token").form("grant_type", "refresh_token");
    if (answer.status() != 200) throw Error(Layer::session, "the session has ended").with_sign_in();
    take(answer.body());
  }

  //! [ws-url]
  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    const auto minted = co_await post("/ticket");
    if (minted.status() != 200) throw Error(Layer::ticket, "the gateway minted no ticket");
    co_return std::move(target).with_query("ticket", minted.body()).single_use();
  }
  //! [ws-url]

 private:
  Task<> poll(std::string code) {
    //! [device]
    while (token_.empty()) {
      co_await Wait(5'000, "Open gateway.example/device and enter the code " + code + ".");
      const auto polled =
          co_await post("/token").form("grant_type", kDeviceCode).form("device_code", code);
      if (polled.status() == 200) take(polled.body());
    }
    //! [device]
  }
  void take(const std::string& token) {
    token_ = Secret(token);
    valid_until_ms_ = 0;
    ++version_;
  }

  Secret token_;
  std::int64_t valid_until_ms_ = 0;
  std::uint64_t version_ = 0;
};

}  // namespace

PINTLE_PLUGIN("device", "1.0.0", DeviceScheme)

namespace {

using namespace pintle::test;

const pintle_scheme& device() { return *pintle_plugin.schemes[0]; }

TEST(SchemeGuide, PollsUntilTheUserHasEnteredTheCode) {
  SchemeDriver driver(device());
  driver.begin(PINTLE_SIGN_IN);
  EXPECT_THAT(driver, NeedsHttp("POST", "/device"));
  driver.answer_http(200, "ABCD");
  for (const int status : {400, 200}) {
    EXPECT_EQ(driver.step.need, PINTLE_NEED_WAIT);
    driver.answer_wait();
    EXPECT_THAT(driver, NeedsHttp("POST", "/token"));
    driver.answer_http(status, "first");
  }
  EXPECT_THAT(driver, IsDone());
  driver.decorate();
  EXPECT_THAT(driver, DecoratesWith("Authorization", "Bearer first"));
}

TEST(SchemeGuide, ARefusedTokenIsRefreshed) {
  SchemeDriver driver(device());
  driver.begin(PINTLE_SIGN_IN);
  driver.answer_http(200, "ABCD");
  driver.answer_wait();
  driver.answer_http(200, "first");
  driver.decorate();
  driver.observe(401);
  driver.decorate();
  EXPECT_EQ(driver.decoration.valid_until_ms, 1);
  EXPECT_THAT(play(driver, PINTLE_REFRESH, Script().http("POST", "/token", {.body = "second"})),
              Finishes());
  driver.decorate();
  EXPECT_THAT(driver, DecoratesWith("Authorization", "Bearer second"));
}

TEST(SchemeGuide, ATicketIsForOneDial) {
  SchemeDriver driver(device());
  EXPECT_THAT(play(driver, PINTLE_RESOLVE_WS_URL, Script().http("POST", "/ticket", {.body = "t"})),
              Finishes());
}

}  // namespace
