// SPDX-License-Identifier: Apache-2.0
//
// The counters as text for Prometheus (exposition format 0.0.4).

#include <string_view>

#include <pintle/counters.h>

#include "log/prometheus.h"

namespace pintle {
namespace {

// A label's value: backslash, quote and line feed are escaped.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '"') {
      out += "\\\"";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

// Writes one metric after the other, each with the samples of all connections.
class Metrics {
 public:
  explicit Metrics(std::span<const NamedCounters> connections) : connections_(connections) {}

  void counter(std::string_view name, std::string_view help,
               std::uint64_t ConnectionCounters::*member) {
    plain("counter", name, help, member);
  }
  void gauge(std::string_view name, std::string_view help,
             std::uint64_t ConnectionCounters::*member) {
    plain("gauge", name, help, member);
  }
  /// One sample for each value of another label.
  template <class Key>
  void counter_by(std::string_view name, std::string_view help, std::string_view label,
                  std::size_t first, std::size_t count) {
    begin(name, "counter", help);
    for (const auto& one : connections_) {
      for (auto i = first; i < first + count; ++i) {
        const auto key = static_cast<Key>(i);
        sample(one, label, name_of(key), one.counters[key]);
      }
    }
  }
  void refreshes() {
    begin("session_refreshes_total", "counter", "Renewals of the session, by their result.");
    for (const auto& one : connections_) {
      sample(one, "result", "ok", one.counters.refreshes);
      sample(one, "result", "failed", one.counters.refreshes_failed);
    }
  }

  std::string take() { return std::move(text_); }

 private:
  void plain(std::string_view type, std::string_view name, std::string_view help,
             std::uint64_t ConnectionCounters::*member) {
    begin(name, type, help);
    for (const auto& one : connections_) sample(one, "", "", one.counters.*member);
  }
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "pintle_" + std::string(name);
    append_metric_head(text_, name_, type, help);
  }
  void sample(const NamedCounters& of, std::string_view label, std::string_view label_value,
              std::uint64_t value) {
    text_.append(name_).append("{connection=\"").append(escaped(of.connection)).append("\"");
    if (!label.empty()) {
      text_.append(",").append(label).append("=\"").append(escaped(label_value)).append("\"");
    }
    text_.append("} ").append(std::to_string(value)).append("\n");
  }

  std::span<const NamedCounters> connections_;
  std::string name_;
  std::string text_;
};

}  // namespace

const char* name_of(LossCause cause) noexcept {
  switch (cause) {
    case LossCause::closed:
      return "closed";
    case LossCause::broken:
      return "broken";
    case LossCause::silent:
      return "silent";
    case LossCause::protocol:
      return "protocol";
    case LossCause::credential:
      return "credential";
    case LossCause::host_guard:
      return "host-guard";
  }
  return "unknown";
}

const char* name_of(StatusClass status) noexcept {
  switch (status) {
    case StatusClass::success_2xx:
      return "2xx";
    case StatusClass::redirect_3xx:
      return "3xx";
    case StatusClass::client_error_4xx:
      return "4xx";
    case StatusClass::server_error_5xx:
      return "5xx";
  }
  return "unknown";
}

std::string prometheus_text(std::span<const NamedCounters> connections) {
  using Of = ConnectionCounters;
  Metrics metrics(connections);
  metrics.counter("dials_total", "WebSockets that were opened.", &Of::dials);
  metrics.counter("dials_failed_total", "Dials of WebSockets that failed.", &Of::dials_failed);
  metrics.counter_by<LossCause>("losses_total", "Open WebSockets that were lost, by cause.",
                                "cause", 0, kLossCauses);
  metrics.counter("tickets_minted_total", "Single-use WebSocket URLs that were minted.",
                  &Of::tickets_minted);
  metrics.refreshes();
  metrics.counter_by<StatusClass>("responses_total", "HTTP responses, by status.", "status", 0,
                                  kStatusClasses);
  metrics.counter_by<Layer>("request_errors_total", "HTTP requests without a response, by layer.",
                            "layer", static_cast<std::size_t>(kFirstLayer),
                            static_cast<std::size_t>(kLastLayer));
  metrics.counter("connects_total", "TCP connections that were opened.", &Of::connects);
  metrics.counter("sent_bytes_total", "Bytes sent over HTTP and WebSockets.", &Of::bytes_sent);
  metrics.counter("received_bytes_total", "Bytes received over HTTP and WebSockets.",
                  &Of::bytes_received);
  metrics.gauge("send_queue_peak_bytes", "The largest send queue of a live connection so far.",
                &Of::send_queue_peak_bytes);
  metrics.gauge("receive_queue_peak_bytes",
                "The largest receive queue of a live connection so far.",
                &Of::receive_queue_peak_bytes);
  return metrics.take();
}

}  // namespace pintle
