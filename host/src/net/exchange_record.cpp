// SPDX-License-Identifier: Apache-2.0
#include "net/exchange_record.h"

#include <vector>

#include <pintle/core/text/printable.h>
#include <pintle/trace_context.h>

namespace pintle::net {
namespace {

// The phases of a dial that were reached.
void add(std::vector<LogField>& to, const DialTimes& times) {
  if (times.dns) to.push_back({"dns_ms", milliseconds_of(*times.dns)});
  if (times.tcp) to.push_back({"connect_ms", milliseconds_of(*times.tcp)});
  if (times.proxy) to.push_back({"proxy_ms", milliseconds_of(*times.proxy)});
  if (times.tls) to.push_back({"tls_ms", milliseconds_of(*times.tls)});
}

}  // namespace

void ExchangeRecord::moved_by(const HttpConnection& http) {
  const auto& meter = http.meter();
  meter_.begin = meter.begin;
  meter_.first_byte = meter.first_byte;
  meter_.sent += meter.sent;
  meter_.received += meter.received;
}

void ExchangeRecord::count_bytes() const {
  ConnectionMeter::add(instruments_.meter->bytes_sent, meter_.sent);
  ConnectionMeter::add(instruments_.meter->bytes_received, meter_.received);
}

void ExchangeRecord::finished(int status) const {
  count_bytes();
  instruments_.meter->count_response(status);
  if (!instruments_.log.is_on(LogLevel::debug)) return;
  write(LogLevel::debug, "exchange_finished", status, nullptr);
}

void ExchangeRecord::failed(const Error& error, bool cancelled) const {
  count_bytes();
  instruments_.meter->count_error(error.layer());
  const auto level = cancelled ? LogLevel::debug : LogLevel::warn;
  if (!instruments_.log.is_on(level)) return;
  write(level, "exchange_failed", 0, &error);
}

void ExchangeRecord::write(LogLevel level, SafeText event, int status, const Error* error) const {
  const auto end = Clock::now();
  const auto method = printable(request_.method);
  const auto path = printable(request_.target.substr(0, request_.target.find('?')));
  const auto host = gateway_.authority();
  const auto trace_id = trace_id_of(request_.traceparent);
  std::vector<LogField> fields = {
      {"method", safe_text(method)}, {"path", safe_text(path)}, {"host", safe_text(host)}};
  if (status != 0) fields.push_back({"status", status});
  fields.push_back({"reused", reused});
  add(fields, dial);
  if (meter_.first_byte != TimePoint()) {
    fields.push_back({"first_byte_ms", milliseconds_of(meter_.first_byte - meter_.begin)});
  }
  fields.push_back({"total_ms", milliseconds_of(end - begin_)});
  fields.push_back({"bytes_sent", meter_.sent});
  fields.push_back({"bytes_received", meter_.received});
  if (trace_id) fields.push_back({"trace_id", safe_text(*trace_id)});
  const auto& log = instruments_.log;
  if (error == nullptr) return log.write(level, "http", event, fields);
  log.write(level, "http", event, fields, *error);
}

void record_connection(const Instruments& instruments, const GatewayUrl& gateway,
                       const DialTimes& times, const Error* error) {
  if (error == nullptr) ConnectionMeter::add(instruments.meter->connects);
  if (!instruments.log.is_on(LogLevel::debug)) return;
  const auto host = gateway.authority();
  std::vector<LogField> fields = {{"host", safe_text(host)}};
  add(fields, times);
  if (error == nullptr) {
    instruments.log.write(LogLevel::debug, "tcp", "connection_opened", fields);
  } else {
    instruments.log.write(LogLevel::debug, "tcp", "connection_failed", fields, *error);
  }
}

}  // namespace pintle::net
