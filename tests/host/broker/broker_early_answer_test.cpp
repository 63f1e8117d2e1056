// SPDX-License-Identifier: Apache-2.0
//
// The gateway answers before it has the whole body of a request.

#include <future>
#include <poll.h>
#include <string>

#include "broker_fixture.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kChunked = "Transfer-Encoding: chunked\r\n";
// More than a body that the broker reads before it sends the request.
constexpr const char* kFixed = "Content-Length: 1000000\r\n";
constexpr const char* kRefusal = R"({"detail":"too large"})";

bool is_of_upload(const std::string& request) { return request.starts_with("POST /upload "); }

class EarlyAnswer : public BrokerOfScript {
 protected:
  EarlyAnswer() { reads_bodies_ = false; }

  // A gateway that reads each upload up to `last`, and answers it with these bytes then.
  void begin_refusing(const std::string& bytes, const std::string& last = "hello") {
    begin([bytes, last](ScriptedPeer& peer, const std::string& request) {
      if (!is_of_upload(request)) return peer.send(answer("200 OK", "{}"));
      for (std::string body; body.find(last) == std::string::npos;) {
        const auto more = peer.read_some_bytes();
        if (more.empty()) return false;
        body += more;
      }
      peer.send(bytes);
      peer.wait_for_hang_up();
      return false;
    });
  }
};

class EarlyAnswerTo : public EarlyAnswer, public testing::WithParamInterface<const char*> {
 protected:
  // What a client sends before it pauses.
  std::string beginning(const std::string& more_fields = {}) const {
    const auto fields = std::string(GetParam()) + more_fields;
    const char* some = GetParam() == kChunked ? "5\r\nhello\r\n" : "hello";
    return head("POST /upload HTTP/1.1", fields) + some;
  }
};

INSTANTIATE_TEST_SUITE_P(A, EarlyAnswerTo, testing::Values(kChunked, kFixed), [](const auto& one) {
  return one.param == kChunked ? "ChunkedUpload" : "FixedUpload";
});

TEST_P(EarlyAnswerTo, ReachesAClientThatPauses) {
  begin_refusing(answer("413 Content Too Large", kRefusal));
  auto one = client();
  one.write(beginning());
  const auto refused = one.read_response();
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.body, kRefusal);
  EXPECT_EQ(refused.headers.get("Connection"), "close");
  EXPECT_TRUE(one.at_end());
  EXPECT_EQ(broker_->counters().requests_failed, 0u);
}

TEST_P(EarlyAnswerTo, ReachesAClientThatWasAskedForItsBody) {
  begin_refusing(answer("413 Content Too Large", kRefusal), "");
  auto one = client();
  one.write(head("POST /upload HTTP/1.1", std::string(GetParam()) + "Expect: 100-continue\r\n"));
  EXPECT_EQ(one.read_response(false).status, 100);
  EXPECT_EQ(one.read_response().status, 413);
}

TEST_P(EarlyAnswerTo, MayComeBehindOthersThatAreNone) {
  begin_refusing("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
                 answer("413 Content Too Large", kRefusal));
  auto one = client();
  one.write(beginning());
  const auto refused = one.read_response();
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.body, kRefusal);
}

// One path may refuse the credential that the gateway accepts.
TEST_P(EarlyAnswerTo, MayRefuseTheCredentialOfThisPathAlone) {
  begin_refusing(answer("401 Unauthorized", R"({"detail":"not you"})"));
  auto one = client();
  one.write(beginning());
  const auto refused = one.read_response();
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.body, HasSubstr("not you"));
  EXPECT_EQ(refused.headers.get("Connection"), "close");
}

TEST_P(EarlyAnswerTo, IsAFailureIfTheGatewayEndsTheConnectionInstead) {
  begin([](ScriptedPeer&, const std::string&) { return false; });
  auto one = client();
  one.write(beginning());
  const auto failed = one.read_response();
  EXPECT_EQ(failed.status, 502);
  EXPECT_EQ(failed.headers.get("Connection"), "close");
}

// A pause is no end: what follows it belongs to the same body.
TEST_P(EarlyAnswerTo, IsNotTakenForOneWhileTheGatewayOnlyReads) {
  std::promise<void> has_part;
  begin([&](ScriptedPeer& peer, const std::string&) {
    std::string body;
    const auto read_until = [&](const std::string& text) {
      while (body.find(text) == std::string::npos) {
        const auto more = peer.read_some_bytes();
        if (more.empty()) return;
        body += more;
      }
    };
    peer.send("HTTP/1.1 102 Processing\r\n\r\n");
    read_until("hello");
    has_part.set_value();
    read_until("the end");
    peer.send(answer("200 OK", "{}"));
    peer.wait_for_hang_up();
    return false;
  });
  auto one = client();
  one.write(beginning());
  has_part.get_future().wait();
  const std::string rest = std::string(999'995 - 7, 'x') + "the end";
  one.write(GetParam() == kChunked ? "7\r\nthe end\r\n0\r\n\r\n" : rest);
  const auto answered = one.read_response();
  EXPECT_EQ(answered.status, 200);
}

// It takes its answer only after it has sent everything, as simple clients do.
TEST_F(EarlyAnswer, IsNotLostToAResetIfTheClientGoesOn) {
  begin_refusing(answer("413 Content Too Large", kRefusal));
  auto one = client();
  one.write(head("POST /upload HTTP/1.1", kChunked) + "4000000\r\nhello");
  const int fd = one.socket().impl()->sockfd();
  pollfd answered{fd, POLLIN, 0};
  ASSERT_EQ(::poll(&answered, 1, 20'000), 1);
  // More than all buffers on the way hold.
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 48; ++i) {
    for (std::string_view rest = piece; !rest.empty();) {
      const auto sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
      ASSERT_GT(sent, 0) << "after " << i << " MiB";
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  ::shutdown(fd, SHUT_WR);
  std::string all;
  char bytes[4096];
  ssize_t got = 0;
  while ((got = ::recv(fd, bytes, sizeof bytes, 0)) > 0) {
    all.append(bytes, static_cast<std::size_t>(got));
  }
  EXPECT_EQ(got, 0) << "an end, and no reset";
  EXPECT_THAT(all, HasSubstr("HTTP/1.1 413 "));
  EXPECT_THAT(all, testing::EndsWith(kRefusal));
  EXPECT_THAT(all, Not(HasSubstr("408")));
}

}  // namespace
}  // namespace pintle::test
