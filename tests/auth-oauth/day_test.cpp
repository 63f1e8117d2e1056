// SPDX-License-Identifier: Apache-2.0
//
// A day of a connection against the model gateway: concurrent requests, dials, rotations, outages,
// lost responses, restarts and sign-outs, in an order determined by a seed.
//
// Invariants: no session is lost unless a fault made that unavoidable; one kind of credential per
// request; no ticket twice; no secret in any text for a user. PINTLE_DAY_SEEDS sets the number of
// seeds, PINTLE_DAY_FIRST_SEED the first one.

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model_gateway.h"
#include "oauth_driver.h"

namespace pintle::test {
namespace {

constexpr std::int64_t kDayMs = 12LL * 3600 * 1000;

struct Totals {
  int requests = 0;
  int rotations = 0;
  int dials = 0;
  int restarts = 0;
  int lost_for_a_fault = 0;
};

class Day {
 public:
  Day(std::uint64_t seed, Totals& totals)
      : random_(seed),
        totals_(totals),
        options_(choose_options()),
        gateway_(options_),
        faults_(chance(60)) {
    if (options_.native) probe_ = native_probe();
    open({});
  }

  void run() {
    const auto end_ms = now_ms_ + kDayMs;
    sign_in();
    while (now_ms_ < end_ms && !testing::Test::HasFailure()) {
      pass(1 + below(20 * 60'000));
      switch (below(20)) {
        case 0:
          restart();
          break;
        case 1:
          if (chance(10)) sign_out();
          break;
        case 2:
          gateway_.forget_tickets();
          break;
        case 3:
          if (faults_ && chance(5)) revoke();
          if (chance(20)) gateway_.expire_access();
          break;
        case 4:
          if (faults_) set_outage(true);
          break;
        case 5:
        case 6:
          set_outage(false);
          break;
        case 7:
        case 8:
        case 9:
          dial();
          break;
        default:
          call(1 + below(4));
      }
    }
    totals_.requests += gateway_.requests;
    totals_.rotations += gateway_.rotations;
    EXPECT_EQ(gateway_.mixed_credentials, 0);
    EXPECT_EQ(gateway_.stray_headers, 0);
  }

 private:
  struct Flight {
    std::uint64_t credential;
    ModelRequest request;
    std::optional<ModelReply> reply{};
  };

  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool chance(int percent) { return below(100) < percent; }

  ModelGateway::Options choose_options() {
    ModelGateway::Options options;
    options.native = chance(50);
    const int reuse = below(4);
    options.reuse = reuse == 0   ? ModelGateway::Reuse::never_rotates
                    : reuse == 1 ? ModelGateway::Reuse::forgives
                                 : ModelGateway::Reuse::revokes;
    options.quotes = chance(50);
    options.name_prefix = chance(50) ? "" : "__Secure-";
    options.native_returns_refresh = chance(50);
    constexpr int kMinutes[] = {5, 15, 60, 720};
    options.access_life_ms = kMinutes[below(4)] * 60'000LL;
    return options;
  }

  void pass(std::int64_t ms) {
    now_ms_ += ms;
    driver_->now_ms = now_ms_;
  }

  // ---- What a host does ---------------------------------------------------------------------

  void open(std::string session) {
    driver_ = std::make_unique<SchemeDriver>(oauth_scheme(), std::move(session), probe_.get());
    ASSERT_EQ(driver_->code, PINTLE_OK) << driver_->error.message;
    driver_->now_ms = now_ms_;
  }

  // A host stores what it must, and after a restart has only the store.
  void store() { stored_ = driver_->session(); }
  void restart() {
    ASSERT_EQ(stored_, driver_->session()) << "a change that the host was not told of";
    open(stored_);
    ++totals_.restarts;
  }

  void check_texts() {
    for (const auto& text : {std::string(driver_->error.message), std::string(driver_->error.hint),
                             text(driver_->step.message)}) {
      ASSERT_EQ(text.find(kMarker), std::string::npos) << text;
    }
  }

  // The scheme requires a sign-in: there must be a reason.
  void lost() {
    ASSERT_TRUE(needs_sign_in(*driver_)) << driver_->error.message;
    ASSERT_TRUE(excused_) << "lost without a fault: " << driver_->error.message;
    ASSERT_FALSE(gateway_.is_alive(session_)) << "given up while it lived";
    ++totals_.lost_for_a_fault;
    sign_in();
  }

  enum class Fate { arrives, never_sent, answer_lost, proxy_before, proxy_after };
  Fate fate() {
    if (!faults_ || !chance(8)) return Fate::arrives;
    return static_cast<Fate>(1 + below(4));
  }

  // Sends a request to the gateway and returns its response; nothing if the connection broke.
  std::optional<ModelReply> carry(const ModelRequest& request) {
    const auto what = fate();
    pass(1 + below(400));
    if (what == Fate::never_sent) return std::nullopt;
    const ModelReply bad_gateway{502, kPage, "<html>Bad Gateway</html>"};
    if (what == Fate::proxy_before) return bad_gateway;
    auto reply = gateway_.answer(request, now_ms_);
    pass(1 + below(400));
    if (what == Fate::arrives) {
      // A received pair replaces the lost one, if the provider forgives.
      if (reply.rotated == session_ && !revoked_) excused_ = false;
      return reply;
    }
    if (reply.rotated != 0) excused_ = true;
    if (what == Fate::proxy_after) return bad_gateway;
    return std::nullopt;
  }

  ModelRequest request_of(const pintle_step& step) const {
    ModelRequest request{text(step.http_method), text(step.http_url), {}, text(step.http_body)};
    for (std::size_t i = 0; i < step.http_header_count; ++i) {
      request.headers.emplace_back(text(step.http_headers[i].name),
                                   text(step.http_headers[i].value));
    }
    return request;
  }

  // Runs an operation to its end. Returns false if it failed.
  bool run_operation(std::uint32_t kind) {
    driver_->step.flags = 0;
    driver_->begin(kind, 0, kind == PINTLE_SIGN_IN ? "password" : "");
    for (int steps = 0; steps < 20; ++steps) {
      check_texts();
      const auto code = driver_->code;  // Storing asks the driver for more.
      if ((driver_->step.flags & PINTLE_STEP_SESSION_CHANGED) != 0) store();
      if (code != PINTLE_OK) return false;
      if (driver_->step.need == PINTLE_NEED_DONE) return true;
      if (driver_->step.need == PINTLE_NEED_INPUT) {
        driver_->answer_fields({{"username", "ada"}, {"password", kMarker}});
        continue;
      }
      const auto reply = carry(request_of(driver_->step));
      driver_->step.flags = 0;
      if (reply) {
        driver_->answer_http(reply->status, reply->body, reply->headers);
      } else {
        driver_->answer_failure(PINTLE_LAYER_TCP, "the connection broke");
      }
    }
    ADD_FAILURE() << "an operation without an end";
    return false;
  }

  // Returns false if a refresh was due and failed: the host reports it and sends nothing.
  bool keep_fresh() {
    if (driver_->decorate() != PINTLE_OK) {
      lost();
      return false;
    }
    const auto until_ms = driver_->decoration.valid_until_ms;
    if (until_ms == 0 || until_ms > now_ms_) return true;
    if (run_operation(PINTLE_REFRESH)) return true;
    if (needs_sign_in(*driver_)) lost();
    return false;
  }

  // ---- What happens in a day ----------------------------------------------------------------

  void sign_in() {
    set_outage(false);
    const bool faults = std::exchange(faults_, false);
    ASSERT_TRUE(run_operation(PINTLE_SIGN_IN)) << driver_->error.message;
    faults_ = faults;
    session_ = gateway_.last_session();
    excused_ = revoked_ = false;
    for (const auto& [key, value] : driver_->describe()) {
      if (key != "credential") continue;
      EXPECT_EQ(value, options_.native ? "bearer" : "cookies");
    }
  }

  void sign_out() {
    ASSERT_TRUE(run_operation(PINTLE_SIGN_OUT));
    ASSERT_EQ(stored_, "");
    ASSERT_NE(driver_->decorate(), PINTLE_OK);
    sign_in();
  }

  void revoke() {
    gateway_.revoke_all();
    excused_ = revoked_ = true;
  }

  void set_outage(bool out) { gateway_.set_outage(out); }

  void dial() {
    if (!keep_fresh()) return;
    ++totals_.dials;
    if (!run_operation(PINTLE_RESOLVE_WS_URL)) {
      ASSERT_EQ(text(driver_->step.ws_url), "");
      if (needs_sign_in(*driver_)) lost();
      return;
    }
    ASSERT_EQ(driver_->step.life, static_cast<std::uint32_t>(PINTLE_KEEP_NEVER));
    const auto ticket = parameter(text(driver_->step.ws_url), "ticket");
    ASSERT_TRUE(tickets_.insert(ticket).second) << "a ticket that was given out before";
    ASSERT_TRUE(gateway_.redeem(ticket, now_ms_));
  }

  // Concurrent requests: sent together, they arrive in any order and are answered in another.
  void call(int count) {
    if (!keep_fresh()) return;
    std::vector<Flight> flights;
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(driver_->decorate(), PINTLE_OK) << driver_->error.message;
      flights.push_back(
          {driver_->decoration.credential, {"GET", "/api/sessions", driver_->headers}});
    }
    std::shuffle(flights.begin(), flights.end(), random_);
    for (auto& flight : flights) flight.reply = carry(flight.request);
    std::shuffle(flights.begin(), flights.end(), random_);
    bool again = false;
    bool dead = false;
    for (const auto& flight : flights) {
      if (!flight.reply) continue;
      const auto seen = observe(flight);
      again = again || (seen & PINTLE_OBSERVATION_RETRY_ONCE) != 0;
      dead = dead || (seen & PINTLE_OBSERVATION_NEEDS_SIGN_IN) != 0;
    }
    if (dead) {
      lost();
    } else if (again) {
      repeat_request();
    }
  }

  std::uint32_t observe(const Flight& flight) {
    driver_->decoration.credential = flight.credential;
    const auto seen =
        driver_->observe(flight.reply->status, flight.reply->headers, flight.reply->body);
    check_texts();
    if ((seen & PINTLE_OBSERVATION_SESSION_CHANGED) != 0) store();
    return seen;
  }

  void repeat_request() {
    if (!keep_fresh()) return;
    Flight flight{driver_->decoration.credential, {"GET", "/api/sessions", {}}};
    ASSERT_EQ(driver_->decorate(), PINTLE_OK);
    flight.credential = driver_->decoration.credential;
    flight.request.headers = driver_->headers;
    flight.reply = carry(flight.request);
    if (flight.reply && (observe(flight) & PINTLE_OBSERVATION_NEEDS_SIGN_IN) != 0) lost();
  }

  std::mt19937_64 random_;
  Totals& totals_;
  ModelGateway::Options options_;
  ModelGateway gateway_;
  bool faults_;
  TestProbe probe_;
  std::unique_ptr<SchemeDriver> driver_;
  std::int64_t now_ms_ = 1'000'000'000'000;
  std::string stored_;
  std::set<std::string> tickets_;
  int session_ = 0;
  bool excused_ = false;  // The session may be lost: a rotation's response was, or it was revoked.
  bool revoked_ = false;
};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(OAuthDay, LosesNoSessionThatCouldBeKept) {
  const auto first = number_from("PINTLE_DAY_FIRST_SEED", 1);
  const auto count = number_from("PINTLE_DAY_SEEDS", 1000);
  Totals totals;
  for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Day(seed, totals).run();
  }
  std::printf("%d requests, %d rotations, %d dials, %d restarts, %d sessions lost for a fault\n",
              totals.requests, totals.rotations, totals.dials, totals.restarts,
              totals.lost_for_a_fault);
  if (count < 100) return;
  // A day in which nothing happens would prove nothing.
  const auto days = static_cast<int>(count);
  EXPECT_GT(totals.requests, 50 * days);
  EXPECT_GT(totals.rotations, 5 * days);
  EXPECT_GT(totals.dials, 5 * days);
  EXPECT_GT(totals.restarts, days);
  EXPECT_GT(totals.lost_for_a_fault, days / 20);
}

}  // namespace
}  // namespace pintle::test
