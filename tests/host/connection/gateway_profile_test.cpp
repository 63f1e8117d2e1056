// SPDX-License-Identifier: Apache-2.0
//
// Gateways of other profiles: how they are recognized, and when their WebSockets are ready.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/host.h>

#include "support/error_of.h"
#include "support/other_gateway.h"
#include "support/temporary_folder.h"

namespace pintle::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kNotes = R"({
  "profile": 1, "id": "notes", "name": "Notes",
  "probes": [{"path": "/hello", "is": [{"at": "/program", "value": "notes"}],
              "auth_required": false, "version": {"at": "/version"}}],
  "websocket": {"path": "/live", "content": "messages", "ready": "upgrade"}})";

constexpr const char* kChat = R"({
  "profile": 1, "id": "chat", "name": "Chat",
  "probes": [{"path": "/info", "is": [{"at": "/kind", "value": "chat"}, {"at": "/rooms"}],
              "auth_required": false}],
  "websocket": {"content": "json-rpc", "path": "/rpc",
                "ready": {"message": [{"at": "/method", "value": "welcome"}], "wait_ms": 300}}})";

std::string text_frame(const std::string& text) {
  return std::string("\x81") + static_cast<char>(text.size()) + text;
}

class GatewayProfiles : public testing::Test {
 protected:
  GatewayProfiles() {
    write_text(folder_ / "notes.profile.json", kNotes);
    write_text(folder_ / "chat.profile.json", kChat);
  }

  struct Wanted {
    std::string scheme{};
    std::string profile{};
    bool no_probe = false;
    std::int64_t request_ms = 60'000;
  };
  ConnectionSettings settings(const Wanted& wanted) const {
    ConnectionSettings made{.url = GatewayUrl::parse(gateway_.url() + prefix_)};
    made.scheme = wanted.scheme;
    made.profile = wanted.profile;
    made.no_probe = wanted.no_probe;
    made.request_ms = wanted.request_ms;
    return made;
  }
  Connection open(const Wanted& wanted) { return open_with(settings(wanted)); }
  Connection open() { return open(Wanted{}); }
  Connection open_with(ConnectionSettings settings) {
    HostOptions options;
    options.built_in = {&kOpen};
    options.paths.plugin_folders = {folder_.path()};
    options.probe_cache = cache_;
    return Host(options).open(std::move(settings));
  }
  // The states until it is ready, waits or failed.
  LiveState state_of(LiveConnection& live) {
    for (;;) {
      const auto event = live.next(5'000);
      if (!event) throw std::logic_error("nothing came");
      if (event->kind != LiveEvent::Kind::state) continue;
      const auto kind = event->state->kind;
      if (kind != LiveState::Kind::probing && kind != LiveState::Kind::dialling &&
          kind != LiveState::Kind::idle) {
        return *event->state;
      }
    }
  }

  TemporaryFolder folder_;
  std::string prefix_;
  std::shared_ptr<ProbeCache> cache_;
  OtherGateway gateway_;
};

TEST_F(GatewayProfiles, AreFoundByTheProbe) {
  gateway_.pages["/hello"] = R"({"program":"notes","version":"3.1"})";
  auto connection = open();
  const auto probe = connection.probe();
  EXPECT_EQ(probe.profile, "notes");
  EXPECT_EQ(probe.version, "3.1");
  EXPECT_EQ(connection.choose().facts.id, "open");
  EXPECT_EQ(connection.profile().name, "Notes");
}

TEST_F(GatewayProfiles, AreFoundBelowAPrefixAndAboveAPage) {
  gateway_.pages["/apps/hello"] = R"({"program":"notes"})";
  prefix_ = "/apps/page/7";
  const auto found = open().find_gateway();
  EXPECT_EQ(found.url.text(), gateway_.url() + "/apps");
  EXPECT_EQ(found.probe.profile, "notes");
}

TEST_F(GatewayProfiles, AreRecognizedByTheMoreExactOne) {
  gateway_.pages["/hello"] = R"({"program":"notes"})";
  gateway_.pages["/info"] = R"({"kind":"chat","rooms":[]})";
  EXPECT_EQ(open().probe().profile, "chat");
}

TEST_F(GatewayProfiles, AreNotAskedOfAGatewayThatIsKnownAtOnce) {
  gateway_.pages["/api/status"] = R"({"version":"1.0","auth_required":false})";
  EXPECT_EQ(open().probe().profile, "hermes");
  for (const auto& request : gateway_.requests()) EXPECT_THAT(request, Not(HasSubstr("/hello")));
}

TEST_F(GatewayProfiles, ThatAreNamedAreAskedAlone) {
  gateway_.pages["/info"] = R"({"kind":"chat","rooms":[]})";
  EXPECT_EQ(open({.profile = "chat"}).probe().profile, "chat");
  for (const auto& request : gateway_.requests()) EXPECT_THAT(request, HasSubstr("/info"));
  auto error = error_of([&] { open({.profile = "notes"}).probe(); });
  EXPECT_THAT(error.message(), HasSubstr("there is no Notes gateway at"));
  error = error_of([&] { open({.profile = "nodes"}).probe(); });
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_THAT(error.message(), HasSubstr("available: hermes, chat, notes"));
}

TEST_F(GatewayProfiles, ThatAreNamedAreNotReplacedByAnAnswerThatIsRemembered) {
  gateway_.pages["/hello"] = R"({"program":"notes"})";
  gateway_.pages["/info"] = R"({"kind":"chat","rooms":[]})";
  cache_ = std::make_shared<ProbeCache>(folder_ / "probes");
  EXPECT_EQ(open({.profile = "notes"}).profile().id, "notes");
  EXPECT_EQ(open({.profile = "chat"}).profile().id, "chat");
  EXPECT_EQ(open().profile().id, "chat");
  const auto asked = gateway_.requests().size();
  EXPECT_EQ(open({.profile = "notes"}).profile().id, "notes");
  EXPECT_EQ(gateway_.requests().size(), asked);  // remembered
}

TEST_F(GatewayProfiles, LeaveTheFirstErrorWhereNoneFits) {
  const auto error = error_of([&] { open().probe(); });
  EXPECT_EQ(error.http_status(), 404);
  EXPECT_THAT(error.message(), HasSubstr("/api/status"));
}

TEST_F(GatewayProfiles, ShowWhatEachOfThemGotWhereNoneFits) {
  gateway_.pages["/info"] = R"({"kind":"chat"})";
  gateway_.pages["/hello"] = "<html>";
  auto error = error_of([&] { open().probe(); });
  EXPECT_THAT(error.hint(), HasSubstr("chat (GET /info: HTTP 200, nothing at \"/rooms\"), "
                                      "notes (GET /hello: HTTP 200, not JSON)"));
  gateway_.change([&] {
    gateway_.pages.erase("/info");
    gateway_.pages["/hello"] = R"({"program":"nodes"})";
  });
  error = error_of([&] { open().probe(); });
  EXPECT_THAT(error.hint(), HasSubstr("chat (GET /info: HTTP 404), notes (GET /hello: HTTP 200, "
                                      "\"/program\" is not \"notes\")"));
  error = error_of([&] { open({.profile = "notes"}).probe(); });
  EXPECT_THAT(error.hint(), AllOf(HasSubstr("is not \"notes\""), Not(HasSubstr("/info"))));
}

TEST_F(GatewayProfiles, ThatAreNamedAndBrokenSayWhy) {
  write_text(folder_ / "notes.profile.json", std::string(kNotes).replace(4, 9, "\"prfile\""));
  const auto error = error_of([&] { open({.profile = "notes"}).probe(); });
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("the gateway profile \"notes\" is refused"),
                                     HasSubstr("unknown field \"prfile\"")));
  EXPECT_THAT(error.hint(), HasSubstr("pintle plugins check " + folder_.path().string()));
}

TEST_F(GatewayProfiles, ThatAreNamedDoNotHideWhoAnsweredInstead) {
  struct Row {
    const char* response;
    Layer layer;
    int status;
    bool can_retry;
    std::int64_t retry_after_ms;
  };
  for (const auto& row :
       {Row{"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n", Layer::protocol, 503, true, 0},
        Row{"HTTP/1.1 429 X\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n", Layer::rate_limit, 429,
            true, 5'000},
        Row{"HTTP/1.1 302 X\r\nLocation: https://x.cloudflareaccess.com/\r\n"
            "Content-Length: 0\r\n\r\n",
            Layer::access_proxy, 302, false, 0}}) {
    SCOPED_TRACE(row.status);
    gateway_.change([&] { gateway_.refusals["/hello"] = row.response; });
    const auto error = error_of([&] { open({.profile = "notes"}).probe(); });
    EXPECT_EQ(error.layer(), row.layer) << error.what();
    EXPECT_EQ(error.http_status(), row.status);
    EXPECT_EQ(error.can_retry(), row.can_retry);
    EXPECT_EQ(error.retry_after_ms(), row.retry_after_ms);
  }
}

TEST_F(GatewayProfiles, ThatAreNamedDoNotHideThatNobodyAnswered) {
  gateway_.hanging = {"/hello"};
  auto error = error_of([&] { open({.profile = "notes", .request_ms = 500}).probe(); });
  EXPECT_EQ(error.layer(), Layer::tcp);
  EXPECT_TRUE(error.is_timeout());
  EXPECT_TRUE(error.can_retry());
  EXPECT_THAT(error.message(), HasSubstr("sent no answer to GET /hello"));

  auto gone = settings({.profile = "notes"});
  {
    const OtherGateway other;
    gone.url = GatewayUrl::parse(other.url());
  }
  error = error_of([&] { open_with(gone).probe(); });
  EXPECT_EQ(error.layer(), Layer::tcp);
  EXPECT_TRUE(error.can_retry()) << error.what();
}

TEST_F(GatewayProfiles, AreNotRuledOutWithoutTheirAnswers) {
  gateway_.hanging = {"/info"};
  auto error = error_of([&] { open({.request_ms = 1'000}).probe(); });
  EXPECT_EQ(error.layer(), Layer::tcp);
  EXPECT_THAT(error.message(), HasSubstr("GET /info"));
  EXPECT_TRUE(error.can_retry());

  gateway_.change([&] {
    gateway_.hanging.clear();
    gateway_.refusals["/info"] = "HTTP/1.1 503 X\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n";
  });
  error = error_of([&] { open().probe(); });
  EXPECT_EQ(error.http_status(), 503);
  EXPECT_EQ(error.retry_after_ms(), 2'000);

  // So answers a program that does not know the path.
  gateway_.change(
      [&] { gateway_.refusals["/info"] = "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"; });
  error = error_of([&] { open().probe(); });
  EXPECT_EQ(error.http_status(), 404);
  EXPECT_FALSE(error.can_retry());
}

TEST_F(GatewayProfiles, AreAskedWithinOneTimeLimit) {
  // More than are asked at once.
  for (int i = 0; i < 40; ++i) {
    const auto number = std::to_string(i);
    const auto path = "/hang/" + number;
    write_text(folder_ / ("n" + number + ".profile.json"),
               R"({"profile": 1, "id": "n)" + number + R"(", "name": "N", "probes": [{"path": ")" +
                   path + R"(", "is": [{"at": "/n"}], "auth_required": false}]})");
    gateway_.hanging.insert(path);
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto error = error_of([&] { open({.request_ms = 1'000}).probe(); });
  EXPECT_TRUE(error.is_timeout()) << error.what();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
}

TEST_F(GatewayProfiles, NeedNoProbeForASchemeThatIsNamed) {
  auto connection = open({.scheme = "open", .profile = "notes", .no_probe = true});
  EXPECT_EQ(connection.choose().facts.id, "open");
  EXPECT_THAT(gateway_.requests(), IsEmpty());
  const auto error = error_of([&] { open({.no_probe = true}).choose(); });
  EXPECT_THAT(error.hint(), HasSubstr("--scheme"));
}

TEST_F(GatewayProfiles, RefuseSettingsThatNoSchemeDeclares) {
  const auto named = settings({.scheme = "open", .profile = "notes", .no_probe = true});
  auto changed = named;
  changed.scheme_settings = {{"scope", "all"}};
  EXPECT_EQ(open_with(changed).choose().facts.id, "open");
  changed.scheme_settings = {{"scoep", "all"}};
  auto error = error_of([&] { open_with(changed).choose(); });
  EXPECT_THAT(error.message(), HasSubstr("has no setting \"scoep\""));
  EXPECT_EQ(error.hint(), "It has: scope, pin.");
  changed.scheme_settings = {{"pin", "1234"}};
  error = error_of([&] { open_with(changed).choose(); });
  EXPECT_THAT(error.message(), HasSubstr("is a secret"));
  EXPECT_THAT(error.message(), Not(HasSubstr("1234")));
  changed = named;
  changed.inputs.emplace("pim", SecretSource::of(SecretSource::Kind::file, "/nonexistent"));
  error = error_of([&] { open_with(changed).choose(); });
  EXPECT_THAT(error.message(), HasSubstr("has no setting \"pim\""));
}

TEST_F(GatewayProfiles, AreReadyAtTheUpgrade) {
  gateway_.pages["/hello"] = R"({"program":"notes"})";
  gateway_.frames = text_frame("first");
  auto connection = open();
  auto live = connection.live({.reconnect = false});
  const auto state = state_of(live);
  EXPECT_EQ(state.kind, LiveState::Kind::ready);
  const auto event = live.next(5'000);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, LiveEvent::Kind::message);
  EXPECT_EQ(event->json, "first");
  EXPECT_THAT(gateway_.requests().back(), HasSubstr("GET /live "));
}

TEST_F(GatewayProfiles, AreReadyAfterTheirMessage) {
  gateway_.pages["/info"] = R"({"kind":"chat","rooms":[]})";
  const std::string welcome = R"({"jsonrpc":"2.0","method":"welcome"})";
  gateway_.frames = text_frame(R"({"jsonrpc":"2.0","method":"early"})") + text_frame(welcome);
  auto connection = open();
  auto live = connection.live({.reconnect = false});
  const auto state = state_of(live);
  EXPECT_EQ(state.kind, LiveState::Kind::ready);
  EXPECT_EQ(state.greeting, welcome);
}

TEST_F(GatewayProfiles, AreLostWithoutTheirMessage) {
  gateway_.pages["/info"] = R"({"kind":"chat","rooms":[]})";
  gateway_.frames = text_frame(R"({"jsonrpc":"2.0","method":"early"})");
  auto connection = open();
  auto live = connection.live({.reconnect = false});
  const auto state = state_of(live);
  EXPECT_EQ(state.kind, LiveState::Kind::closed);
  ASSERT_TRUE(state.why);
  EXPECT_EQ(state.why->layer(), Layer::websocket);
  EXPECT_EQ(state.why->message(),
            "the gateway did not say within 300 ms that it is ready: awaited was a message with "
            "\"welcome\" at \"/method\", but one message came, which has \"early\" at \"/method\"");
  EXPECT_THAT(state.why->hint(), HasSubstr("\"ready\" of the profile chat"));
}

TEST_F(GatewayProfiles, AreNotThoughtBehindAProxyIfTheirPathIsWrong) {
  gateway_.pages["/hello"] = R"({"program":"notes"})";
  gateway_.has_websocket = false;
  auto connection = open();
  auto live = connection.live({.reconnect = false});
  const auto state = state_of(live);
  ASSERT_TRUE(state.why);
  EXPECT_EQ(state.why->message(), "the gateway has no WebSocket at /live");
  EXPECT_EQ(state.why->http_status(), 404);
  EXPECT_THAT(state.why->hint(), HasSubstr("\"path\" of \"websocket\" in the profile notes"));
}

TEST_F(GatewayProfiles, WithoutAPathNeedOneOfTheApp) {
  write_text(folder_ / "notes.profile.json",
             std::string(kNotes).replace(std::string(kNotes).find(R"("path": "/live", )"), 17, ""));
  gateway_.pages["/hello"] = R"({"program":"notes"})";
  auto connection = open();
  const auto error = error_of([&] { connection.ws_url(); });
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_THAT(error.message(), HasSubstr("no WebSocket path"));
  EXPECT_THAT(connection.ws_url("/own").url.reveal(), HasSubstr("/own"));
}

TEST_F(GatewayProfiles, WithoutAWebSocketSaySoAndDialNothing) {
  write_text(folder_ / "rest.profile.json", kRestProfile);
  gateway_.pages["/ledger"] = R"({"ledger":1})";
  auto connection = open();
  auto error = error_of([&] { connection.ws_url("/live"); });
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_EQ(error.message(), "this gateway has no WebSocket (profile Ledger)");
  EXPECT_THAT(error.hint(), HasSubstr("pintle call"));
  auto live = connection.live({.path = "/live"});
  const auto state = state_of(live);
  EXPECT_EQ(state.kind, LiveState::Kind::failed);
  ASSERT_TRUE(state.why);
  EXPECT_EQ(state.why->message(), error.message());
  for (const auto& request : gateway_.requests()) EXPECT_THAT(request, Not(HasSubstr("/live")));
}

TEST_F(GatewayProfiles, AreAskedAgainBeforeARememberedOneHasNoWebSocket) {
  write_text(folder_ / "rest.profile.json", kRestProfile);
  cache_ = std::make_shared<ProbeCache>(folder_ / "probes");
  gateway_.pages["/ledger"] = R"({"ledger":1})";
  EXPECT_EQ(open().profile().id, "rest");
  gateway_.pages = {{"/hello", R"({"program":"notes"})"}};
  auto connection = open();
  auto live = connection.live({.reconnect = false});
  EXPECT_EQ(state_of(live).kind, LiveState::Kind::ready);
}

}  // namespace
}  // namespace pintle::test
