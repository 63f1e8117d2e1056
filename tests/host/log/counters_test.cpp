// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/connection_meter.h"
#include "support/temporary_folder.h"

namespace pintle {
namespace {

using testing::HasSubstr;
using testing::Not;

ConnectionMeter& used(ConnectionMeter& meter) {
  ConnectionMeter::add(meter.dials, 3);
  ConnectionMeter::add(meter.dials_failed);
  meter.count(LossCause::silent);
  meter.count_response(101);
  meter.count_response(204);
  meter.count_response(404);
  meter.count_response(503);
  meter.count_error(Layer::config);
  meter.count_error(Layer::rate_limit);
  ConnectionMeter::add(meter.refreshes_failed);
  ConnectionMeter::add(meter.bytes_sent, 1'000);
  ConnectionMeter::raise(meter.send_queue_peak_bytes, 70);
  ConnectionMeter::raise(meter.send_queue_peak_bytes, 50);
  return meter;
}

TEST(Counters, AreReadAsTheyWereCounted) {
  ConnectionMeter meter;
  EXPECT_EQ(meter.counters(), ConnectionCounters());
  const auto counters = used(meter).counters();
  EXPECT_EQ(counters.dials, 3u);
  EXPECT_EQ(counters.dials_failed, 1u);
  EXPECT_EQ(counters[LossCause::silent], 1u);
  EXPECT_EQ(counters[LossCause::closed], 0u);
  EXPECT_EQ(counters[StatusClass::success_2xx], 2u);
  EXPECT_EQ(counters[StatusClass::redirect_3xx], 0u);
  EXPECT_EQ(counters[StatusClass::client_error_4xx], 1u);
  EXPECT_EQ(counters[StatusClass::server_error_5xx], 1u);
  EXPECT_EQ(counters[Layer::config], 1u);
  EXPECT_EQ(counters[Layer::rate_limit], 1u);
  EXPECT_EQ(counters[Layer::tcp], 0u);
  EXPECT_EQ(counters.bytes_sent, 1'000u);
  EXPECT_EQ(counters.send_queue_peak_bytes, 70u);
}

TEST(Counters, CountAnImpossibleStatusAsAFailureOfTheServer) {
  ConnectionMeter meter;
  for (const int status : {0, 100, 199, 600, -1}) meter.count_response(status);
  EXPECT_EQ(meter.counters()[StatusClass::server_error_5xx], 5u);
}

class Prometheus : public testing::Test {
 protected:
  Prometheus() {
    ConnectionMeter meter;
    text_ = prometheus_text(std::vector<NamedCounters>{{"home", used(meter).counters()},
                                                       {"a\\b \"c\"\nd", ConnectionCounters()}});
  }
  std::string text_;
};

TEST_F(Prometheus, HasHelpTypeAndSamplesOfEachMetric) {
  EXPECT_THAT(text_, HasSubstr("# HELP pintle_dials_total WebSockets that were opened.\n"
                               "# TYPE pintle_dials_total counter\n"
                               "pintle_dials_total{connection=\"home\"} 3\n"));
  EXPECT_THAT(text_, HasSubstr("pintle_losses_total{connection=\"home\",cause=\"silent\"} 1\n"));
  EXPECT_THAT(text_, HasSubstr("pintle_responses_total{connection=\"home\",status=\"2xx\"} 2\n"));
  EXPECT_THAT(text_,
              HasSubstr("pintle_request_errors_total{connection=\"home\",layer=\"config\"} 1"));
  EXPECT_THAT(text_,
              HasSubstr("pintle_request_errors_total{connection=\"home\",layer=\"rate-limit\"} 1"));
  EXPECT_THAT(text_,
              HasSubstr("pintle_session_refreshes_total{connection=\"home\",result=\"failed\"} 1"));
  EXPECT_THAT(text_, HasSubstr("pintle_sent_bytes_total{connection=\"home\"} 1000\n"));
  EXPECT_THAT(text_, HasSubstr("# TYPE pintle_send_queue_peak_bytes gauge\n"
                               "pintle_send_queue_peak_bytes{connection=\"home\"} 70\n"));
}

TEST_F(Prometheus, EscapesTheNameOfAConnection) {
  EXPECT_THAT(text_, HasSubstr("pintle_dials_total{connection=\"a\\\\b \\\"c\\\"\\nd\"} 0\n"));
  EXPECT_THAT(text_, Not(HasSubstr("\nd\"}")));
}

// One block for each metric, and no sample twice.
TEST_F(Prometheus, NamesEachMetricOnce) {
  std::vector<std::string> seen;
  for (std::size_t at = 0; (at = text_.find("# TYPE ", at)) != std::string::npos; at += 7) {
    const auto name = text_.substr(at + 7, text_.find(' ', at + 7) - at - 7);
    EXPECT_THAT(seen, Not(testing::Contains(name)));
    EXPECT_THAT(name, testing::StartsWith("pintle_"));
    seen.push_back(name);
  }
  EXPECT_EQ(seen.size(), 12u);
}

TEST_F(Prometheus, IsAcceptedByPromtool) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "no promtool";
  const test::TemporaryFolder folder;
  test::write_text(folder / "metrics", text_);
  const auto line = "promtool check metrics <'" + (folder / "metrics").string() + "'";
  EXPECT_EQ(std::system(line.c_str()), 0) << text_;
}

}  // namespace
}  // namespace pintle
