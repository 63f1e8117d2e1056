// SPDX-License-Identifier: Apache-2.0
//
// The cached probe of an earlier run, and how a change of the gateway is detected.

#include <algorithm>
#include <memory>
#include <string>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/transport_settings.h"
#include "support/error_of.h"
#include "support/practice_host.h"

namespace pintle::test {
namespace {

constexpr std::int64_t kNow = 1'800'000'000'000;
constexpr std::int64_t kLongMs = 20'000;

struct ProbeCacheTest : testing::Test {
  TemporaryFolder folder;
  ProbeCache cache{folder / "probes"};
  GatewayUrl url = GatewayUrl::parse("https://gateway.example");
  ProbeAnswers answers{{200, "OK", {}, R"({"version":"1"})"}, {401, "", {}, "no\n\0"}};

  std::filesystem::path file() const {
    return *std::filesystem::directory_iterator(folder / "probes");
  }
};

TEST_F(ProbeCacheTest, GivesBackWhatItKeepsToThatGatewayAndThatWay) {
  cache.keep(url, "route", answers, kNow);
  const auto found = cache.find(url, "route", kNow + ProbeCache::kMaxAgeMs - 1);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status.status, 200);
  EXPECT_EQ(found->status.body, answers.status.body);
  EXPECT_EQ(found->providers.status, 401);
  EXPECT_EQ(found->providers.body, answers.providers.body);
  EXPECT_FALSE(cache.find(url, "another", kNow));
  EXPECT_FALSE(cache.find(GatewayUrl::parse("https://gateway.example/below"), "route", kNow));
  EXPECT_FALSE(cache.find(url, "route", kNow + ProbeCache::kMaxAgeMs));
  EXPECT_FALSE(cache.find(url, "route", kNow - 1)) << "of the future";
}

TEST_F(ProbeCacheTest, ForgetsAGatewayWhateverTheWay) {
  cache.forget(url);
  cache.keep(url, "one", answers, kNow);
  cache.keep(url, "two", answers, kNow);
  cache.forget(url);
  EXPECT_FALSE(cache.find(url, "one", kNow));
  EXPECT_FALSE(cache.find(url, "two", kNow));
}

TEST_F(ProbeCacheTest, TakesNothingThatIsDamagedOrThatOthersCouldHaveWritten) {
  cache.keep(url, "route", answers, kNow);
  struct stat facts {};
  ASSERT_EQ(::stat(file().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600U);
  const auto whole = read_text(file());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_text(file(), whole.substr(0, size));
    EXPECT_FALSE(cache.find(url, "route", kNow)) << size;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto other = whole;
    other[at] = static_cast<char>(other[at] ^ 1);
    write_text(file(), other);
    const auto found = cache.find(url, "route", kNow);
    EXPECT_EQ(found ? found->status.body : answers.status.body, answers.status.body) << at;
  }
  write_text(file(), whole);
  ASSERT_TRUE(cache.find(url, "route", kNow));
  std::filesystem::permissions(file(), std::filesystem::perms(0622));
  EXPECT_FALSE(cache.find(url, "route", kNow));
}

// Gateways that alternate on one port, and runs of a program that has a session at one and a token
// for the other.
struct Town {
  explicit Town(practice::Gate first) {
    host.sign_in();
    host.probe_cache = std::make_shared<ProbeCache>(host.folder / "probes");
    if (first == practice::Gate::none) become_token();
    EXPECT_EQ(get_sessions(*open()), 200);
    clear();
  }

  void become_token() {
    host.gateway.stop();
    auto options = token_gate();
    options.port = host.gateway.port();
    token = std::make_unique<practice::Gateway>(std::move(options));
  }
  void become_oauth() {
    token.reset();
    host.gateway.restart();
  }
  HostOptions host_options() { return host.host_options({&pintle_oauth, &pintle_token}); }
  std::unique_ptr<Connection> open() {
    auto settings = settings_for(host.gateway, token_input(host.folder));
    settings.name = "home";
    return std::make_unique<Connection>(Host(host_options()).open(std::move(settings)));
  }
  practice::Gateway& gateway() { return token ? *token : host.gateway; }
  void clear() { gateway().request_log().clear(); }
  std::ptrdiff_t seen(std::string_view path) {
    const auto all = gateway().request_log().requests();
    return std::count_if(all.begin(), all.end(), [&](const auto& one) { return one.path == path; });
  }

  PracticeHost host;
  std::unique_ptr<practice::Gateway> token;
};

TEST(RememberedGateway, IsNotAskedAgainByALaterRun) {
  Town town(practice::Gate::cookie);
  for (int run = 0; run < 3; ++run) EXPECT_EQ(get_sessions(*town.open()), 200);
  EXPECT_EQ(town.seen("/api/sessions"), 3);
  EXPECT_EQ(town.seen("/api/status"), 0);
  town.host.now += ProbeCache::kMaxAgeMs;
  EXPECT_EQ(get_sessions(*town.open()), 200);
  EXPECT_EQ(town.seen("/api/status"), 1) << "it was long ago";
}

TEST(RememberedGateway, ThatBecameAnotherIsFoundWithinOneFailedRequest) {
  for (const auto first : {practice::Gate::none, practice::Gate::cookie}) {
    SCOPED_TRACE(practice::name_of(first));
    Town town(first);
    first == practice::Gate::none ? town.become_oauth() : town.become_token();
    town.clear();
    const auto connection = town.open();
    EXPECT_EQ(get_sessions(*connection), 200);
    EXPECT_EQ(town.seen("/api/sessions"), 2);
    EXPECT_EQ(town.seen("/api/status"), 1);
    EXPECT_EQ(get_sessions(*connection), 200);
    EXPECT_EQ(get_sessions(*town.open()), 200);
    EXPECT_EQ(town.seen("/api/status"), 1) << "and known from then on";
    EXPECT_FALSE(town.host.stored().empty()) << "the other gateway's session is still there";
  }
}

TEST(RememberedGateway, ThatBecameAnotherIsFoundByADialAndByAUrlForOne) {
  for (const auto first : {practice::Gate::none, practice::Gate::cookie}) {
    SCOPED_TRACE(practice::name_of(first));
    for (const bool url_alone : {false, true}) {
      Town town(first);
      first == practice::Gate::none ? town.become_oauth() : town.become_token();
      const auto connection = town.open();
      if (url_alone) {
        EXPECT_EQ(connection->ws_url().single_use, first == practice::Gate::none);
      } else {
        auto live = connection->live({.reconnect = false});
        EXPECT_NO_THROW(live.wait_until_ready(kLongMs));
      }
    }
  }
}

TEST(RememberedGateway, IsAskedOnceWhereARequestFailsThoughNothingHasChanged) {
  Town town(practice::Gate::cookie);
  const auto connection = town.open();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(connection->call({.target = "/api/none-such"}).status, 404);
  }
  EXPECT_EQ(town.seen("/api/none-such"), 3) << "none was sent twice";
  EXPECT_EQ(town.seen("/api/status"), 1);
}

TEST(RememberedGateway, ThatIsBehindSomethingElseByNowIsToldOfAsByAProbe) {
  Town town(practice::Gate::cookie);
  town.gateway().set_faults({{practice::FaultKind::html, "/", -1, 0, ""}});
  const auto connection = town.open();
  EXPECT_EQ(error_of([&] { return get_sessions(*connection); }).layer(), Layer::access_proxy);
  EXPECT_EQ(town.seen("/api/status"), 1);
  town.gateway().set_faults({});
  EXPECT_EQ(get_sessions(*town.open()), 200);
  EXPECT_EQ(town.seen("/api/status"), 2) << "the later run asks";
}

TEST(RememberedGateway, ARequestThatMayHaveBeenDoneIsNotSentTwice) {
  Town town(practice::Gate::none);
  town.become_oauth();
  town.clear();
  town.gateway().set_faults({{practice::FaultKind::status, "/api/sessions", -1, 502, ""}});
  EXPECT_EQ(town.open()->call({.method = "POST", .target = "/api/sessions"}).status, 502);
  EXPECT_EQ(town.seen("/api/sessions"), 1);
}

TEST(RememberedGateway, IsNotWeakenedQuietly) {
  Town town(practice::Gate::cookie);
  town.become_token();
  town.clear();
  auto settings = town.open()->settings();
  settings.last_scheme = "oauth";
  settings.last_strength = 70;
  auto connection = Host(town.host_options()).open(std::move(settings));
  EXPECT_EQ(error_of([&] { return get_sessions(connection); }).layer(), Layer::plugin);
  for (const auto& one : town.gateway().request_log().requests()) {
    EXPECT_FALSE(one.credentials.session_token) << one.path;
  }
}

TEST(RememberedGateway, IsNotTrustedOverPlainHttpToAnotherMachine) {
  for (const bool secure : {true, false}) {
    TemporaryFolder folder;
    auto options = host_with({&pintle_token});
    options.probe_cache = std::make_shared<ProbeCache>(folder / "probes");
    options.now_ms = [] { return kNow; };
    // An address that no machine has (RFC 5737).
    ConnectionSettings settings{
        .url = GatewayUrl::parse(secure ? "https://192.0.2.1" : "http://192.0.2.1")};
    settings.allow_plain_http = true;
    settings.connect_ms = 100;
    const auto route = route_to_gateway(settings, transport_settings(settings, false));
    options.probe_cache->keep(settings.url, route,
                              {{200, "OK", {}, R"({"version":"1","auth_required":false})"}, {}},
                              kNow);
    auto connection = Host(std::move(options)).open(std::move(settings));
    if (secure) {
      EXPECT_EQ(connection.choose().facts.id, "token") << "without a word to anybody";
    } else {
      EXPECT_EQ(error_of([&] { return connection.choose(); }).layer(), Layer::tcp);
    }
  }
}

}  // namespace
}  // namespace pintle::test
