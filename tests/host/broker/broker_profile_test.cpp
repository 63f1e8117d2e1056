// SPDX-License-Identifier: Apache-2.0
//
// A broker before a gateway of another profile than Hermes.

#include <string>

#include <pintle/scheme.h>

#include "broker_fixture.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;

class NotesScheme final : public plugin::Scheme {
 public:
  static constexpr std::string_view kProfiles[] = {"notes"};
  static constexpr plugin::Facts facts{
      .id = "notes", .name = "Notes", .score = 50, .reason = "a test", .profiles = kProfiles};
  explicit NotesScheme(const plugin::Opening&) {}
  plugin::Decoration decorate(const plugin::Request&,
                              const plugin::HeaderSink& headers) const override {
    headers.add("X-Notes-Key", "the-key");
    return {};
  }
  plugin::Task<> sign_in(plugin::SignIn) override { co_return; }
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override {
    co_return std::move(target).until_rejected();
  }
};
constexpr pintle_plugin_table kPlugin = plugin::detail::make_plugin<NotesScheme>("notes", "1.0.0");

constexpr const char* kProfile = R"({
  "profile": 1, "id": "notes", "name": "Notes",
  "probes": [{"path": "/hello", "is": [{"at": "/program", "value": "notes"}],
              "auth_required": false}],
  "websocket": {"path": "/live", "content": "messages", "ready": "upgrade"}})";

TEST_F(BrokerTest, PassesOnTheSignInPathsOfHermesToAnotherKindOfGateway) {
  TemporaryFolder folder;
  write_text(folder / "notes.profile.json", kProfile);
  ScriptedServer server([](ScriptedPeer& peer) {
    for (auto request = peer.read_request(); !request.empty(); request = peer.read_request()) {
      const bool is_probe = request.starts_with("GET /hello ");
      const bool has_key = request.find("X-Notes-Key: the-key") != std::string::npos;
      peer.send(is_probe  ? answer("200 OK", R"({"program":"notes"})")
                : has_key ? answer("200 OK", R"({"by":"the application"})")
                          : answer("404 Not Found", R"("none")"));
    }
  });
  auto options = host_with({&kPlugin});
  options.paths.plugin_folders = {folder.path()};
  serve(Host(options).open({.url = GatewayUrl::parse(server.url())}));
  for (const char* path : {"/api/status", "/login", "/auth/me", "/api/auth/me", "/notes"}) {
    SCOPED_TRACE(path);
    auto one = client();
    const auto response = one.get(path, with_token());
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.body, HasSubstr("the application"));
    EXPECT_EQ(client().get(path).status, 401) << "it needs the local token";
  }
  auto one = client();
  EXPECT_THAT(one.get("/metrics", with_token()).body, HasSubstr("pintle_"));
}

}  // namespace
}  // namespace pintle::test
