// SPDX-License-Identifier: Apache-2.0
//
// The steps below HTTP, with a resolver of the test.

#include "doctor/network_steps.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doctor/tls_findings.h"
#include "support/scripted_server.h"
#include "support/test_certificates.h"

namespace pintle::doctor {
namespace {

using test::ScriptedPeer;
using test::ScriptedServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Verdict = DoctorStep::Verdict;
using Steps = std::map<std::string, DoctorStep>;

constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1000;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

net::TransportSettings settings(const std::string& url, const std::vector<std::string>& addresses) {
  net::TransportSettings made{.gateway = GatewayUrl::parse(url)};
  made.connect.per_address = std::chrono::milliseconds(100);
  made.lookup = [addresses](const std::string&) {
    std::vector<Poco::Net::IPAddress> found;
    for (const auto& address : addresses) found.emplace_back(address);
    return found;
  };
  return made;
}

Steps run(net::TransportSettings settings, std::stop_token cancel = {},
          std::chrono::milliseconds limit = std::chrono::minutes(1)) {
  StepRecorder recorder({}, std::move(cancel), limit);
  recorder.run("settings", [](DoctorStep&, const StepEnd&) {});
  NetworkSteps(std::move(settings), now_ms).run(recorder);
  Steps steps;
  for (auto& step : recorder.take()) steps.emplace(step.id, step);
  return steps;
}

// A port of 127.0.0.2 whose queue is full: a further SYN is dropped, as by a firewall.
class DeafPort {
 public:
  explicit DeafPort(std::uint16_t port) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address_.sin_family = AF_INET;
    address_.sin_port = htons(port);
    ::inet_pton(AF_INET, "127.0.0.2", &address_.sin_addr);
    if (::bind(listener_, raw(), sizeof address_) != 0 || ::listen(listener_, 0) != 0) return;
    for (int& fd : fillers_) {
      fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      ::connect(fd, raw(), sizeof address_);
    }
    is_there_ = true;
  }
  DeafPort(const DeafPort&) = delete;
  DeafPort& operator=(const DeafPort&) = delete;
  ~DeafPort() {
    for (const int fd : fillers_) ::close(fd);
    ::close(listener_);
  }
  bool is_there() const { return is_there_; }

 private:
  sockaddr* raw() { return reinterpret_cast<sockaddr*>(&address_); }

  sockaddr_in address_{};
  int listener_ = -1;
  int fillers_[4] = {-1, -1, -1, -1};
  bool is_there_ = false;
};

TEST(NetworkSteps, WarnOfADeadAddressBesideAGoodOne) {
  ScriptedServer server([](ScriptedPeer& peer) { peer.wait_until_left(); });
  const DeafPort deaf(server.port());
  ASSERT_TRUE(deaf.is_there());
  auto steps = run(settings(server.url("http", "gateway.test"), {"127.0.0.2", "127.0.0.1"}));
  EXPECT_EQ(steps["name"].verdict, Verdict::ok);
  EXPECT_THAT(steps["name"].finding, HasSubstr("gateway.test: 127.0.0.2, 127.0.0.1"));
  EXPECT_EQ(steps["tcp"].verdict, Verdict::warning);
  EXPECT_THAT(steps["tcp"].finding,
              AllOf(HasSubstr("127.0.0.2 (no answer)"), Not(HasSubstr("127.0.0.1"))));
  ASSERT_EQ(steps["tcp"].facts.size(), 2U);
  EXPECT_THAT(steps["tcp"].facts[1].value, HasSubstr("127.0.0.1 in "));
  EXPECT_THAT(steps["tcp"].error->hint(), HasSubstr("DNS"));
}

TEST(NetworkSteps, TriesV6AndV4) {
  ScriptedServer server([](ScriptedPeer& peer) { peer.wait_until_left(); });
  // 100::/64 has no route, or discards what it gets (RFC 6666).
  auto steps = run(settings(server.url("http", "gateway.test"), {"100::1", "127.0.0.1"}));
  EXPECT_NE(steps["tcp"].verdict, Verdict::failed) << steps["tcp"].finding;
  ASSERT_EQ(steps["tcp"].facts.size(), 2U);
  EXPECT_EQ(steps["tcp"].facts[0].name, "IPv6");
  EXPECT_THAT(steps["tcp"].facts[0].value, HasSubstr("100::1 "));
  EXPECT_EQ(steps["tcp"].facts[1].name, "IPv4");
}

TEST(NetworkSteps, FailWithEveryAddressIfNoneAnswers) {
  std::uint16_t port = ScriptedServer([](ScriptedPeer&) {}).port();
  const DeafPort deaf(port);
  ASSERT_TRUE(deaf.is_there());
  auto steps =
      run(settings("https://gateway.test:" + std::to_string(port), {"127.0.0.2", "127.0.0.1"}));
  EXPECT_EQ(steps["tcp"].verdict, Verdict::failed);
  EXPECT_THAT(steps["tcp"].finding,
              AllOf(HasSubstr("no answer (127.0.0.2)"), HasSubstr("refused (127.0.0.1)")));
  EXPECT_EQ(steps["tls"].verdict, Verdict::skipped);
  EXPECT_THAT(steps["tls"].finding, HasSubstr("TCP"));
}

TEST(NetworkSteps, EndTheSearchForAnAddressInTime) {
  std::uint16_t port = ScriptedServer([](ScriptedPeer&) {}).port();
  const DeafPort deaf(port);
  ASSERT_TRUE(deaf.is_there());
  auto slow = settings("http://gateway.test:" + std::to_string(port), {"127.0.0.2", "127.0.0.1"});
  slow.connect.per_address = std::chrono::hours(1);
  auto steps = run(std::move(slow), {}, std::chrono::seconds(1));
  EXPECT_EQ(steps["tcp"].verdict, Verdict::failed);
  EXPECT_THAT(steps["tcp"].finding, HasSubstr("no answer within"));
  EXPECT_EQ(steps["tcp"].facts.size(), 1U) << "no time was left for the second one";
}

TEST(NetworkSteps, EndSoonWhenCancelled) {
  std::stop_source source;
  auto hanging = settings("http://gateway.test", {});
  hanging.lookup = [source](const std::string&) mutable -> std::vector<Poco::Net::IPAddress> {
    source.request_stop();
    return {};
  };
  const auto steps = run(std::move(hanging), source.get_token());
  EXPECT_FALSE(steps.contains("tcp"));
}

TEST(NetworkSteps, ShowTheChainThatTheServerSent) {
  const auto root = test::make_authority("Private root");
  const auto own = test::make_certificate({.common_name = "gateway",
                                           .names = "DNS:gateway.test",
                                           .begins_in_seconds = -3600,
                                           .ends_in_seconds = 3 * 24 * 3600},
                                          &root);
  const auto tls = test::make_server_tls(own);
  ScriptedServer server([&](ScriptedPeer& peer) {
    if (peer.start_tls(tls)) peer.wait_until_left();
  });
  const test::TemporaryFile ca_file(test::pem_of(root));
  auto trusting = settings(server.url("https", "gateway.test"), {"127.0.0.1"});
  trusting.ca_file = ca_file.path();
  auto steps = run(std::move(trusting));
  EXPECT_EQ(steps["tls"].verdict, Verdict::warning) << "it expires in three days";
  EXPECT_THAT(steps["tls"].finding, HasSubstr("in 3 d"));
  // The root is not trusted, and the server does not send it.
  const auto other = test::make_authority("Another root");
  const test::TemporaryFile other_file(test::pem_of(other));
  auto doubting = settings(server.url("https", "gateway.test"), {"127.0.0.1"});
  doubting.ca_file = other_file.path();
  steps = run(std::move(doubting));
  EXPECT_EQ(steps["tls"].verdict, Verdict::failed);
  EXPECT_THAT(steps["tls"].error->hint(), HasSubstr("full chain"));
  std::string facts;
  for (const auto& fact : steps["tls"].facts) facts += fact.name + ": " + fact.value + "\n";
  EXPECT_THAT(facts, AllOf(HasSubstr("issuer: CN = Private root"), HasSubstr("names: gateway.test"),
                           HasSubstr("certificate: CN = gateway")));
}

TEST(TlsFindings, AreInOrderForACertificateThatLivesLongEnough) {
  net::TlsFacts facts;
  facts.protocol = "TLSv1.3";
  facts.chain.push_back({"CN = a", "CN = b", {"a.test"}, now_ms() - kDay, now_ms() + 90 * kDay});
  DoctorStep step;
  find_tls(step, facts, now_ms());
  EXPECT_EQ(step.verdict, Verdict::ok);
  EXPECT_THAT(step.finding, AllOf(HasSubstr("TLSv1.3"), HasSubstr("a.test"), HasSubstr("90 d")));
}

}  // namespace
}  // namespace pintle::doctor
