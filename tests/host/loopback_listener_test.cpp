// The listener that a browser comes back to: what ends its wait, and everything that does not.

#include "sign_in/loopback_listener.h"

#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/variable.h"

namespace pintle {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kState = "state-0123456789abcdef";
constexpr const char* kAddress = "https://gateway.example/auth/native/authorize?state=s&a=b%20c";

// One connection to the listener, byte by byte.
class Visitor {
 public:
  explicit Visitor(const std::string& authority) : socket_(Poco::Net::SocketAddress(authority)) {
    socket_.setReceiveTimeout(Poco::Timespan(10, 0));
  }
  void send(const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      sent += static_cast<std::size_t>(
          socket_.sendBytes(bytes.data() + sent, static_cast<int>(bytes.size() - sent)));
    }
  }
  // Everything until the listener closes; a reset ends it as well.
  std::string read() {
    std::string text;
    char buffer[4096];
    try {
      for (int got = 0; (got = socket_.receiveBytes(buffer, sizeof buffer)) > 0;) {
        text.append(buffer, static_cast<std::size_t>(got));
      }
    } catch (const Poco::TimeoutException&) {
      ADD_FAILURE() << "the listener did not close the connection";
    } catch (const Poco::Exception&) {
    }
    return text;
  }
  std::string ask(const std::string& bytes) {
    send(bytes);
    return read();
  }

 private:
  Poco::Net::StreamSocket socket_;
};

// A listener that waits on a thread of its own.
class Waiting {
 public:
  explicit Waiting(LoopbackLimits limits = {},
                   LoopbackListener::Family family = LoopbackListener::Family::ipv4,
                   std::int64_t most_ms = 60'000)
      : limit_(most_ms), listener_(family, kState, std::move(limits)) {
    start_ = listener_.lead_to(kAddress);
    const auto uri = listener_.redirect_uri();
    authority_ = uri.substr(7, uri.size() - 7 - kCallbackPath.size());
    thread_ = std::jthread([this] { called_ = listener_.wait(limit_, stop_.get_token()); });
  }
  ~Waiting() { stop_.request_stop(); }

  const std::string& authority() const { return authority_; }
  std::string start() const { return request(start_.substr(7 + authority_.size())); }
  std::string request(const std::string& target) const {
    return "GET " + target + " HTTP/1.1\r\nHost: " + authority_ + "\r\n\r\n";
  }
  std::string good() const { return request("/callback?code=c1&state=" + std::string(kState)); }
  void stop() { stop_.request_stop(); }
  // What the wait gave; "" for nothing.
  std::string outcome() {
    thread_.join();
    return called_ ? std::string(called_->reveal()) : "";
  }
  std::string good_outcome() const {
    return "http://" + authority_ + "/callback?code=c1&state=" + kState;
  }

 private:
  HumanWait limit_;
  LoopbackListener listener_;
  std::string start_;
  std::string authority_;
  std::stop_source stop_;
  std::optional<Secret> called_;
  std::jthread thread_;
};

TEST(LoopbackListener, EndsWithTheWholeAddressThatWasCalled) {
  Waiting waiting;
  const auto page = Visitor(waiting.authority()).ask(waiting.good());
  EXPECT_EQ(waiting.outcome(), waiting.good_outcome());
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(page, HasSubstr("You can close this window"));
  // Nothing that came in, nothing that lets another page look in.
  EXPECT_THAT(page, Not(HasSubstr("c1")));
  EXPECT_THAT(page, Not(HasSubstr(kState)));
  EXPECT_THAT(page, Not(HasSubstr("Access-Control")));
  EXPECT_THAT(page, HasSubstr("Referrer-Policy: no-referrer\r\n"));
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy: default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("Cache-Control: no-store\r\n"));
}

LoopbackLimits of_user(PeerUser user) {
  LoopbackLimits limits;
  limits.user_of = [user](int) { return user; };
  return limits;
}

TEST(LoopbackListener, LeadsABrowserOfThisUserToTheGatewayAsOftenAsItComes) {
  Waiting waiting;  // whose it is, is looked up
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
      continue;  // no IPv6 here
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

TEST(PeerUser, IsReadFromTheSystemsTable) {
  // As /proc/net/tcp writes it: addresses in hexadecimal, the state, and the user.
  const std::string table =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 "
      "31337 1 0000000000000000 100 0 0 10 0\n"
      "   1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 "
      "31338 1 0000000000000000 20 4 30 10 -1\n"
      "   2: 0100007F:C351 0100007F:1F90 05 00000000:00000000 03:00001770 00000000     0        0 "
      "0 3 0000000000000000\n";
  const auto open = find_connection(table, "0100007F:C350", "0100007F:1F90");
  ASSERT_TRUE(open);
  EXPECT_EQ(open->user, 1001U);
  EXPECT_TRUE(open->established);
  const auto left = find_connection(table, "0100007F:C351", "0100007F:1F90");
  ASSERT_TRUE(left);
  EXPECT_FALSE(left->established) << "its user is not 0: it has none any more";
  EXPECT_FALSE(find_connection(table, "0100007F:C352", "0100007F:1F90"));
  for (std::size_t cut = 0; cut < table.size(); ++cut) {
    find_connection(table.substr(0, cut), "0100007F:C351", "0100007F:1F90");
  }
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
              HasSubstr("Not the sign-in that is waited for"));
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
