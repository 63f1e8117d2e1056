// SPDX-License-Identifier: Apache-2.0
//
// The number of round trips until a connection is ready: each is a tenth of a second to a gateway
// far away.

#include <gtest/gtest.h>

#include <pintle/host.h>

#include "support/practice_host.h"
#include "support/slow_line.h"

namespace pintle::test {
namespace {

constexpr std::int64_t kLongMs = 20'000;
// What the client sends without waiting arrives within this; what it waits for takes twice as long.
constexpr std::chrono::milliseconds kOneWay{25};

// A gated gateway over TLS 1.3, behind a line that counts; its session is stored.
struct DistantHost {
  explicit DistantHost(practice::Gate gate)
      : host(options(gate)), line(host.gateway.port(), kOneWay) {
    open(true).call({.target = "/api/sessions"});
    line.reset();
  }

  static practice::Options options(practice::Gate gate) {
    auto made = PracticeHost::usual(gate);
    made.tls = true;
    made.tls_groups = "X25519:P-256:P-384";  // A client that starts with X448 needs one more.
    return made;
  }

  Connection open(bool password = false) {
    auto settings = host.settings(password);
    settings.url = GatewayUrl::parse("https://127.0.0.1:" + std::to_string(line.port()));
    settings.name = "far";
    return Host(host.host_options()).open(std::move(settings));
  }

  PracticeHost host;
  SlowLine line;
};

// TCP, TLS and the request itself: the gateway was probed in the run before.
TEST(RoundTrips, ToTheFirstCallOfALaterRunAreThree) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    DistantHost far(gate);
    far.host.probe_cache = std::make_shared<ProbeCache>(far.host.folder / "probes");
    far.open().call({.target = "/api/sessions"});
    far.line.reset();
    far.open().call({.target = "/api/sessions"});
    EXPECT_EQ(far.line.round_trips(), 3);
    EXPECT_EQ(far.line.connections(), 1);
  }
}

// TCP, TLS, the probe's two requests at once, the ticket, the upgrade.
TEST(RoundTrips, ToAFirstConnectAreFiveProbeIncluded) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    DistantHost far(gate);
    auto connection = far.open();
    auto live = connection.live();
    live.wait_until_ready(kLongMs);
    EXPECT_EQ(far.line.round_trips(), 5);
    EXPECT_EQ(far.line.connections(), 1);
  }
}

TEST(RoundTrips, ToAReconnectAreFour) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    DistantHost far(gate);
    auto connection = far.open();
    LiveOptions options;
    options.initial_backoff_ms = 1;
    auto live = connection.live(options);
    live.wait_until_ready(kLongMs);
    for (std::uint64_t generation = 2; generation <= 3; ++generation) {
      far.line.reset();
      far.line.cut();
      while (true) {
        const auto event = live.next(kLongMs);
        ASSERT_TRUE(event);
        if (event->state != nullptr && event->state->kind == LiveState::Kind::ready &&
            event->state->generation == generation) {
          break;
        }
      }
      EXPECT_EQ(far.line.round_trips(), 4);
      EXPECT_EQ(far.line.connections(), 1);
    }
  }
}

}  // namespace
}  // namespace pintle::test
