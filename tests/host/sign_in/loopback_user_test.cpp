// SPDX-License-Identifier: Apache-2.0
//
// The owner of the other end of a loopback connection, and who is redirected to the gateway.

#include <algorithm>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loopback_visitor.h"
#include "support/variable.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

LoopbackLimits of_user(PeerUser user) {
  LoopbackLimits limits;
  limits.user_of = [user](int) { return user; };
  return limits;
}

TEST(LoopbackListener, LeadsABrowserOfThisUserToTheGatewayAsOftenAsItComes) {
  Waiting waiting;  // Its owner is looked up.
  for (int i = 0; i < 2; ++i) {
    const auto answer = Visitor(waiting.authority()).ask(waiting.start());
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 302 Found\r\n"));
    EXPECT_THAT(answer, HasSubstr(std::string("\r\nLocation: ") + kAddress + "\r\n"));
    EXPECT_THAT(answer, HasSubstr("Referrer-Policy: no-referrer\r\n"));
    EXPECT_THAT(answer, HasSubstr("Cache-Control: no-store\r\n"));
  }
  Visitor(waiting.authority()).ask(waiting.good());
  EXPECT_EQ(waiting.outcome(), waiting.good_outcome());
}

TEST(LoopbackListener, LeadsNobodyElseAndNobodyWhoMayBeSomebodyElse) {
  for (const auto user : {PeerUser::other, PeerUser::root, PeerUser::unknown}) {
    Waiting waiting(of_user(user));
    const auto answer = Visitor(waiting.authority()).ask(waiting.start());
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 Forbidden\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("gateway.example")));
  }
}

TEST(LoopbackListener, LeadsABrowserOfWindowsOnce) {
  const test::Variable wsl("WSL_DISTRO_NAME", "Ubuntu");
  Waiting waiting(of_user(PeerUser::unknown));
  EXPECT_THAT(Visitor(waiting.authority()).ask(waiting.start()), HasSubstr(kAddress));
  EXPECT_THAT(Visitor(waiting.authority()).ask(waiting.start()), Not(HasSubstr(kAddress)));
}

TEST(LoopbackListener, TakesNoAnswerOfAnotherUser) {
  Waiting waiting(of_user(PeerUser::other));
  EXPECT_THAT(Visitor(waiting.authority()).ask(waiting.good()), StartsWith("HTTP/1.1 403"));
  waiting.stop();
  EXPECT_EQ(waiting.outcome(), "");
}

TEST(LoopbackListener, TakesAnAnswerWithTheStateThatARelayBrings) {
  for (const auto user : {PeerUser::root, PeerUser::unknown}) {
    Waiting waiting(of_user(user));
    Visitor(waiting.authority()).ask(waiting.good());
    EXPECT_EQ(waiting.outcome(), waiting.good_outcome());
  }
}

TEST(LoopbackListener, KnowsTheUserOfARealConnection) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can connect as somebody else";
  constexpr uid_t kNobody = 65'534;
  for (const auto family : {LoopbackListener::Family::ipv4, LoopbackListener::Family::ipv6}) {
    std::optional<Waiting> waiting;
    try {
      waiting.emplace(LoopbackLimits{}, family);
    } catch (const Error&) {
      continue;  // No IPv6 here.
    }
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      if (::setuid(kNobody) != 0) ::_exit(2);
      const auto answer = Visitor(waiting->authority()).ask(waiting->start());
      const auto written = ::write(ends[1], answer.data(), answer.size());
      ::_exit(written > 0 ? 0 : 1);
    }
    ::close(ends[1]);
    std::string answer(4096, '\0');
    answer.resize(
        static_cast<std::size_t>(std::max<ssize_t>(::read(ends[0], answer.data(), 4096), 0)));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "this system lets nobody be nobody";
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 Forbidden\r\n"));
  }
}

}  // namespace
}  // namespace pintle::test
