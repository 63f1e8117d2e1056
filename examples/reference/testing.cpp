// SPDX-License-Identifier: Apache-2.0
//
// The examples of pintle/testing in the API reference, as GoogleTest tests. A whole scheme with its
// test: examples/scheme-cpp.

#include <string>
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

namespace {

// Exchanges a password for a key.
class LoginScheme final : public Scheme {
 public:
  static constexpr Facts facts{.id = "login", .name = "Login", .reason = "it takes a password"};
  explicit LoginScheme(const Opening&) {}

  Decoration decorate(const Request&, const HeaderSink& headers) const override {
    if (key_.empty()) throw Error(Layer::gate, "not signed in").with_sign_in();
    headers.add("X-Key", key_.reveal());
    return {};
  }
  Task<> sign_in(SignIn) override {
    auto input = co_await Ask("Sign in.").secret("password", "Password");
    auto need = post("/login").json("{}").header("X-Password",
                                                 std::string(input.take("password").text.reveal()));
    const auto answer = co_await std::move(need);
    if (answer.status() != 200) throw Error(Layer::gate, "the password is wrong");
    key_ = pintle::Secret(answer.body());
  }
  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    co_return std::move(target).until_rejected();
  }

 private:
  pintle::Secret key_;
};

}  // namespace

PINTLE_PLUGIN("login", "1.0.0", LoginScheme)

namespace {

using namespace pintle::test;
using testing::HasSubstr;

const pintle_scheme& login() { return *pintle_plugin.schemes[0]; }

TEST(Reference, Driver) {
  //! [driver]
  SchemeDriver driver(login());
  driver.begin(PINTLE_SIGN_IN, PINTLE_MAY_ASK);
  driver.answer_fields({{"password", "sesame"}}, "typed");
  driver.answer_http(200, "the-key");
  driver.advance(60'000);  // the scheme's clock
  EXPECT_EQ(driver.decorate(), PINTLE_OK);
  EXPECT_EQ(driver.headers, (Fields{{"X-Key", "the-key"}}));
  //! [driver]
}

TEST(Reference, Script) {
  //! [script]
  SchemeDriver driver(login());
  Script script;
  script.input({{"password", "sesame"}}).http("POST", "/login", {.status = 200, .body = "the-key"});
  EXPECT_THAT(play(driver, PINTLE_SIGN_IN, script), Finishes());
  EXPECT_THAT(play(driver, PINTLE_SIGN_IN, Script().failure(PINTLE_LAYER_TCP, "no connection")),
              FailsAt(PINTLE_LAYER_TCP, HasSubstr("no connection")));
  //! [script]
}

TEST(Reference, Matchers) {
  //! [matchers]
  SchemeDriver driver(login());
  driver.decorate();
  EXPECT_THAT(driver, NeedsSignIn());
  driver.begin(PINTLE_SIGN_IN, PINTLE_MAY_ASK);
  EXPECT_THAT(driver, NeedsInput("password"));
  driver.answer_fields({{"password", "sesame"}});
  EXPECT_THAT(driver, NeedsHttp("POST", "/login"));
  EXPECT_THAT(driver, HasRequestHeader("X-Password", "sesame"));
  driver.answer_http(200, "the-key");
  EXPECT_THAT(driver, IsDone());
  driver.decorate();
  EXPECT_THAT(driver, DecoratesWith("x-key", HasSubstr("key")));
  //! [matchers]
}

}  // namespace
