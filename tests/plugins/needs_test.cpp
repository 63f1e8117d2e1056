// SPDX-License-Identifier: Apache-2.0
//
// The needs of an operation as a host sees them: bodies, greetings, helper programs, waits.

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/scheme.h>

#include "support/scheme_driver.h"

namespace {

using namespace pintle::plugin;
using pintle::Error;
using pintle::Layer;
using pintle::test::Fields;
using pintle::test::SchemeDriver;
using pintle::test::text;
using testing::ElementsAre;
using testing::Pair;

// Sends what the method names.
class Sender final : public Scheme {
 public:
  static constexpr std::string_view kProfiles[] = {"home", "node"};
  static constexpr Setting kSettings[] = {{"scope", "Scope", "all"},
                                          {.key = "key", .label = "Key", .secret = true}};
  static constexpr Facts facts{.id = "sender",
                               .name = "Sender",
                               .reason = "a test",
                               .profiles = kProfiles,
                               .settings = kSettings,
                               .signs_requests = true};
  explicit Sender(const Opening&) {}

  Decoration decorate(const Request& request, const HeaderSink& headers) const override {
    headers.add("X-Signed",
                std::string(request.header("host")) + " " + std::string(request.body_sha256()));
    request.add_query("key", "a&b");
    return {};
  }
  Task<> sign_in(SignIn how) override {
    const std::string value = "a b&c=d/\xc3\xa9";
    if (how.method == "form") {
      co_await post("/f").form("grant type", value).form("x", "").form("y", "1");
    } else if (how.method == "form, then json") {
      co_await post("/f").form("a", "b").json("{}");
    } else if (how.method == "json, then form") {
      co_await post("/f").json("{}").form("a", "b");
    } else if (how.method == "type after json") {
      co_await post("/f").json("{}").header("content-type", "application/vnd.x+json");
    } else if (how.method == "bytes") {
      co_await post("/f").body("application/cbor", std::string("\0\xff", 2)).header("X-A", "1");
    } else if (how.method == "wait") {
      co_await Wait(5'000, "Open https://x.example and enter ABCD.");
    } else if (how.method == "helper") {
      const auto answer = co_await RunHelper("aws").argument("get").argument("token").input("in\n");
      if (answer.exit_code() != 0) throw Error(Layer::gate, "the helper has none");
      output_ = answer.output();
      co_await get("/" + output_);
    }
  }
  Task<WsUrl> resolve_ws_url(WsTarget) override {
    co_return WsTarget("wss://stream.example/")
        .with_subprotocol("chat")
        .with_subprotocol("bearer." + std::string("x"))
        .until_rejected();
  }
  Task<> greet(Greeting greeting) override {
    const auto hello = co_await ReceiveMessage();
    co_await SendMessage(hello.text() + "|" + greeting.subprotocol);
    co_await SendMessage::binary("bytes");
    const auto answer = co_await ReceiveMessage();
    if (!answer.is_binary()) throw Error(Layer::gate, "refused").with_sign_in();
  }

 private:
  std::string output_;
};

const pintle_scheme& scheme() { return detail::Table<Sender>::kScheme; }

Fields headers_of(const pintle_step& step) {
  Fields fields;
  for (std::size_t i = 0; i < step.http_header_count; ++i) {
    fields.emplace_back(text(step.http_headers[i].name), text(step.http_headers[i].value));
  }
  return fields;
}

TEST(Needs, ABodyHasOneContentType) {
  constexpr const char* kForm = "application/x-www-form-urlencoded";
  struct Row {
    const char* method;
    const char* type;
    std::string body;
  };
  const Row kTable[] = {
      {"form", kForm, "grant%20type=a%20b%26c%3Dd%2F%C3%A9&x=&y=1"},
      {"form, then json", "application/json", "{}"},
      {"json, then form", kForm, "a=b"},
      {"type after json", "application/vnd.x+json", "{}"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.method);
    SchemeDriver driver(scheme());
    ASSERT_EQ(driver.begin(PINTLE_SIGN_IN, 0, row.method), PINTLE_OK);
    EXPECT_EQ(text(driver.step.http_body), row.body);
    EXPECT_THAT(headers_of(driver.step), ElementsAre(Pair("Content-Type", row.type)));
  }
}

TEST(Needs, ABodyMayHaveAnyTypeAndBytes) {
  SchemeDriver driver(scheme());
  ASSERT_EQ(driver.begin(PINTLE_SIGN_IN, 0, "bytes"), PINTLE_OK);
  EXPECT_EQ(text(driver.step.http_body), std::string("\0\xff", 2));
  EXPECT_THAT(headers_of(driver.step),
              ElementsAre(Pair("Content-Type", "application/cbor"), Pair("X-A", "1")));
}

TEST(Needs, AGreetingSendsAndReceivesMessages) {
  SchemeDriver driver(scheme());
  driver.ws_subprotocol = "chat";
  ASSERT_EQ(driver.begin(PINTLE_GREET), PINTLE_OK);
  EXPECT_EQ(driver.step.need, std::uint32_t{PINTLE_NEED_RECEIVE});
  ASSERT_EQ(driver.answer_message("hello"), PINTLE_OK);
  EXPECT_EQ(driver.step.need, std::uint32_t{PINTLE_NEED_SEND});
  EXPECT_EQ(text(driver.step.ws_message), "hello|chat");
  EXPECT_EQ(driver.step.flags, 0U);
  ASSERT_EQ(driver.answer_message(), PINTLE_OK);
  EXPECT_EQ(text(driver.step.ws_message), "bytes");
  EXPECT_EQ(driver.step.flags, std::uint32_t{PINTLE_STEP_BINARY});
  ASSERT_EQ(driver.answer_message(), PINTLE_OK);
  ASSERT_EQ(driver.answer_message("ok", true), PINTLE_OK);
  EXPECT_EQ(driver.step.need, std::uint32_t{PINTLE_NEED_DONE});
}

TEST(Needs, AGreetingThatIsRefusedNeedsASignIn) {
  SchemeDriver driver(scheme());
  driver.begin(PINTLE_GREET);
  driver.answer_message("hello");
  driver.answer_message();
  driver.answer_message();
  EXPECT_EQ(driver.answer_message("no"), PINTLE_LAYER_GATE);
  EXPECT_EQ(driver.error.flags, std::uint32_t{PINTLE_ERROR_SIGN_IN});
}

TEST(Needs, AHelperIsNamedAndItsOutputReturned) {
  SchemeDriver driver(scheme());
  ASSERT_EQ(driver.begin(PINTLE_SIGN_IN, 0, "helper"), PINTLE_OK);
  EXPECT_EQ(driver.step.need, std::uint32_t{PINTLE_NEED_EXEC});
  EXPECT_EQ(text(driver.step.exec_helper), "aws");
  ASSERT_EQ(driver.step.exec_argument_count, 2U);
  EXPECT_EQ(text(driver.step.exec_arguments[1]), "token");
  EXPECT_EQ(text(driver.step.exec_input), "in\n");
  ASSERT_EQ(driver.answer_exec(0, "printed"), PINTLE_OK);
  EXPECT_EQ(text(driver.step.http_url), "/printed");

  driver.begin(PINTLE_SIGN_IN, 0, "helper");
  EXPECT_EQ(driver.answer_exec(1, ""), PINTLE_LAYER_GATE);
}

TEST(Needs, AWaitHasItsReason) {
  SchemeDriver driver(scheme());
  ASSERT_EQ(driver.begin(PINTLE_SIGN_IN, 0, "wait"), PINTLE_OK);
  EXPECT_EQ(driver.step.wait_ms, 5'000);
  EXPECT_EQ(text(driver.step.message), "Open https://x.example and enter ABCD.");
}

TEST(Needs, AWebSocketMayBeElsewhereWithSubprotocols) {
  SchemeDriver driver(scheme());
  ASSERT_EQ(driver.begin(PINTLE_RESOLVE_WS_URL), PINTLE_OK);
  EXPECT_EQ(text(driver.step.ws_url), "wss://stream.example/");
  ASSERT_EQ(driver.step.ws_subprotocol_count, 2U);
  EXPECT_EQ(text(driver.step.ws_subprotocols[0]), "chat");
  EXPECT_EQ(text(driver.step.ws_subprotocols[1]), "bearer.x");
}

TEST(Needs, ASignerSeesTheRequestAndMayAddAQuery) {
  SchemeDriver driver(scheme());
  driver.sent_headers = {{"Host", "gateway.example"}};
  driver.body_sha256 = "digest";
  ASSERT_EQ(driver.decorate(), PINTLE_OK);
  EXPECT_THAT(driver.headers, ElementsAre(Pair("X-Signed", "gateway.example digest")));
  EXPECT_THAT(driver.query, ElementsAre(Pair("key", "a&b")));
  // The URL of an upgrade is resolved.
  ASSERT_EQ(driver.decorate(PINTLE_REQUEST_UPGRADE), PINTLE_OK);
  EXPECT_TRUE(driver.query.empty());
}

TEST(Needs, TheTableHasTheProfilesAndTheSettings) {
  ASSERT_EQ(scheme().profile_count, 2U);
  EXPECT_EQ(text(scheme().profiles[1]), "node");
  ASSERT_EQ(scheme().setting_count, 2U);
  EXPECT_EQ(text(scheme().settings[0].default_value), "all");
  EXPECT_EQ(scheme().settings[0].flags, 0U);
  EXPECT_EQ(scheme().settings[1].flags, std::uint32_t{PINTLE_SETTING_SECRET});
}

}  // namespace
