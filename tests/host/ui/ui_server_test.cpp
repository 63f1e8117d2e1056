// SPDX-License-Identifier: Apache-2.0
//
// The server of the settings page, as a program on loopback sees it.

#include "ui/ui_server.h"

#include <chrono>
#include <istream>
#include <optional>
#include <string>

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/other_gateway.h"
#include "support/practice_host.h"
#include "support/temporary_folder.h"
#include "ui/json.h"

namespace pintle::ui {
namespace {

using Poco::Net::HTTPClientSession;
using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;
using testing::HasSubstr;
using testing::Not;

struct Answer {
  int status = 0;
  HTTPResponse head;
  std::string body;
};

class UiServerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto options = practice_.host_options();
    options.paths.connections = practice_.folder / "connections.json";
    begin(std::move(options));
  }
  void begin(HostOptions options) {
    host_.emplace(std::move(options));
    server_.emplace(*host_, UiOptions{.version = "1.2.3"});
    const auto address = Poco::URI(server_->new_address());
    port_ = address.getPort();
    open_path_ = address.getPath();
  }

  Answer send(HTTPRequest& request, const std::string& body = {}) const {
    HTTPClientSession session("127.0.0.1", port_);
    session.setTimeout(Poco::Timespan(20, 0));
    session.sendRequest(request) << body;
    Answer answer;
    auto& in = session.receiveResponse(answer.head);
    Poco::StreamCopier::copyToString(in, answer.body);
    answer.status = answer.head.getStatus();
    return answer;
  }
  Answer get(const std::string& path) const {
    HTTPRequest request("GET", path, "HTTP/1.1");
    if (!cookie_.empty()) request.set("Cookie", cookie_);
    return send(request);
  }
  HTTPRequest post_request(const std::string& path, const std::string& body) const {
    HTTPRequest request("POST", path, "HTTP/1.1");
    request.set("Cookie", cookie_);
    request.set("Origin", "http://127.0.0.1:" + std::to_string(port_));
    request.set("X-Pintle-Page", page_token_);
    request.setContentType("application/json");
    request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    return request;
  }
  Answer post(const std::string& path, const std::string& body) const {
    auto request = post_request(path, body);
    return send(request, body);
  }
  /// As a browser does that was given the address.
  void open() {
    const auto set = get(open_path_).head.get("Set-Cookie");
    cookie_ = set.substr(0, set.find(';'));
    page_token_ = read_object(get("/api/state").body)->getValue<std::string>("page_token");
  }
  void add_home() {
    const auto added =
        post("/api/connections", R"({"name":"home","url":")" + practice_.gateway.url() + "\"}");
    ASSERT_EQ(added.status, 200) << added.body;
  }

  test::PracticeHost practice_;
  std::optional<Host> host_;
  std::optional<UiServer> server_;
  std::uint16_t port_ = 0;
  std::string open_path_;
  std::string cookie_;
  std::string page_token_;
};

TEST_F(UiServerTest, AnswersNobodyWithoutTheAddress) {
  for (const auto* path : {"/", "/main.js", "/api/state", "/open/x", "/nothing"}) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 403) << path;
    EXPECT_FALSE(answer.head.getKeepAlive()) << "a page of another site holds a thread";
  }
  HTTPRequest request("POST", "/api/probe", "HTTP/1.1");
  request.setContentLength(2);
  EXPECT_EQ(send(request, "{}").status, 403);
}

TEST_F(UiServerTest, AnswersTheBrowserThatOpenedIt) {
  const auto opened = get(open_path_);
  EXPECT_EQ(opened.status, 303);
  EXPECT_EQ(opened.head.get("Location"), "/");
  EXPECT_EQ(get(open_path_).status, 403);
  open_path_ = Poco::URI(server_->new_address()).getPath();
  open();
  EXPECT_EQ(get("/").status, 200);
  EXPECT_EQ(get("/main.js").head.getContentType(), "text/javascript; charset=utf-8");
  EXPECT_EQ(get("/nothing").status, 404);
  EXPECT_THAT(get("/api/state").body, HasSubstr(R"("version":"1.2.3")"));
}

TEST_F(UiServerTest, ProtectsEveryResponse) {
  for (const auto& answer : {get("/"), get(open_path_)}) {
    EXPECT_THAT(answer.head.get("Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_EQ(answer.head.get("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.head.get("Cross-Origin-Resource-Policy"), "same-origin");
    EXPECT_EQ(answer.head.get("Cache-Control"), "no-store");
  }
}

TEST_F(UiServerTest, ChangesNothingWithoutThePagesOwnMarks) {
  open();
  const std::string body = R"({"name":"home","url":"http://127.0.0.1:1"})";
  for (const auto* missing : {"Origin", "X-Pintle-Page", "Content-Type", "Cookie"}) {
    auto request = post_request("/api/connections", body);
    request.erase(missing);
    EXPECT_EQ(send(request, body).status, 403) << missing;
  }
  auto foreign = post_request("/api/connections", body);
  foreign.set("Origin", "http://evil.example");
  EXPECT_EQ(send(foreign, body).status, 403);
  EXPECT_THAT(get("/api/state").body, HasSubstr(R"("connections":[])"));
  EXPECT_EQ(post("/api/connections", body).status, 200);
  EXPECT_THAT(get("/api/state").body, HasSubstr(R"("name":"home")"));
}

TEST_F(UiServerTest, RefusesABodyThatItCannotRead) {
  open();
  EXPECT_EQ(post("/api/connections", "[]").status, 400);
  EXPECT_EQ(post("/api/connections", R"({"name":1})").status, 400);
  EXPECT_EQ(post("/api/connections/secret?name=home&key=token", "{}").status, 400);
  EXPECT_EQ(post("/api/connections/secret?name=home&key=token", R"("a\u0062")").status, 400);
  EXPECT_EQ(post("/api/connections/secret?name=%zz&key", R"("secret")").status, 400);
  EXPECT_EQ(post("/api/nothing", "{}").status, 404);
  const std::string large(70'000, ' ');
  EXPECT_EQ(post("/api/connections", large).status, 400);
}

TEST_F(UiServerTest, NeverAnswersWithASecret) {
  open();
  add_home();
  const auto state = get("/api/state").body;
  const auto version =
      read_object(state)->getArray("connections")->getObject(0)->getValue<std::string>("version");
  const auto kept = post("/api/connections/secret?name=home&key=token&version=" + version,
                         R"("a%20token%20with%20%22quotes%22%20and%20more")");
  EXPECT_EQ(kept.status, 200);
  EXPECT_NE(read_object(kept.body)->getValue<std::string>("version"), version);
  EXPECT_EQ(test::read_text(practice_.folder / "tokens/home"),
            "a token with \"quotes\" and more\n");
  EXPECT_THAT(get("/api/state").body, Not(HasSubstr("quotes")));
  const auto wrong = post("/api/connections/secret?name=away&key=token", R"("another-secret")");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, Not(HasSubstr("another-secret")));
}

TEST_F(UiServerTest, ProbesAndOffersTheProviders) {
  open();
  const auto answer = post("/api/probe", R"({"url":")" + practice_.gateway.url() + "\"}");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto object = read_object(answer.body);
  EXPECT_EQ(object->getObject("offer")->getValue<std::string>("kind"), "sign-in");
  EXPECT_EQ(object->getObject("offer")->getArray("providers")->size(), 2U);
  EXPECT_EQ(object->getValue<std::string>("scheme"), "oauth");
  EXPECT_THAT(post("/api/probe", R"({"url":"http://127.0.0.1:1"})").body,
              HasSubstr(R"("layer":"tcp")"));
}

// A gateway that accepts a connection and says nothing.
TEST_F(UiServerTest, CancelsAProbeWhenTheBrowserLeaves) {
  open();
  Poco::Net::ServerSocket gateway(Poco::Net::SocketAddress("127.0.0.1", 0));
  const std::string body =
      R"({"url":"http://127.0.0.1:)" + std::to_string(gateway.address().port()) + "\"}";
  Poco::Net::StreamSocket asked;
  {
    HTTPClientSession session("127.0.0.1", port_);
    auto request = post_request("/api/probe", body);
    session.sendRequest(request) << body << std::flush;
    asked = gateway.acceptConnection();
  }
  // The probe's own time limit is 15 s.
  asked.setReceiveTimeout(Poco::Timespan(10, 0));
  char buffer[4096];
  int got = 1;
  while (got > 0) ASSERT_NO_THROW(got = asked.receiveBytes(buffer, sizeof buffer));
}

// The events of a response until `last` has come.
std::string read_until(std::istream& in, const std::string& last) {
  std::string all;
  std::string line;
  while (all.find(last) == std::string::npos && std::getline(in, line)) all += line + "\n";
  return all;
}

TEST_F(UiServerTest, SignsInWithWhatThePageAnswers) {
  open();
  add_home();
  HTTPClientSession session("127.0.0.1", port_);
  session.setTimeout(Poco::Timespan(20, 0));
  const std::string body = R"({"name":"home","provider":"basic","method":"password"})";
  auto request = post_request("/api/sign-in", body);
  session.sendRequest(request) << body;
  HTTPResponse response;
  auto& in = session.receiveResponse(response);
  EXPECT_EQ(response.getContentType(), "text/event-stream");
  const auto begun = read_until(in, "event: ask");
  const auto at = begun.find("{\"id\":\"") + 7;
  const auto id = begun.substr(at, begun.find('"', at) - at);
  const auto answer = "/api/sign-in/answer?id=" + id + "&key=";
  EXPECT_EQ(post(answer + "username", "\"ada\"").status, 200);
  EXPECT_EQ(post(answer + "password", "\"practice\"").status, 200);
  const auto rest = read_until(in, R"("signed_in":true)");
  EXPECT_THAT(rest, HasSubstr("event: done"));
  read_until(in, "the end of the stream");
  EXPECT_THAT(begun + rest, Not(HasSubstr("\"practice\"")));
  EXPECT_EQ(post(answer + "password", "\"practice\"").status, 400);
  EXPECT_THAT(get("/api/state").body, HasSubstr(R"("session":true)"));
  EXPECT_THAT(post("/api/sign-out", R"({"name":"home"})").body, HasSubstr("stays_valid"));
  EXPECT_THAT(get("/api/state").body, HasSubstr(R"("session":false)"));
}

TEST_F(UiServerTest, ATestWithoutASessionIsAFailure) {
  open();
  add_home();
  const auto tested = post("/api/test", R"({"name":"home"})");
  EXPECT_THAT(tested.body, HasSubstr("event: error"));
  EXPECT_THAT(tested.body, HasSubstr(R"("sign_in":true)"));
  EXPECT_THAT(tested.body, Not(HasSubstr("event: done")));
}

/// A page whose connection "home" leads to a gateway of another profile.
class UiOfOtherGateway : public UiServerTest {
 protected:
  void SetUp() override {
    test::write_text(folder_ / "rest.profile.json", test::kRestProfile);
    test::write_text(folder_ / "notes.profile.json", kNotes);
    auto options = test::host_with({&test::kOpen});
    options.paths.plugin_folders = {folder_.path()};
    options.paths.connections = folder_ / "connections.json";
    begin(std::move(options));
    open();
    const auto added =
        post("/api/connections", R"({"name":"home","url":")" + gateway_.url() + "\"}");
    ASSERT_EQ(added.status, 200) << added.body;
  }
  std::string tested() const { return post("/api/test", R"({"name":"home"})").body; }

  static constexpr const char* kNotes = R"({
    "profile": 1, "id": "notes", "name": "Notes",
    "probes": [{"path": "/hello", "is": [{"at": "/program"}], "auth_required": false}],
    "websocket": {"path": "/live", "content": "messages"}})";

  test::TemporaryFolder folder_;
  test::OtherGateway gateway_;
};

TEST_F(UiOfOtherGateway, IsTestedByARequestIfItHasNoWebSocket) {
  gateway_.pages = {{"/ledger", R"({"ledger":1})"}, {"/me", "{}"}};
  const auto events = tested();
  EXPECT_THAT(events, HasSubstr("Ledger. It has no WebSocket."));
  EXPECT_THAT(events, HasSubstr("The gateway accepts the credential."));
  EXPECT_THAT(events, HasSubstr("event: done"));
  EXPECT_THAT(events, Not(HasSubstr("round_trip_ms")));
  gateway_.change([&] { gateway_.pages.erase("/me"); });
  EXPECT_THAT(tested(), HasSubstr("event: error"));
}

TEST_F(UiOfOtherGateway, IsSentNoJsonRpcThatItDoesNotSpeak) {
  gateway_.pages = {{"/hello", R"({"program":1})"}};
  const auto events = tested();
  EXPECT_THAT(events, HasSubstr("Open the WebSocket"));
  EXPECT_THAT(events, HasSubstr("event: done"));
  EXPECT_THAT(events, Not(HasSubstr("gateway.ready")));
  EXPECT_THAT(events, Not(HasSubstr("Round trip")));
}

TEST_F(UiServerTest, EndsWithOperationsThatRun) {
  open();
  add_home();
  HTTPClientSession session("127.0.0.1", port_);
  const std::string body = R"({"name":"home","provider":"basic","method":"password"})";
  auto request = post_request("/api/sign-in", body);
  session.sendRequest(request) << body;
  HTTPResponse response;
  read_until(session.receiveResponse(response), "event: ask");
  const HTTPClientSession idle("127.0.0.1", port_);
  server_.reset();
}

TEST_F(UiServerTest, EndsIfNoPageIsThere) {
  UiServer idle(*host_, UiOptions{.idle_end = std::chrono::seconds(0)});
  EXPECT_TRUE(idle.run({}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(server_->run(stop.get_token()));
}

TEST_F(UiServerTest, NamesAPortThatIsTaken) {
  try {
    const UiServer second(*host_, UiOptions{.port = port_});
    FAIL() << "two servers share a port";
  } catch (const Error& error) {
    EXPECT_EQ(error.layer(), Layer::tcp);
    EXPECT_EQ(error.message(), "cannot listen on 127.0.0.1:" + std::to_string(port_) +
                                   ": another program uses this port");
    EXPECT_THAT(error.hint(), HasSubstr("earlier pintle ui"));
  }
}

}  // namespace
}  // namespace pintle::ui
