// SPDX-License-Identifier: Apache-2.0
//
// The content coding of responses: requested, decoded, refused by name.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "net/transport.h"
#include "support/compressed.h"
#include "support/error_of.h"
#include "support/scripted_server.h"

namespace pintle::net {
namespace {

using test::answer;
using test::compressed;
using test::error_of;
using test::Packing;
using test::ScriptedPeer;
using test::ScriptedServer;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kGzip = "Content-Encoding: gzip\r\n";

ScriptedServer::Script always(std::string bytes) {
  return [bytes = std::move(bytes)](ScriptedPeer& peer) {
    while (!peer.read_request().empty()) peer.send(bytes);
  };
}

TransportSettings settings_for(const ScriptedServer& server) {
  return {.gateway = GatewayUrl::parse(server.url())};
}

TEST(Encoding, DecodesWhatItAskedFor) {
  const std::string text(100'000, 'j');
  struct Row {
    const char* coding;
    std::string body;
  };
  for (const auto& [coding, body] :
       {Row{"gzip", compressed(text)}, Row{"deflate", compressed(text, Packing::zlib)},
        Row{"deflate", compressed(text, Packing::raw_deflate)}}) {
    SCOPED_TRACE(coding);
    const auto field = "Content-Encoding: " + std::string(coding) + "\r\n";
    ScriptedServer server(always(answer("200 OK", body, field)));
    Transport transport(settings_for(server));
    const auto response = transport.exchange({});
    EXPECT_TRUE(response.body == text);
    // They describe the transferred body, not `body`.
    EXPECT_FALSE(response.headers.has("Content-Encoding"));
    EXPECT_FALSE(response.headers.has("Content-Length"));
    EXPECT_EQ(transport.exchange({}).body, text) << "on the same connection";
    EXPECT_EQ(server.connections(), 1);
    EXPECT_THAT(server.requests().at(0), HasSubstr("\r\nAccept-Encoding: gzip, deflate\r\n"));
  }
}

TEST(Encoding, DecodesAChunkedBodyAndOneThatEndsWithTheConnection) {
  const auto body = compressed("hello");
  const auto rest = body.substr(1);
  ASSERT_EQ(rest.size(), 0x18u);
  ScriptedServer server([=](ScriptedPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + std::string(kGzip) +
              "\r\n1\r\n" + body.substr(0, 1) + "\r\n18\r\n" + rest + "\r\n0\r\n\r\n");
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\n" + std::string(kGzip) + "\r\n" + body);
  });
  Transport transport(settings_for(server));
  EXPECT_EQ(transport.exchange({}).body, "hello");
  EXPECT_EQ(transport.exchange({}).body, "hello");
}

TEST(Encoding, RefusesACodingThatItDoesNotKnowByName) {
  ScriptedServer server(
      always(answer("200 OK", "\x0b\x02\x80hello\x03", "Content-Encoding: br\r\n")));
  Transport transport(settings_for(server));
  const auto error = error_of([&] { transport.exchange({}); });
  EXPECT_EQ(error.layer(), Layer::protocol);
  EXPECT_THAT(error.message(), HasSubstr("Content-Encoding \"br\" is not supported"));
  EXPECT_THAT(error.hint(), HasSubstr("gzip"));
}

TEST(Encoding, RefusesAnEncodedBodyThatIsNotWhole) {
  const auto body = compressed(std::string(1'000, 'a') + "b");
  ScriptedServer server(always(answer("200 OK", body.substr(0, body.size() - 1), kGzip)));
  Transport transport(settings_for(server));
  EXPECT_THAT(error_of([&] { transport.exchange({}); }).message(), HasSubstr("cut off"));
}

TEST(Encoding, KeepsTheLimitOfTheDecodedBody) {
  ScriptedServer server(always(answer("200 OK", compressed(std::string(64 << 20, ' ')), kGzip)));
  Transport transport(settings_for(server));
  const auto error = error_of([&] { transport.exchange({}); });
  EXPECT_THAT(error.message(), HasSubstr("longer than the limit of 16777216 bytes"));
}

TEST(Encoding, HandsABodyOverAsItIsSentToWhoAsksForACodingItself) {
  const auto body = compressed("hello");
  ScriptedServer server(always(answer("200 OK", body, kGzip)));
  Transport transport(settings_for(server));
  HttpRequest request;
  request.headers.add("Accept-Encoding", "gzip;q=1");
  const auto response = transport.exchange(request);
  EXPECT_TRUE(response.body == body);
  EXPECT_EQ(response.headers.get("Content-Encoding"), "gzip");
  EXPECT_THAT(server.requests().at(0), HasSubstr("\r\nAccept-Encoding: gzip;q=1\r\n"));
  EXPECT_THAT(server.requests().at(0), Not(HasSubstr("gzip, deflate")));
}

TEST(Encoding, AsksForNoneForAPartOfABody) {
  ScriptedServer server(always(answer("206 Partial Content", "ab")));
  Transport transport(settings_for(server));
  HttpRequest request;
  request.headers.add("Range", "bytes=0-1");
  EXPECT_EQ(transport.exchange(request).body, "ab");
  EXPECT_THAT(server.requests().at(0), Not(HasSubstr("Accept-Encoding")));
}

TEST(Encoding, LeavesAnswersWithoutABodyAsTheyAre) {
  struct Row {
    const char* method;
    const char* status;
  };
  for (const auto& [method, status] :
       {Row{"HEAD", "200 OK"}, Row{"GET", "204 No Content"}, Row{"GET", "304 Not Modified"}}) {
    SCOPED_TRACE(status);
    ScriptedServer server(always("HTTP/1.1 " + std::string(status) +
                                 "\r\nContent-Encoding: br\r\nContent-Length: 7\r\n\r\n"));
    Transport transport(settings_for(server));
    HttpRequest request;
    request.method = method;
    const auto response = transport.exchange(request);
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(response.headers.get("Content-Length"), "7");
    EXPECT_EQ(transport.exchange(request).status, response.status);
    EXPECT_EQ(server.connections(), 1);
  }
}

TEST(Encoding, DecodesBothAnswersOfTwoGetsThatWereSentAtOnce) {
  ScriptedServer server([](ScriptedPeer& peer) {
    peer.read_request();
    peer.read_request();
    peer.send(answer("200 OK", compressed("one"), kGzip) +
              answer("401 Unauthorized", compressed("two"), kGzip));
  });
  Transport transport(settings_for(server));
  const auto [first, second] = transport.exchange_both({}, {});
  EXPECT_EQ(first.body, "one");
  EXPECT_EQ(second.body, "two");
}

}  // namespace
}  // namespace pintle::net
