// SPDX-License-Identifier: Apache-2.0
//
// A diagnosis as an app runs it.

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/doctor.h>

#include "doctor/time_text.h"
#include "support/other_gateway.h"
#include "support/practice_host.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using Verdict = DoctorStep::Verdict;

const DoctorStep& step_of(const std::vector<DoctorStep>& steps, const std::string& id) {
  for (const auto& step : steps) {
    if (step.id == id) return step;
  }
  throw std::runtime_error("there is no step " + id);
}

TEST(Diagnosis, CallsBackForEachStepInOrderOnTheCallersThread) {
  PracticeHost host;
  host.sign_in();
  std::vector<std::string> begun;
  std::vector<std::string> finished;
  const auto caller = std::this_thread::get_id();
  const auto steps =
      diagnose(Host(host.host_options()), host.settings(),
               {.on_start =
                    [&](const DoctorStep& step) {
                      EXPECT_EQ(std::this_thread::get_id(), caller);
                      begun.push_back(step.id);
                    },
                .on_finish = [&](const DoctorStep& step) { finished.push_back(step.id); }});
  EXPECT_EQ(first_failed(steps), nullptr) << first_failed(steps)->finding;
  EXPECT_EQ(begun, finished);
  EXPECT_EQ(steps.size(), finished.size());
  for (const auto& step : steps) EXPECT_GE(step.duration_ms, 0);
}

TEST(Diagnosis, UsesTheHostsClock) {
  PracticeHost host;
  host.sign_in();
  auto options = host.host_options();
  options.now_ms = [&] { return host.now.load() + 3'600'000; };
  const auto steps = diagnose(Host(std::move(options)), host.settings(true));
  EXPECT_EQ(step_of(steps, "clock").verdict, Verdict::warning);
  EXPECT_THAT(step_of(steps, "clock").finding, HasSubstr("60 min ahead of"));
}

TEST(Diagnosis, ReturnsWhatFinishedBeforeACancel) {
  PracticeHost host;
  std::stop_source source;
  const auto steps = diagnose(Host(host.host_options()), host.settings(),
                              {.on_start = {},
                               .on_finish =
                                   [&](const DoctorStep& step) {
                                     if (step.id == "tcp") source.request_stop();
                                   }},
                              source.get_token());
  EXPECT_EQ(steps.back().id, "tcp");
  EXPECT_EQ(first_failed(steps), nullptr);
}

TEST(Diagnosis, LeavesNoLiveConnectionBehind) {
  PracticeHost host;
  host.sign_in();
  diagnose(Host(host.host_options()), host.settings());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (host.counters().ws_disconnects < host.counters().ws_connects &&
         std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  EXPECT_EQ(host.counters().ws_connects, 1U);
  EXPECT_EQ(host.counters().ws_disconnects, 1U);
}

TEST(Diagnosis, MintsOneTicketAndKeepsTheSession) {
  PracticeHost host;
  host.sign_in();
  const auto before = host.stored();
  diagnose(Host(host.host_options()), host.settings());
  EXPECT_EQ(host.gateway.request_log().requests_to("/api/auth/ws-ticket").size(), 1U);
  EXPECT_EQ(host.stored(), before);
}

TEST(Diagnosis, SkipsTheWebSocketOfAGatewayThatHasNone) {
  OtherGateway gateway;
  gateway.pages = {{"/ledger", R"({"ledger":1})"}, {"/me", R"({"id":7})"}};
  const TemporaryFolder folder;
  write_text(folder / "rest.profile.json", kRestProfile);
  auto options = host_with({&kOpen});
  options.paths.plugin_folders = {folder.path()};
  const auto steps = diagnose(Host(std::move(options)), {.url = GatewayUrl::parse(gateway.url())});
  EXPECT_EQ(first_failed(steps), nullptr) << first_failed(steps)->finding;
  EXPECT_EQ(step_of(steps, "session").verdict, Verdict::ok);
  for (const auto* id : {"ticket", "upgrade", "ready", "ping"}) {
    EXPECT_EQ(step_of(steps, id).verdict, Verdict::skipped) << id;
    EXPECT_EQ(step_of(steps, id).finding, "not needed: this gateway has no WebSocket");
    EXPECT_EQ(step_of(steps, id).blocked_by, "");
  }
}

TEST(Diagnosis, ExplainsSettingsThatDoNotExist) {
  const auto steps = diagnose_invalid_settings(Error(Layer::config, "bad").with_hint("Mend it."));
  EXPECT_EQ(first_failed(steps)->id, "settings");
  for (const auto& step : steps) {
    if (step.id != "settings") {
      EXPECT_EQ(step.verdict, Verdict::skipped) << step.id;
    }
  }
  EXPECT_THAT(doctor_report(steps, nullptr), HasSubstr("hint: Mend it."));
}

TEST(TimeText, ChoosesTheUnit) {
  using doctor::milliseconds_text;
  using doctor::span_text;
  EXPECT_EQ(span_text(85'000), "85 s");
  EXPECT_EQ(span_text(3'599'000), "60 min");
  EXPECT_EQ(span_text(-3 * 3'600'000), "3 h");
  EXPECT_EQ(span_text(std::int64_t{45} * 86'400'000), "45 d");
  EXPECT_EQ(doctor::utc_text(0), "1970-01-01 00:00 UTC");
  EXPECT_EQ(milliseconds_text(0.44), "0.4 ms");
  EXPECT_EQ(milliseconds_text(12.3), "12 ms");
}

}  // namespace
}  // namespace pintle::test
