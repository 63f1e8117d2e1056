// SPDX-License-Identifier: Apache-2.0
//
// What `call` transfers: bodies of any size, complete or not at all, and unchanged.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <utility>

#include "fixture.h"
#include "support/scripted_server.h"

namespace pintle::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

using Rest = std::function<void(ScriptedPeer& peer, const std::string& request)>;

// A token gateway whose REST responses are made by the test, byte by byte.
ScriptedServer::Script gateway_with(Rest rest) {
  return [rest = std::move(rest)](ScriptedPeer& peer) {
    for (auto request = peer.read_request(); !request.empty(); request = peer.read_request()) {
      if (request.starts_with("GET /api/status ")) {
        peer.send(answer("200 OK", R"({"version":"0.16.0","auth_required":false})",
                         "Content-Type: application/json\r\n"));
      } else if (request.starts_with("GET /api/auth/providers ")) {
        peer.send(answer("503 Service Unavailable", R"({"detail":"none"})"));
      } else {
        rest(peer, request);
      }
    }
  };
}

void send_big(ScriptedPeer& peer, std::size_t megabytes) {
  const std::string block(1 << 20, 'x');
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(megabytes << 20) + "\r\n\r\n");
  for (std::size_t i = 0; i < megabytes; ++i) {
    if (!peer.send(block)) return;
  }
}

class Transfers : public WithGateway {
 protected:
  Transfers() { fs::create_directory(folder()); }

  fs::path folder() const { return pintle_.home() / "downloads"; }
  fs::path file() const { return folder() / "answer"; }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder()), fs::directory_iterator()));
  }
  std::string text() const {
    std::ostringstream all;
    all << std::ifstream(file()).rdbuf();
    return all.str();
  }
  void write(const std::string& text) const { std::ofstream(file()) << text; }

  Ran call(const ScriptedServer& server, std::vector<std::string> more,
           const std::string& method = "GET", const std::string& input = {}) {
    std::vector<std::string> line{"call", server.url(), method, "/api/thing"};
    line.insert(line.end(), more.begin(), more.end());
    return pintle_.run(with_credential(line), input);
  }
};

TEST_F(Transfers, WriteAnAnswerOfAnySizeToAFile) {
  ScriptedServer server(gateway_with([](auto& peer, auto&) { send_big(peer, 40); }));
  write("what was there");
  const auto ran = call(server, {"--output", file().string()});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(fs::file_size(file()), 40u << 20);
  EXPECT_EQ(files(), 1u);
}

TEST_F(Transfers, PrintAnAnswerOfAnySize) {
  ScriptedServer server(gateway_with([](auto& peer, auto&) { send_big(peer, 20); }));
  for (const auto& more : {std::vector<std::string>{}, std::vector<std::string>{"--output", "-"}}) {
    const auto ran = call(server, more);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out.size(), 20u << 20);
  }
}

TEST_F(Transfers, LeaveTheFileAsItWasIfTheAnswerIsCutOff) {
  ScriptedServer server(gateway_with([](auto& peer, auto&) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly a part");
    peer.reset();
    peer.wait_for_a_byte();
  }));
  write("what was there");
  const auto ran = call(server, {"--output", file().string(), "--timeout", "1"});
  EXPECT_EQ(ran.code, 12) << ran.err;
  EXPECT_EQ(text(), "what was there");
  EXPECT_EQ(files(), 1u);
}

TEST_F(Transfers, LeaveTheFileAsItWasIfTheGatewayRefuses) {
  ScriptedServer server(gateway_with(
      [](auto& peer, auto&) { peer.send(answer("404 Not Found", R"({"detail":"no"})")); }));
  const auto ran = call(server, {"--output", file().string()});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, HasSubstr("detail"));
  EXPECT_EQ(files(), 0u);
}

TEST_F(Transfers, TakeNoRedirectForASuccess) {
  const struct {
    const char* path;
    const char* location;
    int code;
    const char* says;
  } kTable[] = {
      {"/x", "https://team.cloudflareaccess.com/cdn-cgi/access/login/x?kid=hunter22", 15,
       "https://team.cloudflareaccess.com/cdn-cgi/access/login/x"},
      {"/x", "https://sso.example/a\xe2\x80\xae?code=hunter22", 15, "redirect to"},
      {"/x", "//other.example/a?code=hunter22", 15, "http://other.example/a"},
      {"/x", "/login?next=hunter22", 15, "/login"},
      {"/x", "/oauth2/start?rd=hunter22", 15, "/oauth2/start"},
      {"/x", "", 15, "without a Location"},
      {"/api/x", "/elsewhere", 15, "/elsewhere"},
      {"/x", "/x/?code=hunter22", 3, "/x/?…, and none is followed"},
      {"/x", "y#hunter22", 3, "/y, and none is followed"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.location);
    ScriptedServer server(gateway_with([&](auto& peer, auto&) {
      peer.send(answer("302 Found", "go there", std::string("Location: ") + row.location + "\r\n"));
    }));
    write("what was there");
    const auto ran = pintle_.run(
        with_credential({"call", server.url(), "GET", row.path, "--output", file().string()}));
    EXPECT_EQ(ran.code, row.code);
    EXPECT_THAT(ran.err, AllOf(HasSubstr(row.says), HasSubstr("HTTP 302"),
                               Not(HasSubstr("hunter22")), Not(HasSubstr("\xe2\x80\xae"))));
    EXPECT_EQ(text(), "what was there");
    const auto json =
        pintle_.run(with_credential({"call", server.url(), "GET", row.path, "--json"}));
    EXPECT_EQ(json.code, row.code);
    const auto error = json_of(json.out)->getObject("error");
    ASSERT_TRUE(error);
    EXPECT_EQ(error->getValue<std::string>("layer"), row.code == 3 ? "protocol" : "access-proxy");
  }
}

TEST_F(Transfers, TakeOnlyWhatWasAskedForAsTheAnswer) {
  const struct {
    const char* status;
    const char* header;
    int code;
  } kTable[] = {
      {"206 Partial Content", "", 22},
      {"206 Partial Content", "Range: bytes=0-1", 0},
      {"304 Not Modified", "", 22},
      {"304 Not Modified", "If-None-Match: \"a\"", 0},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(std::string(row.status) + " " + row.header);
    ScriptedServer server(gateway_with([&](auto& peer, auto&) {
      const bool is_part = row.status == std::string_view("206 Partial Content");
      peer.send(is_part ? answer(row.status, "{}", "Content-Range: bytes 0-1/100\r\n")
                        : "HTTP/1.1 " + std::string(row.status) + "\r\n\r\n");
    }));
    write("what was there");
    std::vector<std::string> more{"--output", file().string()};
    if (*row.header != '\0') more.insert(more.end(), {"--header", row.header});
    const auto ran = call(server, more);
    EXPECT_EQ(ran.code, row.code) << ran.err;
    EXPECT_EQ(ran.err.empty(), row.code == 0);
    const bool is_replaced = row.status == std::string_view("206 Partial Content") && row.code == 0;
    EXPECT_EQ(text(), is_replaced ? "{}" : "what was there");
  }
}

TEST_F(Transfers, ShowABodyThatIsNoTextAsBase64) {
  const std::string binary = "\x50\x4b\x03\x04\xff";
  const std::string text = "gr\xc3\xbc\xc3\x9f";
  for (const auto& body : {binary, text}) {
    ScriptedServer server(
        gateway_with([&](auto& peer, auto&) { peer.send(answer("200 OK", body)); }));
    const auto printed = json_of(call(server, {"--json"}).out);
    EXPECT_EQ(printed->optValue<std::string>("body", "none"), body == text ? text : "none");
    EXPECT_EQ(printed->optValue<std::string>("body_base64", "none"),
              body == text ? "none" : "UEsDBP8=");
  }
}

TEST_F(Transfers, RemoveWhatAKilledOneLeft) {
  std::promise<void> asked;
  bool first = true;
  ScriptedServer server(gateway_with([&](auto& peer, auto&) {
    if (!std::exchange(first, false)) return send_big(peer, 1);
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly a part");
    asked.set_value();
    peer.wait_until_left();
  }));
  const std::vector<std::string> line{"call",       server.url(), "GET",
                                      "/api/thing", "--output",   file().string()};
  {
    Running running(pintle_, with_credential(line));
    asked.get_future().wait();
    running.signal(SIGKILL);
  }
  EXPECT_EQ(files(), 1u) << "the part that was received";
  EXPECT_EQ(pintle_.run(with_credential(line)).code, 0);
  EXPECT_EQ(files(), 1u);
  EXPECT_EQ(fs::file_size(file()), 1u << 20);
}

TEST_F(Transfers, SayThatADiskIsFull) {
  ScriptedServer server(gateway_with([](auto& peer, auto&) { send_big(peer, 1); }));
  const auto ran = call(server, {"--output", "/dev/full"});
  EXPECT_EQ(ran.code, 24);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("/dev/full"), HasSubstr("No space left")));
  const auto asked = server.requests().size();
  const auto nowhere = call(server, {"--output", "/nonexistent/answer"});
  EXPECT_EQ(nowhere.code, 24);
  EXPECT_EQ(server.requests().size(), asked) << "nothing is asked for that cannot be kept";
}

TEST_F(Transfers, SayThatAFileMayNotGrow) {
  ScriptedServer server(gateway_with([](auto& peer, auto&) { send_big(peer, 1); }));
  rlimit usual{};
  ::getrlimit(RLIMIT_FSIZE, &usual);
  rlimit small = usual;
  small.rlim_cur = 100'000;
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto ran = call(server, {"--output", file().string()});
  ::setrlimit(RLIMIT_FSIZE, &usual);
  EXPECT_EQ(ran.code, 24) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("File too large"));
  EXPECT_EQ(files(), 0u);
}

TEST_F(Transfers, SendAFileOfAnySize) {
  constexpr std::uintmax_t kSize = 80 << 20;
  write("");
  fs::resize_file(file(), kSize);
  ScriptedServer server(gateway_with([](auto& peer, const auto& request) {
    const auto head_end = request.find("\r\n\r\n") + 4;
    peer.send(answer("200 OK", std::to_string(request.size() - head_end)));
  }));
  for (const auto& name : {"@" + file().string(), file().string()}) {
    const auto ran = call(server, {"--data", name}, "POST");
    EXPECT_EQ(ran.out, std::to_string(kSize)) << ran.err;
  }
  EXPECT_EQ(call(server, {"--data", "@-"}, "POST", "from a pipe").out, "11");
  const auto unreadable = call(server, {"--data", "@/nonexistent/file"}, "POST");
  EXPECT_EQ(unreadable.code, 24);
  EXPECT_THAT(unreadable.err, HasSubstr("store: cannot read /nonexistent/file: No such file"));
}

TEST_F(Transfers, StopSendingWhereTheGatewayRefusesEarly) {
  write("");
  fs::resize_file(file(), std::uintmax_t{1} << 33);
  ScriptedServer server([](ScriptedPeer& peer) {
    for (int i = 0; i < 2; ++i) {
      peer.read_request();
      peer.send(answer("200 OK", R"({"version":"0.16.0","auth_required":false})"));
    }
    peer.wait_for_a_byte();
    peer.send(answer("413 Content Too Large", "too large"));
    peer.wait_for_hang_up();
  });
  const auto ran = call(server, {"--data", "@" + file().string()}, "POST");
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("too large"));
}

TEST_F(Transfers, PrintAStreamAsItComesAndEndWithTheTimeLimit) {
  ScriptedServer server(gateway_with([](auto& peer, auto&) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: first\n\n");
    peer.wait_until_left();
  }));
  Running running(pintle_,
                  with_credential({"call", server.url(), "GET", "/api/stream", "--timeout", "2"}));
  running.wait_for("data: first\n");
  const auto ran = running.finish();
  EXPECT_EQ(ran.code, 12);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("within 2000 ms"), HasSubstr("--timeout")));
}

TEST_F(Transfers, AreNotWholeWhereCtrlCEndedThem) {
  ScriptedServer server(gateway_with([](auto& peer, auto&) {
    peer.send("HTTP/1.1 200 OK\r\n\r\nonly a part\n");
    peer.wait_until_left();
  }));
  Running running(pintle_, with_credential({"call", server.url(), "GET", "/api/stream"}));
  running.wait_for("only a part");
  running.signal(SIGINT);
  EXPECT_EQ(running.finish().code, 130);
}

TEST_F(Transfers, NameTheOptionOfALimitThatWasHit) {
  ScriptedServer server(gateway_with([](auto& peer, auto&) { send_big(peer, 17); }));
  const auto small = call(server, {"--json"});
  EXPECT_EQ(small.code, 22);
  EXPECT_THAT(small.out, AllOf(HasSubstr("16777216 bytes"), HasSubstr("--max-body")));
  EXPECT_EQ(call(server, {"--json", "--max-body", "17M"}).code, 0);
  EXPECT_EQ(call(server, {"--max-body", "16M"}).code, 22);
  EXPECT_EQ(call(server, {"--max-body", "much"}).code, 2);

  begin();
  const auto params = "{\"a\":\"" + std::string(300'000, 'x') + "\"}";
  const auto rpc = [&](const char* size) {
    return pintle_.run(with_credential({"rpc", url_, "echo", "-", "--max-message", size}), params);
  };
  const auto refused = rpc("200K");
  EXPECT_EQ(refused.code, 21);
  EXPECT_THAT(refused.err, HasSubstr("--max-message"));
  EXPECT_EQ(rpc("1M").code, 0);
  EXPECT_EQ(rpc("1G").code, 2) << "512M is the most";
}

TEST_F(Transfers, DecodeWhatAProxyCompressed) {
  auto options = token_gate();
  options.gzip = true;
  begin(std::move(options));
  EXPECT_EQ(pintle_.run({"probe", url_}).code, 0);
  const auto ran = pintle_.run(with_credential({"call", url_, "GET", "/api/sessions"}));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(json_of(ran.out)->has("sessions"));
  const auto raw = pintle_.run(
      with_credential({"call", url_, "GET", "/api/sessions", "--header", "Accept-Encoding: gzip"}));
  EXPECT_TRUE(raw.out.starts_with("\x1f\x8b")) << "who asks for it gets it";
}

}  // namespace
}  // namespace pintle::test
