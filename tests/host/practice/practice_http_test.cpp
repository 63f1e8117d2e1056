// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include <Poco/Net/Context.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "support/practice_client.h"
#include "support/practice_options.h"

namespace pintle::practice {
namespace {

using test::over_tls;
using testing::HasSubstr;
using testing::StartsWith;

TEST(PracticeHttp, AnswersPipelinedRequestsInTheirOrder) {
  Gateway gateway(Options{});
  Client client(gateway);
  client.write(
      "GET /api/status HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(client.read_response().body, HasSubstr("release_date"));
  EXPECT_THAT(client.read_response().body, HasSubstr("\"ok\":true"));
}

TEST(PracticeHttp, ReadsAChunkedBody) {
  Gateway gateway(test::token_gate("tok"));
  Client client(gateway);
  client.write(
      "POST /api/echo HTTP/1.1\r\nHost: localhost\r\nX-Hermes-Session-Token: tok\r\n"
      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(text_in(client.read_response(), "body"), "abcde");
  EXPECT_EQ(client.get("/api/health").status, 200) << "the connection is in step";
}

TEST(PracticeHttp, SendsNoBodyToHead) {
  Gateway gateway(Options{});
  Client client(gateway);
  const auto head = client.call("HEAD", "/api/health");
  EXPECT_EQ(head.status, 200);
  EXPECT_NE(head.headers.get("Content-Length"), "0");
  EXPECT_EQ(client.get("/api/health").status, 200);
}

TEST(PracticeHttp, RefusesWhatIsNoRequestAndHangsUp) {
  Gateway gateway(Options{});
  struct Row {
    std::string text;
    int status;
  };
  const Row table[] = {
      {"nonsense\r\n\r\n", 400},
      {"GET http://x/ HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"GET /" + std::string(70'000, 'a'), 431},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.text.substr(0, 40));
    Client client(gateway);
    client.write(row.text);
    EXPECT_EQ(client.read_response().status, row.status);
    EXPECT_TRUE(client.at_end());
  }
}

TEST(PracticeHttp, ClosesAnIdleConnection) {
  Options options;
  options.idle_ms = 150;
  Gateway gateway(std::move(options));
  Client client(gateway);
  EXPECT_EQ(client.get("/api/health").status, 200);
  EXPECT_TRUE(client.at_end());
}

TEST(PracticeHttp, HangsUpWhereItIsAskedTo) {
  Gateway gateway(Options{});
  Client client(gateway);
  const auto answer = client.get("/api/health", with("Connection", "close"));
  EXPECT_EQ(answer.headers.get("Connection"), "close");
  EXPECT_TRUE(client.at_end());
}

TEST(PracticeHttp, ListensOnTheSamePortAfterARestart) {
  Gateway gateway(Options{});
  const auto url = gateway.url();
  Client before(gateway);
  EXPECT_EQ(before.get("/api/health").status, 200);
  gateway.restart();
  EXPECT_TRUE(before.at_end());
  EXPECT_EQ(gateway.url(), url);
  EXPECT_EQ(Client(gateway).get("/api/health").status, 200);
}

TEST(PracticeHttp, ListensOnIpv6) {
  auto options = over_tls();
  options.bind = "::1";
  Gateway gateway(std::move(options));
  EXPECT_THAT(gateway.url(), StartsWith("https://[::1]:"));
  EXPECT_EQ(Client(gateway).get("/api/health").status, 200);
}

TEST(PracticeTls, IsTrustedThroughItsOwnAuthorityAlone) {
  Gateway gateway(over_tls());
  EXPECT_EQ(Client(gateway).get("/api/health").status, 200);
  using Poco::Net::Context;
  Context::Ptr strange(
      new Context(Context::TLS_CLIENT_USE, "", Context::VERIFY_STRICT, 9, /*loadDefaultCAs=*/true));
  EXPECT_THROW(
      {
        Poco::Net::SecureStreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", gateway.port()),
                                             "127.0.0.1", strange);
        socket.sendBytes("x", 1);
      },
      Poco::Exception);
  EXPECT_EQ(Client(gateway).get("/api/health").status, 200) << "and goes on";
}

TEST(PracticeTls, KeepsItsFolderToItselfAndTakesItAway) {
  std::filesystem::path folder;
  {
    Gateway gateway(over_tls());
    folder = std::filesystem::path(gateway.ca_file()).parent_path();
    EXPECT_EQ(std::filesystem::status(folder).permissions(), std::filesystem::perms::owner_all);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1) << "no key";
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(PracticeTls, RefusesTls11AndAStrangeGroup) {
  Gateway gateway(over_tls());
  using Poco::Net::Context;
  for (const bool old : {true, false}) {
    SCOPED_TRACE(old);
    Context::Ptr context(
        new Context(Context::TLS_CLIENT_USE, gateway.ca_file(), Context::VERIFY_STRICT));
    if (old) {
      // Level 0, or OpenSSL itself refuses to offer the old version.
      SSL_CTX_set_security_level(context->sslContext(), 0);
      SSL_CTX_set_min_proto_version(context->sslContext(), TLS1_1_VERSION);
      SSL_CTX_set_max_proto_version(context->sslContext(), TLS1_1_VERSION);
    } else {
      ASSERT_EQ(SSL_CTX_set1_groups_list(context->sslContext(), "X448"), 1);
    }
    EXPECT_THROW(
        {
          Poco::Net::SecureStreamSocket socket(
              Poco::Net::SocketAddress("127.0.0.1", gateway.port()), "127.0.0.1", context);
          socket.sendBytes("x", 1);
        },
        Poco::Exception);
  }
}

TEST(PracticeTls, CarriesAWebSocket) {
  Gateway gateway(over_tls(test::token_gate("tok")));
  Client client(gateway);
  ASSERT_EQ(client.upgrade("/api/ws?token=tok").status, 101);
  EXPECT_THAT(client.receive().bytes, HasSubstr("gateway.ready"));
  client.send_text(
      R"({"jsonrpc":"2.0","id":1,"method":"emit","params":{"count":20,"size":100000}})");
  EXPECT_TRUE(client.receive_json()->has("result"));
  for (int i = 0; i < 20; ++i) EXPECT_GT(client.receive().bytes.size(), 100'000u);
}

}  // namespace
}  // namespace pintle::practice
