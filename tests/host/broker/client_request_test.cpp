// SPDX-License-Identifier: Apache-2.0
//
// What two programs could read in two ways is refused.

#include "broker/client_request.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pintle::broker {
namespace {

const std::string kHost = "Host: 127.0.0.1:80\r\n";

int fault_of(const std::string& head) {
  try {
    std::size_t scanned = 0;
    if (find_request_end(head, scanned) == 0) return -1;
    parse_request(head);
    return 0;
  } catch (const RequestFault& fault) {
    return fault.status();
  }
}

int fault_of_fields(const std::string& fields) {
  return fault_of("POST /x HTTP/1.1\r\n" + kHost + fields + "\r\n");
}

TEST(ClientRequest, WithOneReadingIsAccepted) {
  const auto request = parse_request("POST /a?b=1 HTTP/1.1\r\n" + kHost +
                                     "Content-Length: 12\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/a?b=1");
  EXPECT_EQ(request.framing, ClientRequest::Framing::fixed);
  EXPECT_EQ(request.length, 12u);
  EXPECT_TRUE(request.keep_alive);
  EXPECT_TRUE(request.expects_continue);
  EXPECT_FALSE(request.is_upgrade);
  EXPECT_EQ(parse_request("\r\nGET / HTTP/1.1\r\n" + kHost + "\r\n").target, "/");
}

TEST(ClientRequest, ThatCouldHideAnotherIsRefused) {
  for (const auto* fields : {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                             "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                             "Content-Length: 5\r\nContent-Length: 5\r\n",
                             "Content-Length: 5, 5\r\n",
                             "Content-Length: +5\r\n",
                             "Content-Length: -1\r\n",
                             "Content-Length: 0x5\r\n",
                             "Content-Length:\r\n",
                             "Content-Length: 99999999999999999999\r\n",
                             "Content-Length : 5\r\n",
                             "Transfer-Encoding : chunked\r\n",
                             " Folded: first\r\n",
                             "A: b\r\n folded\r\n",
                             "A: b\r\n\tfolded\r\n",
                             "A: b\rC: d\r\n",
                             "A: b\nC: d\r\n",
                             "A b\r\n",
                             ": b\r\n",
                             "A(: b\r\n",
                             "Host: other\r\n"}) {
    EXPECT_EQ(fault_of_fields(fields), 400) << fields;
  }
  EXPECT_EQ(fault_of_fields(std::string("A: b\0c\r\n", 8)), 400);
  for (const auto* fields :
       {"Transfer-Encoding: gzip\r\n", "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n"}) {
    EXPECT_EQ(fault_of_fields(fields), 501) << fields;
  }
  EXPECT_EQ(fault_of("POST / HTTP/1.0\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(ClientRequest, WithAnInvalidFirstLineIsRefused) {
  for (const auto* line :
       {"GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET /a b HTTP/1.1", "GET / HTTP/1", "GET /",
        "get / HTTP/1.1", "GET / HTTP/11", "GET x HTTP/1.1", "OPTIONS * HTTP/1.1",
        "GET http://other/ HTTP/1.1", "GET https://127.0.0.1:80/ HTTP/1.1",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1"}) {
    EXPECT_EQ(fault_of(line + ("\r\n" + kHost) + "\r\n"), 400) << line;
  }
  EXPECT_EQ(fault_of("GET / HTTP/2.0\r\n" + kHost + "\r\n"), 505);
  EXPECT_EQ(fault_of("CONNECT a:1 HTTP/1.1\r\n" + kHost + "\r\n"), 405);
  EXPECT_EQ(fault_of("TRACE / HTTP/1.1\r\n" + kHost + "\r\n"), 405);
  EXPECT_EQ(fault_of("GET / HTTP/1.1\r\n\r\n"), 400) << "no Host";
  EXPECT_EQ(fault_of("\x16\x03\x01"), 400) << "a TLS hello";
}

TEST(ClientRequest, InAProxysFormIsAcceptedForTheSameHostOnly) {
  EXPECT_EQ(parse_request("GET http://127.0.0.1:80/a?b HTTP/1.1\r\n" + kHost + "\r\n").target,
            "/a?b");
  EXPECT_EQ(parse_request("GET HTTP://127.0.0.1:80 HTTP/1.1\r\n" + kHost + "\r\n").target, "/");
  EXPECT_EQ(fault_of("GET http://127.0.0.1:80@evil/ HTTP/1.1\r\n" + kHost + "\r\n"), 400);
}

TEST(ClientRequest, OfHttp10ClosesUnlessItAsks) {
  EXPECT_FALSE(parse_request("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(parse_request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_FALSE(
      parse_request("GET / HTTP/1.1\r\n" + kHost + "Connection: close\r\n\r\n").keep_alive);
}

TEST(ClientRequest, AboveALimitIsRefused) {
  std::string many;
  for (std::size_t i = 0; i < kMaxHeadFields; ++i) many += "A: b\r\n";
  EXPECT_EQ(fault_of_fields(many), 431);
  EXPECT_EQ(fault_of_fields("A: " + std::string(kMaxHeadBytes, 'a') + "\r\n"), 431);
  EXPECT_EQ(fault_of("GET / HTTP/1.1\r\nA: " + std::string(kMaxHeadBytes, 'a')), 431)
      << "its end has not come";
  EXPECT_EQ(fault_of_fields("Expect: tea\r\n"), 417);
}

TEST(ClientRequest, IsFoundWhereverItsBytesAreSplit) {
  const auto head = "GET / HTTP/1.1\r\n" + kHost + "\r\n";
  std::size_t scanned = 0;
  for (std::size_t size = 1; size < head.size(); ++size) {
    EXPECT_EQ(find_request_end(std::string_view(head).substr(0, size), scanned), 0u) << size;
  }
  EXPECT_EQ(find_request_end(head + "GET", scanned), head.size());
}

TEST(ClientRequest, IsAnUpgradeWithBothFieldsOnly) {
  const auto upgrade = [](const std::string& fields, const std::string& line = "GET / HTTP/1.1") {
    return parse_request(line + "\r\n" + kHost + fields + "\r\n").is_upgrade;
  };
  EXPECT_TRUE(upgrade("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"));
  EXPECT_FALSE(upgrade("Upgrade: websocket\r\n"));
  EXPECT_FALSE(upgrade("Connection: Upgrade\r\nUpgrade: h2c\r\n"));
  EXPECT_FALSE(upgrade("Connection: Upgrade\r\nUpgrade: websocket\r\n", "GET / HTTP/1.0"));
  EXPECT_EQ(fault_of_fields("Connection: Upgrade\r\nUpgrade: websocket\r\n"), 400) << "a POST";
}

}  // namespace
}  // namespace pintle::broker
