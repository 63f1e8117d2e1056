// SPDX-License-Identifier: Apache-2.0
//
// The listener that a browser is redirected to: what ends its wait, and everything that does not.

#include "sign_in/loopback_listener.h"

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loopback_visitor.h"

namespace pintle {
namespace {

using test::kState;
using test::Visitor;
using test::Waiting;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(LoopbackListener, EndsWithTheWholeAddressThatWasCalled) {
  Waiting waiting;
  const auto page = Visitor(waiting.authority()).ask(waiting.good());
  EXPECT_EQ(waiting.outcome(), waiting.good_outcome());
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(page, HasSubstr("You can close this window"));
  // Nothing that was received, nothing that grants another page access.
  EXPECT_THAT(page, Not(HasSubstr("c1")));
  EXPECT_THAT(page, Not(HasSubstr(kState)));
  EXPECT_THAT(page, Not(HasSubstr("Access-Control")));
  EXPECT_THAT(page, HasSubstr("Referrer-Policy: no-referrer\r\n"));
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy: default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("Cache-Control: no-store\r\n"));
}

TEST(LoopbackListener, ClosesItselfWithTheAnswer) {
  Waiting waiting;
  Visitor(waiting.authority()).ask(waiting.good());
  waiting.outcome();
  EXPECT_THROW(Visitor(waiting.authority()), Poco::Exception);
}

TEST(LoopbackListener, ListensAtTheOtherFamilysAddressAsWell) {
  std::optional<Waiting> waiting;
  try {
    waiting.emplace(LoopbackLimits{}, LoopbackListener::Family::ipv6);
  } catch (const Error&) {
    GTEST_SKIP() << "this machine has no IPv6 loopback";
  }
  EXPECT_THAT(waiting->authority(), StartsWith("[::1]:"));
  Visitor(waiting->authority()).ask(waiting->good());
  EXPECT_EQ(waiting->outcome(), waiting->good_outcome());
}

TEST(LoopbackListener, AnswersEverythingElseWithNotFoundAndGoesOnWaiting) {
  Waiting waiting;
  const auto host = "Host: " + waiting.authority() + "\r\n";
  const std::string ours = std::string("code=c1&state=") + kState;
  const std::vector<std::pair<const char*, std::string>> rows = {
      {"wrong state", waiting.request("/callback?code=c1&state=state-0123456789abcdeX")},
      {"shorter state", waiting.request("/callback?code=c1&state=state")},
      {"no state", waiting.request("/callback?code=c1")},
      {"empty state", waiting.request("/callback?code=c1&state=")},
      {"two states", waiting.request("/callback?" + ours + "&state=x")},
      {"two codes", waiting.request("/callback?code=c0&" + ours)},
      {"no code", waiting.request(std::string("/callback?state=") + kState)},
      {"nothing", waiting.request("/callback")},
      {"icon", waiting.request("/favicon.ico")},
      {"below", waiting.request("/callback/?" + ours)},
      {"upper case", waiting.request("/Callback?" + ours)},
      {"root", waiting.request("/?" + ours)},
      {"encoded path", waiting.request("/%63allback?" + ours)},
      {"absolute", waiting.request("http://" + waiting.authority() + "/callback?" + ours)},
      {"post", "POST /callback?" + ours + " HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n"},
      {"head", "HEAD /callback?" + ours + " HTTP/1.1\r\n" + host + "\r\n"},
      {"preflight", "OPTIONS /callback?" + ours + " HTTP/1.1\r\n" + host +
                        "Origin: https://evil.example\r\n\r\n"},
      {"rebound name", "GET /callback?" + ours + " HTTP/1.1\r\nHost: evil.example\r\n\r\n"},
      {"name", "GET /callback?" + ours + " HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      {"no port", "GET /callback?" + ours + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"},
      {"two hosts", "GET /callback?" + ours + " HTTP/1.1\r\n" + host + host + "\r\n"},
      {"no host", "GET /callback?" + ours + " HTTP/1.1\r\n\r\n"},
      {"broken header", "GET /callback?" + ours + " HTTP/1.1\r\n" + host + "no colon\r\n\r\n"},
      {"no version", "GET /callback?" + ours + "\r\n" + host + "\r\n"},
      {"not HTTP", "\x16\x03\x01 hello\r\n\r\n"},
  };
  for (const auto& [name, bytes] : rows) {
    SCOPED_TRACE(name);
    const auto answer = Visitor(waiting.authority()).ask(bytes);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 Not Found\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("evil.example")));
    EXPECT_THAT(answer, Not(HasSubstr(kState)));
  }
  EXPECT_THAT(Visitor(waiting.authority()).ask(rows[0].second),
              HasSubstr("Not the expected sign-in"));
  Visitor(waiting.authority()).ask(waiting.good());
  EXPECT_EQ(waiting.outcome(), waiting.good_outcome());
}

TEST(LoopbackListener, HandsOnThatTheSignInWasRefused) {
  Waiting waiting;
  const std::string target = std::string("/callback?error=access_denied&state=") + kState;
  EXPECT_THAT(Visitor(waiting.authority()).ask(waiting.request(target)),
              HasSubstr("The sign-in was refused"));
  EXPECT_EQ(waiting.outcome(), "http://" + waiting.authority() + target);
}

TEST(LoopbackListener, TakesAStateInPercentCodes) {
  Waiting waiting;
  const std::string target = "/callback?code=c1&state=state%2D0123456789abcdef";
  Visitor(waiting.authority()).ask(waiting.request(target));
  EXPECT_EQ(waiting.outcome(), "http://" + waiting.authority() + target);
}

TEST(LoopbackListener, CutsOffAHeadThatHasNoEnd) {
  Waiting waiting;
  Visitor endless(waiting.authority());
  try {
    endless.send("GET /callback HTTP/1.1\r\nX: " + std::string(64 * 1024, 'x'));
  } catch (const Poco::Exception&) {
    // It closed before all of it was sent.
  }
  EXPECT_THAT(endless.read(), testing::AnyOf("", StartsWith("HTTP/1.1 431 ")));
  Visitor(waiting.authority()).ask(waiting.good());
  EXPECT_EQ(waiting.outcome(), waiting.good_outcome());
}

TEST(LoopbackListener, CutsOffWhoDrips) {
  LoopbackLimits limits;
  limits.connection = std::chrono::milliseconds(50);
  Waiting waiting(limits);
  Visitor slow(waiting.authority());
  slow.send("GET /call");
  EXPECT_EQ(slow.read(), "");
  Visitor(waiting.authority()).ask(waiting.good());
  EXPECT_EQ(waiting.outcome(), waiting.good_outcome());
}

TEST(LoopbackListener, ServesABrowserBesideConnectionsThatSayNothing) {
  LoopbackLimits limits;
  limits.connections = 4;
  Waiting waiting(limits);
  std::vector<std::unique_ptr<Visitor>> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(std::make_unique<Visitor>(waiting.authority()));
  Visitor browser(waiting.authority());
  Visitor late(waiting.authority());
  EXPECT_THAT(browser.ask(waiting.good()), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(waiting.outcome(), waiting.good_outcome());
  EXPECT_EQ(silent[0]->read(), "");
  EXPECT_EQ(late.read(), "");
}

TEST(LoopbackListener, ReadsARequestThatComesInPieces) {
  Waiting waiting;
  Visitor browser(waiting.authority());
  for (const char c : waiting.good()) browser.send(std::string(1, c));
  EXPECT_THAT(browser.read(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(waiting.outcome(), waiting.good_outcome());
}

TEST(LoopbackListener, EndsAtACancelAndWhenTheTimeIsOver) {
  Waiting cancelled;
  cancelled.stop();
  EXPECT_EQ(cancelled.outcome(), "");
  Waiting over({}, LoopbackListener::Family::ipv4, 20);
  EXPECT_EQ(over.outcome(), "");
}

}  // namespace
}  // namespace pintle
