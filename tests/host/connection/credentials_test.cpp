// SPDX-License-Identifier: Apache-2.0
//
// Credentials are sent to the gateway's own origin, each ticket once, and nowhere else.

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "support/error_of.h"
#include "support/practice_host.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using practice::Gate;
using testing::HasSubstr;
using testing::Not;

TEST(Tickets, AreNewForEachOfAThousandDialsAndShownNowhere) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  std::set<std::string> tickets;
  for (int i = 0; i < 1'000; ++i) {
    const auto url = connection.ws_url();
    EXPECT_TRUE(url.single_use);
    const std::string text(url.url.reveal());
    tickets.insert(text.substr(text.find("ticket=")));
  }
  EXPECT_EQ(tickets.size(), 1'000u);
  EXPECT_EQ(host.counters().tickets_minted, 1'000u);
}

TEST(Tickets, AreUsedOnceEachWhenAConnectionIsDialledAgainAndAgain) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  for (int i = 0; i < 100; ++i) {
    auto live = connection.live();
    live.wait_until_ready(20'000);
    EXPECT_TRUE(live.state().reused_connection) << "mint and upgrade on one TCP connection";
  }
  EXPECT_EQ(host.counters().tickets_minted, 100u);
  EXPECT_EQ(host.counters().tickets_used, 100u);
}

TEST(Tickets, AreNotReplacedByAnOlderOneWhereAMintFails) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  connection.ws_url();
  host.gateway.set_faults({Fault(FaultKind::status, "/api/auth/ws-ticket", -1, 503)});
  const auto error =
      error_of([&] { connection.live({.reconnect = false}).wait_until_ready(20'000); });
  EXPECT_FALSE(error.needs_sign_in()) << error.what();
  EXPECT_THAT(error.what(), Not(HasSubstr("ticket=")));
  EXPECT_EQ(host.counters().ws_connects, 0u);
}

// Another server on this machine that records whatever reaches it.
TEST(Credentials, ReachNoOtherOriginWhateverTheGatewaySays) {
  for (const auto gate : {Gate::cookie, Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    practice::Gateway other(cookie_gate());
    PracticeHost host(PracticeHost::usual(gate));
    host.sign_in();
    auto connection = host.connect();
    // Another port, a look-alike name, and the same host without the prefix of a user name.
    const std::vector<std::string> places = {
        other.url() + "/api/sessions", "http://localhost:" + std::to_string(other.port()) + "/",
        "//127.0.0.1:" + std::to_string(other.port()) + "/x"};
    for (const auto& place : places) {
      for (const char* path :
           {"/api/sessions", "/api/auth/ws-ticket", "/api/ws", "/api/auth/me", "/api/status"}) {
        host.gateway.set_faults({Fault(FaultKind::redirect, path, -1, 0, place)});
        // Refused is as good as ignored: what counts is who was called.
        error_if_any([&] { connection.call({.target = "/api/sessions"}); });
        error_if_any([&] { connection.live({.reconnect = false}).wait_until_ready(20'000); });
        error_if_any([&] { connection.ws_url(); });
        error_if_any([&] { host.connect().call({.target = "/api/sessions"}); });
      }
    }
    EXPECT_TRUE(other.request_log().requests().empty());
    host.gateway.set_faults({});
    EXPECT_EQ(connection.call({.target = "/api/sessions"}).status, 200) << "and nothing is lost";
  }
}

}  // namespace
}  // namespace pintle::test
