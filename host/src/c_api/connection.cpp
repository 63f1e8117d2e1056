// SPDX-License-Identifier: Apache-2.0
#include "c_api/connection.h"

#include <algorithm>
#include <utility>

#include "c_api/connection_settings.h"
#include "c_api/descriptions.h"
#include "c_api/edge.h"
#include "c_api/host.h"
#include "c_api/reply.h"
#include "c_api/reply_of.h"
#include "c_api/secret.h"

using namespace pintle;
using c_api::dereference;
using c_api::guarded;
using c_api::list;
using c_api::reply_of;
using c_api::text;

std::int32_t pintle_connection_open(const pintle_host* host,
                                    const pintle_connection_options* options,
                                    pintle_connection** out, pintle_error* error) {
  if (out != nullptr) *out = nullptr;
  return guarded(error, [&] {
    auto& to = dereference(out, "out");
    const auto& from = dereference(host, "host").host;
    const auto given = c_api::sized(options, "pintle_connection_options");
    c_api::SecretReleases releases;
    to = new pintle_connection{
        from.open(c_api::connection_settings(given, from.options(), releases))};
    releases.adopt();
  });
}

std::int32_t pintle_connection_counters(const pintle_connection* connection,
                                        pintle_counters* counters, pintle_error* error) {
  return guarded(error, [&] {
    const auto now = dereference(connection, "connection").connection.counters();
    pintle_counters made{};
    made.dials = now.dials;
    made.dials_failed = now.dials_failed;
    made.tickets_minted = now.tickets_minted;
    made.refreshes = now.refreshes;
    made.refreshes_failed = now.refreshes_failed;
    made.connects = now.connects;
    made.bytes_sent = now.bytes_sent;
    made.bytes_received = now.bytes_received;
    made.send_queue_peak_bytes = now.send_queue_peak_bytes;
    made.receive_queue_peak_bytes = now.receive_queue_peak_bytes;
    made.responses_2xx = now[StatusClass::success_2xx];
    made.responses_3xx = now[StatusClass::redirect_3xx];
    made.responses_4xx = now[StatusClass::client_error_4xx];
    made.responses_5xx = now[StatusClass::server_error_5xx];
    for (auto layer = 1; layer <= static_cast<int>(kLastLayer); ++layer) {
      made.request_errors[layer] = now[static_cast<Layer>(layer)];
    }
    std::copy(now.losses.begin(), now.losses.end(), made.losses);
    c_api::fill(counters, made, "pintle_counters");
  });
}

void pintle_connection_destroy(pintle_connection* connection) { delete connection; }

std::int32_t pintle_connection_probe(pintle_connection* connection, pintle_cancel* cancel,
                                     pintle_reply** out, pintle_error* error) {
  return reply_of(connection, cancel, out, error, [](auto& from, auto& reply, const auto& stop) {
    const auto probe = from.probe(stop);
    reply.status = probe.http_status;
    reply.body = c_api::describe(probe, from.settings().url);
  });
}

std::int32_t pintle_connection_choose(pintle_connection* connection, pintle_cancel* cancel,
                                      pintle_reply** out, pintle_error* error) {
  return reply_of(connection, cancel, out, error, [](auto& from, auto& reply, const auto& stop) {
    reply.body = c_api::describe(from.choose(stop));
  });
}

std::int32_t pintle_connection_call(pintle_connection* connection, const pintle_call* call,
                                    pintle_cancel* cancel, pintle_reply** out,
                                    pintle_error* error) {
  return reply_of(connection, cancel, out, error, [&](auto& from, auto& reply, const auto& stop) {
    const auto given = c_api::sized(call, "pintle_call");
    HttpRequest request;
    if (const auto method = text(given.method, "method"); !method.empty()) request.method = method;
    if (const auto target = text(given.target, "target"); !target.empty()) request.target = target;
    for (const auto& header : list(given.headers, given.header_count, "headers")) {
      request.headers.add(text(header.name, "headers"), text(header.value, "headers"));
    }
    request.body = text(given.body, "body");
    auto response = from.call(std::move(request), stop);
    reply.status = response.status;
    reply.headers = std::move(response.headers);
    reply.body = std::move(response.body);
  });
}

std::int32_t pintle_connection_ws_url(pintle_connection* connection, pintle_view path,
                                      pintle_cancel* cancel, pintle_reply** out,
                                      pintle_error* error) {
  return reply_of(connection, cancel, out, error, [&](auto& from, auto& reply, const auto& stop) {
    const auto given = text(path, "path");
    const auto url = from.ws_url(given, {}, stop);
    reply.is_secret = true;
    reply.body = url.url.reveal();
    reply.status = url.single_use ? 1 : 0;
  });
}
