// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/ws/ws_handshake.h>

#include "support/error_of.h"

namespace pintle::ws {
namespace {

using test::error_of;
using testing::HasSubstr;
using testing::Not;

// RFC 6455 1.3: "the sample nonce".
Upgrade sample() {
  Upgrade request;
  const std::string nonce = "the sample nonce";
  std::copy(nonce.begin(), nonce.end(), request.nonce.begin());
  return request;
}

HttpResponse good_answer() {
  HttpResponse answer;
  answer.status = 101;
  answer.headers.add("Upgrade", "websocket");
  answer.headers.add("Connection", "Upgrade");
  answer.headers.add("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  return answer;
}

HttpRequest request_of(const Upgrade& upgrade) {
  HttpRequest request;
  request.headers = upgrade_headers(upgrade);
  return request;
}

TEST(WsHandshake, MakesTheKeysOfTheRfc) {
  EXPECT_EQ(key_of(sample().nonce), "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(accept_for("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WsHandshake, AsksForNoMoreThanWasWanted) {
  auto request = sample();
  auto headers = upgrade_headers(request);
  EXPECT_EQ(headers.get("Upgrade"), "websocket");
  EXPECT_EQ(headers.get("Connection"), "Upgrade");
  EXPECT_EQ(headers.get("Sec-WebSocket-Version"), "13");
  EXPECT_EQ(headers.get("Sec-WebSocket-Key"), "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(headers.size(), 4u);
  request.subprotocols = {"a", "b"};
  request.deflate = DeflateParams{};
  headers = upgrade_headers(request);
  EXPECT_EQ(headers.get("Sec-WebSocket-Protocol"), "a, b");
  EXPECT_EQ(headers.get("Sec-WebSocket-Extensions"), "permessage-deflate; client_max_window_bits");
}

TEST(WsHandshake, TakesAnAnswerThatAcceptsTheRequest) {
  EXPECT_NO_THROW(check_upgraded(good_answer(), sample()));
  for (const char* connection : {"upgrade", "keep-alive, Upgrade", "UPGRADE ,close"}) {
    auto answer = good_answer();
    answer.headers.set("Connection", connection);
    answer.headers.set("Upgrade", "WebSocket");
    EXPECT_NO_THROW(check_upgraded(answer, sample())) << connection;
  }
  auto request = sample();
  request.subprotocols = {"a", "b"};
  request.deflate = DeflateParams{};
  auto answer = good_answer();
  EXPECT_FALSE(check_upgraded(answer, request).deflate);
  answer.headers.add("Sec-WebSocket-Protocol", "b");
  answer.headers.add("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=10");
  const auto agreed = check_upgraded(answer, request);
  EXPECT_EQ(agreed.subprotocol, "b");
  ASSERT_TRUE(agreed.deflate);
  EXPECT_EQ(agreed.deflate->server_max_window_bits, 10);
}

TEST(WsHandshake, RefusesAnAnswerThatDoesNot) {
  struct Row {
    const char* name;
    const char* value;  // Null: the field is missing.
    const char* says;
  };
  const Row kTable[] = {{"Upgrade", nullptr, "does not upgrade"},
                        {"Upgrade", "h2c", "\"h2c\""},
                        {"Upgrade", "websocket2", "does not upgrade"},
                        {"Connection", nullptr, "Connection"},
                        {"Connection", "keep-alive", "\"keep-alive\""},
                        {"Connection", "Upgraded", "Connection"},
                        {"Sec-WebSocket-Accept", nullptr, "missing"},
                        {"Sec-WebSocket-Accept", "", "wrong"},
                        {"Sec-WebSocket-Accept", "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "wrong"},
                        {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, x", "wrong"},
                        {"Sec-WebSocket-Protocol", "chat", "not offered"},
                        {"Sec-WebSocket-Protocol", "", "not offered"},
                        {"Sec-WebSocket-Extensions", "permessage-deflate", "not offered"},
                        {"Sec-WebSocket-Extensions", "\x9b\x33\x31m", "not a list"}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(std::string(row.name) + ": " + (row.value ? row.value : "(missing)"));
    auto answer = good_answer();
    row.value ? answer.headers.set(row.name, row.value) : answer.headers.remove(row.name);
    const auto error = error_of([&] { check_upgraded(answer, sample()); });
    EXPECT_EQ(error.layer(), Layer::websocket);
    EXPECT_EQ(error.http_status(), 101);
    EXPECT_THAT(error.message(), HasSubstr(row.says));
  }
}

TEST(WsHandshake, TellsTheStatusOfARefusal) {
  for (const int status : {200, 302, 401, 403, 502}) {
    auto answer = good_answer();
    answer.status = status;
    const auto error = error_of([&] { check_upgraded(answer, sample()); });
    EXPECT_EQ(error.http_status(), status);
  }
}

TEST(WsHandshake, RefusesTwoAccepts) {
  auto answer = good_answer();
  answer.headers.add("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_THROW(check_upgraded(answer, sample()), Error);
}

TEST(WsHandshake, LeadsClientAndServerToTheSameAgreement) {
  auto request = sample();
  request.subprotocols = {"x", "b", "a"};
  request.deflate = DeflateParams{};
  const auto acceptance = accept_upgrade(request_of(request), {"a", "b"}, DeflateParams{});
  EXPECT_EQ(acceptance.answer.status, 101);
  const auto agreed = check_upgraded(acceptance.answer, request);
  EXPECT_EQ(agreed.subprotocol, "b");
  EXPECT_EQ(agreed.deflate, acceptance.agreed.deflate);
  EXPECT_TRUE(agreed.deflate);
  // A server that speaks neither says neither.
  const auto plain = check_upgraded(accept_upgrade(request_of(request)).answer, request);
  EXPECT_EQ(plain.subprotocol, "");
  EXPECT_FALSE(plain.deflate);
}

TEST(WsHandshake, TellsAServerWhatToAnswerToARequestThatIsNone) {
  struct Row {
    const char* name;
    const char* value;
    int status;
  };
  const Row kTable[] = {{"Upgrade", nullptr, 400},
                        {"Connection", "close", 400},
                        {"Sec-WebSocket-Version", "8", 426},
                        {"Sec-WebSocket-Version", nullptr, 426},
                        {"Sec-WebSocket-Key", nullptr, 400},
                        {"Sec-WebSocket-Key", "c2hvcnQ=", 400},
                        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZR==", 400},
                        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j!Q==", 400},
                        {"Sec-WebSocket-Extensions", ";", 400}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(std::string(row.name) + ": " + (row.value ? row.value : "(missing)"));
    auto request = request_of(sample());
    row.value ? request.headers.set(row.name, row.value) : request.headers.remove(row.name);
    const auto error = error_of([&] { accept_upgrade(request, {}, DeflateParams{}); });
    EXPECT_EQ(error.http_status(), row.status);
  }
  auto post = request_of(sample());
  post.method = "POST";
  EXPECT_THROW(accept_upgrade(post), Error);
}

TEST(WsHandshake, ShowsNoControlCharactersOfTheOtherSide) {
  auto answer = good_answer();
  answer.headers.set("Upgrade",
                     "\xc2\x9b"
                     "31mred");
  const auto error = error_of([&] { check_upgraded(answer, sample()); });
  EXPECT_THAT(error.message(), HasSubstr("\\x9b31mred"));
  EXPECT_THAT(error.message(), Not(HasSubstr("\xc2\x9b")));
}

}  // namespace
}  // namespace pintle::ws
