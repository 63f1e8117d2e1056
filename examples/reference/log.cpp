// SPDX-License-Identifier: Apache-2.0
//
// The examples of the log hook, the counters and trace contexts in the API reference. Each asserts
// what it shows.
//
//     reference-log URL TOKEN_FILE

#undef NDEBUG
#include <atomic>
#include <cassert>
#include <memory>
#include <string>

#include <pintle/bundled.h>
#include <pintle/counters.h>
#include <pintle/host.h>
#include <pintle/log.h>
#include <pintle/trace_context.h>

namespace {

pintle::Connection log(pintle::ConnectionSettings settings) {
  //! [log]
  const auto exchanges = std::make_shared<std::atomic<int>>(0);  // owned by the hook
  auto options = pintle::HostOptions::standard();
  options.built_in = pintle::bundled_plugins();
  options.log = {.level = pintle::LogLevel::debug,
                 .function = [exchanges](const pintle::LogRecord& record) {  // on any thread
                   if (record.event != "exchange_finished") return;
                   for (const auto& field : record.fields) {
                     if (field.name.view() == "total_ms") assert(field.value.number() > 0);
                   }
                   ++*exchanges;
                 }};
  auto connection = pintle::Host(options).open(std::move(settings));
  assert(connection.call({.target = "/api/sessions"}).ok());
  assert(*exchanges > 0);
  //! [log]
  return connection;
}

void counters(pintle::Connection& connection) {
  //! [counters]
  const pintle::ConnectionCounters counters = connection.counters();
  assert(counters[pintle::StatusClass::success_2xx] > 0);
  assert(counters[pintle::Layer::tcp] == 0);  // requests that failed there
  const pintle::NamedCounters all[] = {{"home", counters}};
  const std::string text = pintle::prometheus_text(all);
  assert(text.find("pintle_connects_total{connection=\"home\"} 1\n") != std::string::npos);
  //! [counters]
}

void trace_context(pintle::Connection& connection) {
  //! [trace_context]
  pintle::HttpRequest request{.target = "/api/sessions"};
  request.headers.add("traceparent", pintle::new_traceparent());  // or the one of your tracer
  assert(connection.call(request).ok());
  assert(pintle::trace_id_of(request.headers.get("traceparent"))->size() == 32);
  //! [trace_context]
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse(argv[1])};
  settings.inputs.emplace("token",
                          pintle::SecretSource::of(pintle::SecretSource::Kind::file, argv[2]));
  auto connection = log(settings);
  counters(connection);
  trace_context(connection);
}
