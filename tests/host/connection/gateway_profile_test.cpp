// SPDX-License-Identifier: Apache-2.0
//
// Gateways of other profiles: how they are recognized, and when their WebSockets are ready.

#include <map>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/ws/ws_handshake.h>
#include <pintle/host.h>
#include <pintle/scheme.h>

#include "support/error_of.h"
#include "support/scripted_server.h"
#include "support/temporary_folder.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Adds nothing: what is tested is the profile.
class OpenScheme final : public plugin::Scheme {
 public:
  static constexpr std::string_view kProfiles[] = {"notes", "chat"};
  static constexpr plugin::Setting kSettings[] = {{.key = "scope", .label = "Scope"},
                                                  {.key = "pin", .label = "PIN", .secret = true}};
  static constexpr plugin::Facts facts{.id = "open",
                                       .name = "Open",
                                       .strength = 10,
                                       .score = 50,
                                       .reason = "it asks for nothing",
                                       .sends_secret = false,
                                       .profiles = kProfiles,
                                       .settings = kSettings};
  explicit OpenScheme(const plugin::Opening&) {}
  plugin::Decoration decorate(const plugin::Request&, const plugin::HeaderSink&) const override {
    return {};
  }
  plugin::Task<> sign_in(plugin::SignIn) override { co_return; }
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override {
    co_return std::move(target).until_rejected();
  }
};
constexpr pintle_plugin_table kPlugin = plugin::detail::make_plugin<OpenScheme>("open", "1.0.0");

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

std::string response(const std::string& body, int status = 200) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string text_frame(const std::string& text) {
  return std::string("\x81") + static_cast<char>(text.size()) + text;
}

// Serves `pages`, and 404 for the rest. On a WebSocket it sends `frames` and then echoes nothing.
class OtherGateway {
 public:
  std::map<std::string, std::string> pages;
  std::string frames;

  std::string url() const { return server_.url(); }
  std::vector<std::string> requests() const { return server_.requests(); }

 private:
  void serve(ScriptedPeer& peer) {
    for (auto request = peer.read_request(); !request.empty(); request = peer.read_request()) {
      if (request.find("Upgrade: websocket") != std::string::npos) return upgrade(peer, request);
      const auto path = request.substr(4, request.find(' ', 4) - 4);
      const auto found = pages.find(path);
      const auto answer = found == pages.end() ? response("\"no\"", 404) : response(found->second);
      if (!peer.send(answer)) return;
    }
  }
  void upgrade(ScriptedPeer& peer, const std::string& request) const {
    const std::string name = "Sec-WebSocket-Key: ";
    const auto key = request.find(name) + name.size();
    peer.send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        ws::accept_for(request.substr(key, request.find("\r\n", key) - key)) + "\r\n\r\n" + frames);
    peer.wait_until_left();
  }

  ScriptedServer server_{[this](ScriptedPeer& peer) { serve(peer); }};
};

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
  };
  ConnectionSettings settings(const Wanted& wanted) const {
    ConnectionSettings made{.url = GatewayUrl::parse(gateway_.url() + prefix_)};
    made.scheme = wanted.scheme;
    made.profile = wanted.profile;
    made.no_probe = wanted.no_probe;
    return made;
  }
  Connection open(const Wanted& wanted) { return open_with(settings(wanted)); }
  Connection open() { return open(Wanted{}); }
  Connection open_with(ConnectionSettings settings) {
    HostOptions options;
    options.built_in = {&kPlugin};
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
  EXPECT_THAT(state.why->message(), HasSubstr("did not say that it is ready"));
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

}  // namespace
}  // namespace pintle::test
