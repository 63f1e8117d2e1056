// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>

#include "broker/broker_meter.h"
#include "log/prometheus.h"

namespace pintle::broker {
namespace {

struct Metric {
  std::string_view name;
  std::string_view help;
  std::string_view type;
  std::uint64_t BrokerCounters::*value;
};

constexpr std::string_view kCounter = "counter";
constexpr std::string_view kGauge = "gauge";

constexpr std::array<Metric, 10> kMetrics = {{
    {"pintle_broker_connections_total", "Connections of local clients.", kCounter,
     &BrokerCounters::connections},
    {"pintle_broker_connections_refused_total", "Connections above a limit.", kCounter,
     &BrokerCounters::connections_refused},
    {"pintle_broker_requests_total", "Requests and upgrades that were let in.", kCounter,
     &BrokerCounters::requests},
    {"pintle_broker_requests_refused_total", "Requests with a wrong host, origin, user or token.",
     kCounter, &BrokerCounters::requests_refused},
    {"pintle_broker_requests_invalid_total", "Requests whose form was refused.", kCounter,
     &BrokerCounters::requests_invalid},
    {"pintle_broker_requests_failed_total", "Requests to which the gateway gave no response.",
     kCounter, &BrokerCounters::requests_failed},
    {"pintle_broker_websockets_total", "WebSockets that were opened.", kCounter,
     &BrokerCounters::websockets},
    {"pintle_broker_connections_open", "Open connections without WebSockets.", kGauge,
     &BrokerCounters::connections_open},
    {"pintle_broker_requests_open", "Requests in progress.", kGauge,
     &BrokerCounters::requests_open},
    {"pintle_broker_websockets_open", "Open WebSockets.", kGauge, &BrokerCounters::websockets_open},
}};

}  // namespace

std::string metrics_text(const BrokerCounters& counters) {
  std::string text;
  for (const auto& metric : kMetrics) {
    append_metric_head(text, metric.name, metric.type, metric.help);
    text.append(metric.name).append(" ").append(std::to_string(counters.*metric.value));
    text += '\n';
  }
  return text;
}

}  // namespace pintle::broker
