// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <memory>
#include <net/if.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "net/dialer.h"
#include "support/error_of.h"
#include "support/scripted_server.h"

namespace pintle::net {
namespace {

using namespace std::chrono_literals;
using Poco::Net::IPAddress;
using test::error_of;
using test::ScriptedPeer;
using test::ScriptedServer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<IPAddress> addresses(const std::vector<std::string>& texts) {
  std::vector<IPAddress> list;
  for (const auto& text : texts) list.emplace_back(text);
  return list;
}

Lookup answers(const std::vector<std::string>& texts) {
  return [texts](const std::string&) { return addresses(texts); };
}

Lookup never_asked() {
  return [](const std::string& host) -> std::vector<IPAddress> {
    ADD_FAILURE() << "asked for " << host;
    return {};
  };
}

/// A port that refuses: it was free a moment ago and has no listener.
std::uint16_t refusing_port() {
  return ScriptedServer([](ScriptedPeer&) {}).port();
}

Stream dial(DialSettings settings, const CancelToken& cancel = {}, TimePoint deadline = kNever) {
  Dialer dialer(std::move(settings));
  Watch watch(Watchdog::shared());
  return dialer.dial(watch, cancel, deadline);
}

TEST(Resolver, AsksNobodyForLocalNamesAndAddresses) {
  const struct {
    std::string host;
    std::vector<std::string> expected;
  } cases[] = {
      {"localhost", {"127.0.0.1", "::1"}},
      {"gateway.localhost", {"127.0.0.1", "::1"}},
      {"192.0.2.7", {"192.0.2.7"}},
      {"2001:db8::1", {"2001:db8::1"}},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.host);
    EXPECT_EQ(resolve(one.host, kNever, {}, never_asked()), addresses(one.expected));
  }
}

TEST(Resolver, TakesTheFamiliesInTurn) {
  EXPECT_EQ(resolve("a.test", kNever, {},
                    answers({"2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2", "192.0.2.3"})),
            addresses({"2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"}));
}

/// A look-up that hangs until it is released. It owns its state, since it outlives the waiting
/// thread.
struct Hung {
  std::promise<void> asked;
  std::promise<void> go;

  static Lookup lookup(const std::shared_ptr<Hung>& hung) {
    return [hung](const std::string&) {
      hung->asked.set_value();
      hung->go.get_future().wait();
      return addresses({"192.0.2.1"});
    };
  }
};

TEST(Resolver, LeavesAHungLookUpBehind) {
  const auto hung = std::make_shared<Hung>();
  const auto e =
      error_of([&] { return resolve("a.test", Clock::now() + 20ms, {}, Hung::lookup(hung)); });
  EXPECT_EQ(e.layer(), Layer::dns);
  EXPECT_THAT(e.what(), AllOf(HasSubstr("a.test"), HasSubstr("no answer")));
  EXPECT_TRUE(e.can_retry());
  hung->go.set_value();
}

TEST(Resolver, IsCancelledWhileItWaits) {
  const auto hung = std::make_shared<Hung>();
  CancelSource source;
  std::thread canceller([&] {
    hung->asked.get_future().wait();
    source.request_stop();
  });
  const auto e = error_of(
      [&] { return resolve("a.test", Clock::now() + 1h, source.get_token(), Hung::lookup(hung)); });
  canceller.join();
  EXPECT_EQ(e.layer(), Layer::dns);
  EXPECT_THAT(e.what(), HasSubstr("cancelled"));
  hung->go.set_value();
}

TEST(Resolver, SaysThatANameHasNoAddress) {
  const auto e = error_of([&] { return resolve("a.test", kNever, {}, answers({})); });
  EXPECT_EQ(e.layer(), Layer::dns);
  EXPECT_THAT(e.what(), HasSubstr("a.test"));
  EXPECT_FALSE(e.hint().empty());
}

TEST(Resolver, ReadsAZoneByTheNameAndTheNumberOfTheInterface) {
  const auto loopback = ::if_nametoindex("lo");
  for (const auto& zone : {std::string("lo"), std::to_string(loopback)}) {
    const auto found = resolve("fe80::1%" + zone, kNever, {}, never_asked());
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].scope(), loopback);
  }
  const auto e = error_of([&] { return resolve("fe80::1%nope0", kNever, {}, never_asked()); });
  EXPECT_EQ(e.layer(), Layer::dns);
  EXPECT_THAT(e.what(), HasSubstr("no network interface nope0"));
}

TEST(Resolver, SaysWhatANameNeedsThatHasNoAddress) {
  const auto local = error_of([&] { return resolve("box.local", kNever, {}, answers({})); });
  EXPECT_THAT(local.hint(), HasSubstr("mDNS"));
  const auto e =
      error_of([&] { return resolve("xn--bcher-kva.example", kNever, {}, answers({})); });
  EXPECT_THAT(e.what(), HasSubstr("xn--bcher-kva.example (b\u00fccher.example)"));
  EXPECT_THAT(e.hint(), Not(HasSubstr("mDNS")));
}

TEST(Dialer, NamesAHostThatRefuses) {
  const auto port = refusing_port();
  const auto e = error_of([&] { return dial({.host = "127.0.0.1", .port = port}); });
  EXPECT_EQ(e.layer(), Layer::tcp);
  EXPECT_EQ(e.message(),
            "cannot connect to 127.0.0.1:" + std::to_string(port) + ": connection refused");
  EXPECT_TRUE(e.can_retry());
  EXPECT_FALSE(e.hint().empty());
}

TEST(Dialer, TriesEveryAddressInTurn) {
  ScriptedServer server([](ScriptedPeer& peer) { peer.wait_until_left(); });
  // Nothing listens on 127.0.0.2, and the server listens only on 127.0.0.1.
  DialSettings settings{.host = "a.test", .port = server.port()};
  settings.lookup = answers({"127.0.0.2", "127.0.0.1"});
  EXPECT_GE(dial(std::move(settings)).fd(), 0);
}

/// A port that neither accepts nor refuses: its queue is full.
class FullQueue {
 public:
  FullQueue() {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    ::bind(listener_, raw(), size);
    ::getsockname(listener_, raw(), &size);
    ::listen(listener_, 0);
    for (int i = 0; i < 3; ++i) {
      queued_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      (void)::connect(queued_.back(), raw(), size);
    }
  }
  ~FullQueue() {
    for (const int fd : queued_) ::close(fd);
    ::close(listener_);
  }
  FullQueue(const FullQueue&) = delete;
  FullQueue& operator=(const FullQueue&) = delete;
  std::uint16_t port() const { return ntohs(address_.sin_port); }

 private:
  sockaddr* raw() { return reinterpret_cast<sockaddr*>(&address_); }

  int listener_ = -1;
  sockaddr_in address_{};
  std::vector<int> queued_;
};

TEST(Dialer, EndsAConnectThatNobodyAnswers) {
  const FullQueue full;
  DialSettings settings{.host = "127.0.0.1", .port = full.port()};
  settings.limits.tcp = 30ms;
  const auto e = error_of([&] { return dial(std::move(settings)); });
  EXPECT_EQ(e.layer(), Layer::tcp);
  EXPECT_THAT(e.what(), HasSubstr("no answer within"));
  EXPECT_TRUE(e.can_retry());
}

TEST(Dialer, IsCancelledWhileItConnects) {
  const FullQueue full;
  CancelSource source;
  DialSettings settings{.host = "a.test", .port = full.port()};
  settings.lookup = [&](const std::string&) {
    std::thread([source]() mutable { source.request_stop(); }).detach();
    return addresses({"127.0.0.1"});
  };
  const auto e = error_of([&] { return dial(std::move(settings), source.get_token()); });
  EXPECT_THAT(e.what(), HasSubstr("cancelled"));
}

TEST(Dialer, KeepsToTheTotalDeadline) {
  const FullQueue full;
  DialSettings settings{.host = "127.0.0.1", .port = full.port()};
  const auto e = error_of([&] { return dial(std::move(settings), {}, Clock::now() + 30ms); });
  EXPECT_EQ(e.layer(), Layer::tcp);
}

}  // namespace
}  // namespace pintle::net
