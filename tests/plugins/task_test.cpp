// SPDX-License-Identifier: Apache-2.0
//
// The coroutine layer, tested with a scheme that needs one of everything.

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/scheme.h>

#include "support/scheme_driver.h"

namespace {

using namespace pintle::plugin;
using pintle::Error;
using pintle::Layer;
using pintle::Secret;
using pintle::test::SchemeDriver;
using pintle::test::text;
using testing::HasSubstr;
using testing::Not;

int living_guards = 0;

struct Guard {
  Guard() { ++living_guards; }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  ~Guard() { --living_guards; }
};

class Everything final : public Scheme {
 public:
  static constexpr Rule kRules[] = {{"auth_required", "true"}};
  static constexpr Facts facts{
      .id = "everything", .name = "Everything", .reason = "a test", .rules = kRules};
  explicit Everything(const Opening& opening) : session_(opening.session()) {
    if (session_ == "broken") throw Error(Layer::session, "the stored session cannot be read");
  }

  Decoration decorate(const Request&, const HeaderSink&) const override {
    throw std::runtime_error("a text that may hold a secret");
  }

  Task<> sign_in(SignIn how) override {
    const Guard guard;
    auto typed = co_await Ask("who").plain("user", "User").secret("password", "Password");
    const auto user = typed.take("user");
    const auto minted = co_await exchange(std::string(user.text.reveal()));
    const auto visit = co_await BrowserVisit::until_callback("/authorize", "state-" + minted);
    co_await Wait(250, "the provider");
    session_ = visit.callback_url() + "|" + how.provider;
    session_changed();
    co_await post("/done").may_repeat();
  }

  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    const auto moment = co_await now();
    try {
      const auto answer = co_await post("/ticket");
      co_return std::move(target)
          .with_query("ticket", answer.body())
          .until(moment.now_ms + moment.random[0]);
    } catch (const Error& error) {
      // Caught like any exception, and followed by another need.
      if (error.layer() != Layer::tcp) throw;
    }
    const auto again = co_await post("/ticket-again");
    co_return std::move(target).with_query("ticket", again.body()).single_use();
  }

  Task<std::string> sign_out() override {
    session_.clear();
    session_changed();
    throw Error(Layer::provider, "the provider is away").with_retry();
    co_return std::string();
  }

  Secret session() const override { return Secret(session_); }

 private:
  // A task within a task.
  Task<std::string> exchange(std::string user) {
    const Guard guard;
    const auto answer =
        co_await post("/exchange").header("X-User", user).json("{\"user\":\"" + user + "\"}");
    if (answer.status() != 200) throw Error(Layer::gate, "refused").with_status(answer.status());
    co_return answer.body();
  }

  std::string session_;
};

const pintle_scheme& scheme() { return detail::Table<Everything>::kScheme; }

TEST(Task, RunsFromNeedToNeedAndThroughInnerTasks) {
  SchemeDriver driver(scheme());
  ASSERT_EQ(driver.begin(PINTLE_SIGN_IN, 0, "", "nous"), PINTLE_OK);
  ASSERT_EQ(driver.step.need, static_cast<std::uint32_t>(PINTLE_NEED_INPUT));
  EXPECT_EQ(text(driver.step.message), "who");
  ASSERT_EQ(driver.step.input_count, 2U);
  EXPECT_EQ(driver.step.inputs[0].flags, 0U);
  EXPECT_EQ(driver.step.inputs[1].flags, static_cast<std::uint32_t>(PINTLE_INPUT_SECRET));

  ASSERT_EQ(driver.answer_fields({{"password", "x"}, {"user", "ada"}}), PINTLE_OK);
  ASSERT_EQ(driver.step.need, static_cast<std::uint32_t>(PINTLE_NEED_HTTP));
  EXPECT_EQ(text(driver.step.http_method), "POST");
  EXPECT_EQ(text(driver.step.http_url), "/exchange");
  EXPECT_EQ(text(driver.step.http_body), "{\"user\":\"ada\"}");
  ASSERT_EQ(driver.step.http_header_count, 2U);
  EXPECT_EQ(text(driver.step.http_headers[0].value), "ada");
  EXPECT_EQ(living_guards, 2);

  ASSERT_EQ(driver.answer_http(200, "s1"), PINTLE_OK);
  EXPECT_EQ(driver.step.need, static_cast<std::uint32_t>(PINTLE_NEED_BROWSER));
  EXPECT_EQ(text(driver.step.browser_state), "state-s1");
  ASSERT_EQ(driver.answer_callback("http://127.0.0.1/callback?code=1", ""), PINTLE_OK);
  EXPECT_EQ(driver.step.need, static_cast<std::uint32_t>(PINTLE_NEED_WAIT));
  EXPECT_EQ(driver.step.wait_ms, 250);
  EXPECT_EQ(driver.step.flags, 0U);

  ASSERT_EQ(driver.answer_http(0), PINTLE_OK);
  EXPECT_EQ(driver.step.flags,
            static_cast<std::uint32_t>(PINTLE_STEP_SESSION_CHANGED | PINTLE_STEP_MAY_REPEAT));
  EXPECT_EQ(driver.session(), "http://127.0.0.1/callback?code=1|nous");
  ASSERT_EQ(driver.answer_http(204), PINTLE_OK);
  EXPECT_EQ(driver.step.need, static_cast<std::uint32_t>(PINTLE_NEED_DONE));
  EXPECT_EQ(driver.step.flags, 0U);
  EXPECT_EQ(living_guards, 0);
  EXPECT_EQ(driver.answer_http(200), PINTLE_LAYER_PLUGIN);  // It has ended.
}

TEST(Task, IsCancelledByEndWhereverItIs) {
  for (int answers = 0; answers < 3; ++answers) {
    SchemeDriver driver(scheme());
    ASSERT_EQ(driver.begin(PINTLE_SIGN_IN), PINTLE_OK);
    if (answers > 0) driver.answer_fields({{"user", "ada"}});
    if (answers > 1) driver.answer_http(200, "s");
    EXPECT_GT(living_guards, 0);
    driver.end();
    EXPECT_EQ(living_guards, 0);
  }
}

TEST(Task, TurnsAThrownErrorIntoItsCodeAndText) {
  SchemeDriver driver(scheme());
  driver.begin(PINTLE_SIGN_IN);
  driver.answer_fields({});
  EXPECT_EQ(driver.answer_http(403), PINTLE_LAYER_GATE);
  EXPECT_STREQ(driver.error.message, "refused");
  EXPECT_EQ(driver.error.http_status, 403);
  EXPECT_EQ(living_guards, 0);
}

TEST(Task, ThrowsTheFailureOfTheHostWhereItIsAwaited) {
  SchemeDriver driver(scheme());
  ASSERT_EQ(driver.begin(PINTLE_RESOLVE_WS_URL), PINTLE_OK);
  ASSERT_EQ(driver.answer_failure(PINTLE_LAYER_TCP, "reset"), PINTLE_OK);
  EXPECT_EQ(text(driver.step.http_url), "/ticket-again");
  EXPECT_EQ(driver.answer_failure(PINTLE_LAYER_TLS, "expired"), PINTLE_LAYER_TLS);
  EXPECT_STREQ(driver.error.message, "expired");
}

TEST(Task, IsGivenTimeAndRandomnessByTheHost) {
  SchemeDriver driver(scheme());
  driver.begin(PINTLE_RESOLVE_WS_URL);
  ASSERT_EQ(driver.answer_http(200, "a b"), PINTLE_OK);
  EXPECT_EQ(text(driver.step.ws_url), "wss://gateway.example/hermes/api/ws?ticket=a%20b");
  EXPECT_EQ(driver.step.life, static_cast<std::uint32_t>(PINTLE_KEEP_UNTIL));
  EXPECT_EQ(driver.step.keep_until_ms, driver.now_ms + 1);
}

TEST(Task, SaysThatTheSessionChangedEvenWhereItFails) {
  SchemeDriver driver(scheme());
  EXPECT_EQ(driver.begin(PINTLE_SIGN_OUT), PINTLE_LAYER_PROVIDER);
  EXPECT_EQ(driver.step.flags, static_cast<std::uint32_t>(PINTLE_STEP_SESSION_CHANGED));
  EXPECT_EQ(driver.error.flags, static_cast<std::uint32_t>(PINTLE_ERROR_RETRY));
}

TEST(Table, HidesTheTextOfAForeignException) {
  SchemeDriver driver(scheme());
  EXPECT_EQ(driver.decorate(), PINTLE_LAYER_PLUGIN);
  EXPECT_THAT(driver.error.message, Not(HasSubstr("secret")));
}

TEST(Table, RefusesStructsThatAreTooSmallAndOperationsItDoesNotKnow) {
  SchemeDriver driver(scheme());
  driver.step.struct_size = 8;
  EXPECT_EQ(driver.begin(PINTLE_SIGN_IN), PINTLE_LAYER_PLUGIN);
  driver.step.struct_size = sizeof(pintle_step);
  EXPECT_EQ(driver.begin(99), PINTLE_LAYER_PLUGIN);
}

TEST(Table, ReportsASessionThatCannotBeOpened) {
  SchemeDriver driver(scheme(), "broken");
  EXPECT_EQ(driver.code, PINTLE_LAYER_SESSION);
}

TEST(Table, CutsALongTextBetweenCharacters) {
  char buffer[8];
  detail::put_text(buffer,
                   "abcde\xe2\x82\xac"
                   "f");
  EXPECT_STREQ(buffer, "abcde");
  detail::put_text(buffer, "short");
  EXPECT_STREQ(buffer, "short");
}

}  // namespace
