// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "net/http/http_head.h"
#include "support/error_of.h"

namespace pintle::net {
namespace {

using test::error_of;
using ::testing::HasSubstr;

ResponseHead parse(std::string_view text) { return parse_response_head(text, 100); }

BodyFraming framing(std::string_view text, std::string_view method = "GET") {
  return framing_of(parse(text), method);
}

TEST(HttpHead, EndsAtTheEmptyLineWhereverTheBytesAreCut) {
  for (const std::string head :
       {"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", "HTTP/1.1 200 OK\nA: b\n\n", "HTTP/1.1 204 \r\n\n"}) {
    SCOPED_TRACE(head);
    const std::string bytes = head + "body";
    std::size_t scanned = 0;
    for (std::size_t size = 0; size < head.size(); ++size) {
      ASSERT_EQ(find_head_end(std::string_view(bytes).substr(0, size), scanned), 0U) << size;
    }
    EXPECT_EQ(find_head_end(bytes, scanned), head.size());
    std::size_t fresh = 0;
    EXPECT_EQ(find_head_end(bytes, fresh), head.size());
  }
}

TEST(HttpHead, ReadsStatusReasonAndFieldsInTheirOrder) {
  const auto head = parse(
      "HTTP/1.1 401 Not today\r\nSet-Cookie: a=\"1\"\r\nX-Empty:\r\nset-cookie: b=2 \r\n\r\n");
  EXPECT_EQ(head.status, 401);
  EXPECT_EQ(head.reason, "Not today");
  EXPECT_EQ(head.headers.all("Set-Cookie"), (std::vector<std::string_view>{"a=\"1\"", "b=2"}));
  EXPECT_EQ(head.headers.find("x-empty"), "");
}

TEST(HttpHead, UnfoldsALineOfTheOldForm) {
  const auto head = parse("HTTP/1.0 200\r\nA: one\r\n  two\r\n\tthree\r\nB: c\r\n\r\n");
  EXPECT_EQ(head.headers.get("A"), "one two three");
  EXPECT_EQ(head.headers.get("B"), "c");
  EXPECT_EQ(head.minor_version, 0);
}

TEST(HttpHead, RefusesWhatIsNotHttp) {
  for (const std::string_view text : {
           "HTTP/2 200 OK\r\n\r\n",
           "HTTP/1.1 20 OK\r\n\r\n",
           "HTTP/1.1 2000\r\n\r\n",
           "HTTP/1.1 099 X\r\n\r\n",
           "HTTP/1.1  200 OK\r\n\r\n",
           "ICY 200 OK\r\n\r\n",
           "\r\n\r\n",
           "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
           "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
           "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
       }) {
    SCOPED_TRACE(std::string(text));
    EXPECT_EQ(error_of([&] { parse(text); }).layer(), Layer::protocol);
  }
}

TEST(HttpHead, ShowsATerminalNothingHarmfulAndNoValue) {
  const auto escape = error_of([] { parse("\x1b[2Jhello\r\n\r\n"); });
  EXPECT_EQ(std::string(escape.what()).find('\x1b'), std::string::npos);
  const auto value = error_of([] { parse("HTTP/1.1 200 OK\r\nSet-Cookie: secret\x01\r\n\r\n"); });
  EXPECT_THAT(value.what(), HasSubstr("Set-Cookie"));
  EXPECT_EQ(std::string(value.what()).find("secret"), std::string::npos);
}

TEST(HttpHead, TellsAPortThatSpeaksTls) {
  const auto error =
      error_of([] { parse(std::string_view("\x15\x03\x01\x00\x02\x02\x46\n\n", 9)); });
  EXPECT_THAT(error.hint(), HasSubstr("https://"));
}

TEST(HttpHead, CountsTheFields) {
  EXPECT_NO_THROW(parse_response_head("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n", 2));
  EXPECT_THROW(parse_response_head("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n", 1), Error);
}

TEST(BodyFraming, IsReadFromTheHead) {
  using Kind = BodyFraming::Kind;
  const struct {
    std::string_view head;
    std::string_view method;
    Kind kind;
    std::uint64_t size;
    bool keep_alive;
  } cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "GET", Kind::fixed, 5, true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", "GET", Kind::fixed, 5, true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: Close\r\n\r\n", "GET", Kind::fixed, 5,
       false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", "GET", Kind::fixed, 5, false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", "GET", Kind::fixed,
       5, true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", "GET", Kind::chunked, 0, true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", "GET",
       Kind::chunked, 0, false},
      {"HTTP/1.1 200 OK\r\n\r\n", "GET", Kind::until_close, 0, false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD", Kind::none, 0, true},
      {"HTTP/1.1 200 OK\r\n\r\n", "CONNECT", Kind::none, 0, true},
      {"HTTP/1.1 407 No\r\nContent-Length: 5\r\n\r\n", "CONNECT", Kind::fixed, 5, true},
      {"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", "GET", Kind::none, 0, true},
      {"HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n", "GET", Kind::none, 0, true},
      {"HTTP/1.1 101 Switch\r\n\r\n", "GET", Kind::none, 0, true},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(std::string(one.head));
    const auto seen = framing(one.head, one.method);
    EXPECT_EQ(seen.kind, one.kind);
    EXPECT_EQ(seen.size, one.size);
    EXPECT_EQ(seen.keep_alive, one.keep_alive);
  }
}

TEST(BodyFraming, RefusesLengthsThatDisagreeAndCodingsNotAskedFor) {
  for (const std::string_view field :
       {"Content-Length: 5, 6", "Content-Length: 5\r\nContent-Length: 6", "Content-Length: -1",
        "Content-Length: +5", "Content-Length: 0x5", "Content-Length:", "Content-Length: 5,",
        "Content-Length: 99999999999999999999", "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"}) {
    SCOPED_TRACE(std::string(field));
    const std::string head = "HTTP/1.1 200 OK\r\n" + std::string(field) + "\r\n\r\n";
    EXPECT_THROW(framing(head), Error);
  }
}

}  // namespace
}  // namespace pintle::net
