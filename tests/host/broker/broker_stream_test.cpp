// SPDX-License-Identifier: Apache-2.0
//
// Bodies go through as they come, and what ends them on one side ends them on the other.

#include <atomic>
#include <cerrno>
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "broker_fixture.h"

namespace pintle::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Reads until `text` has come.
void read_until(Client& client, const std::string& text) {
  std::string all;
  while (all.find(text) == std::string::npos) {
    ASSERT_FALSE(client.at_end()) << "it ended after: " << all;
    all += std::exchange(client.pending(), {});
  }
}

TEST_F(BrokerOfScript, PassesEachEventOnBeforeTheNextExists) {
  std::promise<void> first_came;
  begin([&](ScriptedPeer& peer, const std::string&) {
    peer.send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        "Transfer-Encoding: chunked\r\n\r\n");
    peer.send("b\r\ndata: one\n\n\r\n");
    first_came.get_future().wait();
    peer.send("b\r\ndata: two\n\n\r\n0\r\n\r\n");
    return true;
  });
  auto one = client();
  one.write(head("GET /api/events HTTP/1.1"));
  read_until(one, "data: one\n\n");
  first_came.set_value();
  read_until(one, "data: two\n\n\r\n0\r\n\r\n");
}

TEST_F(BrokerOfScript, SendsTheHeadOfAnEventStreamBeforeAnyEvent) {
  std::promise<void> head_came;
  begin([&](ScriptedPeer& peer, const std::string&) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    head_came.get_future().wait();
    return false;
  });
  auto one = client();
  one.write(head("GET /api/events HTTP/1.1"));
  read_until(one, "\r\n\r\n");
  head_came.set_value();
  EXPECT_FALSE(one.at_end());
  EXPECT_THAT(one.pending(), EndsWith("0\r\n\r\n")) << "the stream's end is a body's end";
}

TEST_F(BrokerOfScript, TellsTheGatewayThatTheClientLeft) {
  std::promise<void> left;
  begin([&](ScriptedPeer& peer, const std::string&) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n");
    peer.wait_until_left();
    left.set_value();
    return false;
  });
  {
    auto one = client();
    one.write(head("GET /api/events HTTP/1.1"));
    read_until(one, ": hello");
  }
  EXPECT_EQ(left.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST_F(BrokerOfScript, EndsABodyThatWasCutOffWithoutItsEnd) {
  begin([&](ScriptedPeer& peer, const std::string& request) {
    peer.send(request.find("/fixed") != std::string::npos
                  ? "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
                  : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    return false;
  });
  const auto fixed = answer_to(head("GET /fixed HTTP/1.1"));
  EXPECT_THAT(fixed, HasSubstr("Content-Length: 100\r\n"));
  EXPECT_THAT(fixed, EndsWith("\r\n\r\nhalf"));
  EXPECT_THAT(answer_to(head("GET /chunked HTTP/1.1")), EndsWith("\r\n\r\n4\r\nhalf\r\n"));
}

// The connection's end is the only end that its body has: a clean one would make it whole.
TEST_F(BrokerOfScript, ResetsAnOldClientWhoseBodyWasCutOff) {
  begin([&](ScriptedPeer& peer, const std::string& request) {
    const bool is_whole = request.find("/whole") != std::string::npos;
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    if (is_whole) peer.send("0\r\n\r\n");
    return is_whole;
  });
  const auto end_of = [&](const char* path) {
    auto one = client();
    one.write(head("GET " + std::string(path) + " HTTP/1.0"));
    char bytes[4096];
    ssize_t got = 0;
    do {
      got = ::recv(one.socket().impl()->sockfd(), bytes, sizeof bytes, 0);
    } while (got > 0);
    return got == 0 ? 0 : errno;
  };
  EXPECT_EQ(end_of("/whole"), 0);
  EXPECT_EQ(end_of("/cut-off"), ECONNRESET);
}

// The access proxy before the gateway takes them for whom it let in.
TEST_F(BrokerOfScript, LetsNoClientReplaceTheFieldsOfTheHeadersFile) {
  extra_headers_ = "X-Access: of-the-settings\nCookie: access=1\n";
  begin([&](ScriptedPeer& peer, const std::string&) { return peer.send(answer("200 OK", "{}")); });
  const auto fields = "X-Access: of-the-client\r\nx-access: again\r\nX-Mine: yes\r\nCookie: " +
                      std::string("access=2; pintle_gateway_") + std::to_string(port()) +
                      "_theme=dark\r\n";
  const auto check = [&](const std::string& what) {
    SCOPED_TRACE(what);
    const auto request = server_->requests().back();
    EXPECT_THAT(request, HasSubstr("X-Access: of-the-settings\r\n"));
    EXPECT_THAT(request, Not(HasSubstr("of-the-client")));
    EXPECT_THAT(request, Not(HasSubstr("again")));
    EXPECT_THAT(request, HasSubstr("X-Mine: yes\r\n"));
    EXPECT_THAT(request, HasSubstr("access=1"));
    EXPECT_THAT(request, HasSubstr("theme=dark"));
    EXPECT_THAT(request, Not(HasSubstr("access=2")));
  };
  EXPECT_THAT(answer_to(head("GET /x HTTP/1.1", fields + "Connection: close\r\n")),
              StartsWith("HTTP/1.1 200 "));
  check("a request");
  auto one = client();
  one.write(head("GET /api/ws HTTP/1.1", fields +
                                             "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                             "Sec-WebSocket-Version: 13\r\n"
                                             "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"));
  EXPECT_EQ(one.read_response().status, 200) << "it is no WebSocket of the gateway";
  EXPECT_THAT(server_->requests().back(), StartsWith("GET /api/ws?token="));
  check("an upgrade");
}

TEST_F(BrokerOfScript, NeverEndsACutOffUploadAsIfItWereWhole) {
  std::promise<void> arrived;
  std::promise<std::string> received;
  begin([&](ScriptedPeer& peer, const std::string& request) {
    arrived.set_value();
    auto all = request;
    for (;;) {
      const auto more = peer.read_some_bytes();
      if (more.empty()) break;
      all += more;
    }
    received.set_value(all);
    return false;
  });
  {
    auto one = client();
    one.write(head("POST /upload HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n");
    arrived.get_future().wait();
  }
  auto whole = received.get_future();
  ASSERT_EQ(whole.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_THAT(whole.get(), Not(EndsWith("0\r\n\r\n")));
}

TEST_F(BrokerOfScript, KeepsStatusReasonAndFields) {
  begin([&](ScriptedPeer& peer, const std::string&) {
    return peer.send(answer("429 Slow Down", "{}",
                            "Retry-After: 7\r\nX-Mine: yes\r\n"
                            "Connection: X-Hop\r\nX-Hop: 1\r\n"
                            "Alt-Svc: h3=\":443\"\r\n"));
  });
  const auto answered = answer_to(head("GET /x HTTP/1.1", "Connection: close\r\n"));
  EXPECT_THAT(answered, StartsWith("HTTP/1.1 429 Slow Down\r\n"));
  EXPECT_THAT(answered, HasSubstr("Retry-After: 7\r\n"));
  EXPECT_THAT(answered, HasSubstr("X-Mine: yes\r\n"));
  EXPECT_THAT(answered, Not(HasSubstr("X-Hop")));
  EXPECT_THAT(answered, Not(HasSubstr("Alt-Svc")));
}

// As nginx redirects with its $request_uri, and as Apache's page of a 404 prints the URL.
TEST_F(BrokerOfScript, ShowsNoCredentialOfAnUpgradeThatWasRefused) {
  begin([&](ScriptedPeer& peer, const std::string& request) {
    const auto target = request.substr(4, request.find(' ', 4) - 4);
    return peer.send(answer("301 Moved Permanently", "It is at " + target,
                            "Location: https://elsewhere.example" + target + "\r\n"));
  });
  const auto answered = answer_to(
      head("GET /live?a=1 HTTP/1.1",
           "Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  EXPECT_THAT(answered, HasSubstr("elsewhere.example/live?a=1"));
  EXPECT_THAT(answered, Not(HasSubstr(kToken)));
  EXPECT_THAT(server_->requests().back(), HasSubstr(std::string("token=") + kToken))
      << "it was not sent at all";
}

TEST_F(BrokerOfScript, LeavesTheEncodingToTheTwoEnds) {
  begin([&](ScriptedPeer& peer, const std::string&) {
    return peer.send(answer("200 OK", "\x1f\x8b not really gzip", "Content-Encoding: gzip\r\n"));
  });
  const auto answered =
      answer_to(head("GET /x HTTP/1.1", "Accept-Encoding: gzip\r\nConnection: close\r\n"));
  EXPECT_THAT(answered, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(answered, EndsWith("\x1f\x8b not really gzip"));
  EXPECT_THAT(server_->requests().back(), HasSubstr("Accept-Encoding: gzip\r\n"));
  (void)answer_to(head("GET /x HTTP/1.1", "Connection: close\r\n"));
  EXPECT_THAT(server_->requests().back(), HasSubstr("Accept-Encoding: identity\r\n"));
}

TEST_F(BrokerOfScript, SendsTheGatewaysCredentialAndHostAndNothingOfTheLocalSide) {
  begin([&](ScriptedPeer& peer, const std::string&) { return peer.send(answer("200 OK", "{}")); });
  (void)answer_to(head("GET /x HTTP/1.1", "Origin: http://127.0.0.1:" + std::to_string(port()) +
                                              "\r\nConnection: close\r\n"));
  const auto request = server_->requests().back();
  EXPECT_THAT(request, HasSubstr(std::string("X-Hermes-Session-Token: ") + kToken + "\r\n"));
  EXPECT_THAT(request, HasSubstr("Host: 127.0.0.1:" + std::to_string(server_->port()) + "\r\n"));
  EXPECT_THAT(request, Not(HasSubstr(token())));
  EXPECT_THAT(request, Not(HasSubstr("Origin")));
}

TEST_F(BrokerOfScript, SaysThatTheGatewayIsSlowOrGone) {
  begin(
      [&](ScriptedPeer& peer, const std::string& request) {
        if (request.find("/slow") != std::string::npos) peer.wait_until_left();
        return false;
      },
      300);
  EXPECT_THAT(answer_to(head("GET /slow HTTP/1.1", "Connection: close\r\n")),
              StartsWith("HTTP/1.1 504 "));
  EXPECT_THAT(answer_to(head("GET /gone HTTP/1.1", "Connection: close\r\n")),
              StartsWith("HTTP/1.1 502 "));
}

TEST_F(BrokerOfScript, LetsALongBodyTakeLongerThanARequestMay) {
  begin(
      [&](ScriptedPeer& peer, const std::string&) {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 8; ++i) {
          std::this_thread::sleep_for(std::chrono::milliseconds(100));
          peer.send("1\r\nx\r\n");
        }
        return peer.send("0\r\n\r\n");
      },
      400);
  EXPECT_THAT(answer_to(head("GET /x HTTP/1.1", "Connection: close\r\n")),
              EndsWith("1\r\nx\r\n0\r\n\r\n"));
}

TEST_F(BrokerOfScript, ClosesAConnectionWhoseUploadWasRefusedHalfway) {
  begin([&](ScriptedPeer& peer, const std::string&) {
    peer.send(answer("413 Too Large", "{}", "Connection: close\r\n"));
    peer.wait_for_hang_up();
    return false;
  });
  auto one = client();
  one.write(head("POST /upload HTTP/1.1", "Transfer-Encoding: chunked\r\n"));
  // More than all buffers on the way hold.
  const int fd = one.socket().impl()->sockfd();
  std::thread sending([fd] {
    const std::string large = "4000000\r\n" + std::string(64 << 20, 'x');
    std::string_view rest = large;
    while (!rest.empty()) {
      const auto sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
  });
  HttpResponse refused;
  EXPECT_NO_THROW(refused = one.read_response());
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.headers.get("Connection"), "close");
  ::shutdown(fd, SHUT_RDWR);
  sending.join();
}

TEST_F(BrokerOfScript, AsksForABodyOnlyOnceItIsWanted) {
  begin([&](ScriptedPeer& peer, const std::string& request) {
    return peer.send(answer("200 OK", request.substr(request.size() - 5)));
  });
  auto one = client();
  one.write(head("POST /x HTTP/1.1", "Content-Length: 5\r\nExpect: 100-continue\r\n"));
  read_until(one, "HTTP/1.1 100 Continue\r\n\r\n");
  one.write("hello");
  EXPECT_EQ(one.read_response().body, "hello");
  EXPECT_THAT(server_->requests().back(), Not(HasSubstr("Expect")));
}

TEST_F(BrokerOfScript, ServesOldClients) {
  begin([&](ScriptedPeer& peer, const std::string& request) {
    return peer.send(
        request.find("/fixed") != std::string::npos
            ? answer("200 OK", "{}")
            : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
  });
  const auto chunked = answer_to(head("GET /chunked HTTP/1.0"));
  EXPECT_THAT(chunked, Not(HasSubstr("Transfer-Encoding")));
  EXPECT_THAT(chunked, EndsWith("Connection: close\r\n\r\n{}"));
  auto one = client();
  for (int i = 0; i < 2; ++i) {
    one.write(head("GET /fixed HTTP/1.0", "Connection: keep-alive\r\n"));
    EXPECT_EQ(one.read_response().headers.get("Connection"), "keep-alive");
  }
}

TEST_F(BrokerOfScript, SendsACloseFrameOnlyBetweenTwoFrames) {
  std::atomic<bool> within{false};
  begin([&](ScriptedPeer& peer, const std::string& request) {
    const auto key = request.find("Sec-WebSocket-Key: ") + 19;
    peer.send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        ws::accept_for(request.substr(key, request.find("\r\n", key) - key)) + "\r\n\r\n");
    peer.send(within ? "\x81\x05hel" : "\x81\x05hello");
    return false;
  });
  auto between = client();
  ASSERT_EQ(between.upgrade("/api/ws", with_token()).status, 101);
  EXPECT_EQ(between.receive().bytes, "hello");
  const auto closed = between.receive();
  EXPECT_EQ(closed.kind, ws::Kind::close);
  EXPECT_EQ(closed.code, ws::CloseCode::service_restart);

  within = true;
  auto inside = client();
  ASSERT_EQ(inside.upgrade("/api/ws", with_token()).status, 101);
  EXPECT_EQ(read_to_end(inside), "\x81\x05hel");
}

}  // namespace
}  // namespace pintle::test
