// SPDX-License-Identifier: Apache-2.0
#include "c_api/connection.h"

#include <algorithm>
#include <string>

#include "c_api/connection_settings.h"
#include "c_api/descriptions.h"
#include "c_api/edge.h"
#include "c_api/host.h"
#include "c_api/operations.h"
#include "c_api/reply_of.h"
#include "c_api/secret.h"

using namespace pintle;
using c_api::dereference;
using c_api::guarded;
using c_api::reply_of;

std::int32_t pintle_connection_open(const pintle_host* host,
                                    const pintle_connection_options* options,
                                    pintle_connection** out, pintle_error* error) {
  if (out != nullptr) *out = nullptr;
  return guarded(error, [&] {
    auto& to = dereference(out, "out");
    const auto& from = dereference(host, "host").host;
    const auto given = c_api::sized(options, "pintle_connection_options");
    c_api::SecretReleases releases;
    to = new pintle_connection(
        from.open(c_api::connection_settings(given, from.options(), releases)));
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
    c_api::probe(from, reply, stop);
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
    c_api::call(from, c_api::http_request(call), reply, stop);
  });
}

std::int32_t pintle_connection_ws_url(pintle_connection* connection, pintle_view path,
                                      pintle_cancel* cancel, pintle_reply** out,
                                      pintle_error* error) {
  return reply_of(connection, cancel, out, error, [&](auto& from, auto& reply, const auto& stop) {
    c_api::ws_url(from, std::string(c_api::text(path, "path")), reply, stop);
  });
}
