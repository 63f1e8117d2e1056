// SPDX-License-Identifier: Apache-2.0
#include "c_api/connection.h"

#include <memory>
#include <utility>

#include "c_api/connection_settings.h"
#include "c_api/descriptions.h"
#include "c_api/edge.h"
#include "c_api/host.h"
#include "c_api/reply.h"

using namespace pintle;
using c_api::dereference;
using c_api::guarded;
using c_api::list;
using c_api::text;

namespace {

// The common part of the blocking functions; `fill_reply` fills in the reply.
template <class Ask>
std::int32_t ask(pintle_connection* connection, pintle_cancel* cancel, pintle_reply** out,
                 pintle_error* error, Ask fill_reply) noexcept {
  if (out != nullptr) *out = nullptr;
  const auto stop = c_api::token(cancel);
  return guarded(error, stop, [&] {
    auto& to = dereference(out, "out");
    auto reply = std::make_unique<pintle_reply>();
    fill_reply(dereference(connection, "connection").connection, *reply, stop);
    to = reply.release();
  });
}

}  // namespace

std::int32_t pintle_connection_open(const pintle_host* host,
                                    const pintle_connection_options* options,
                                    pintle_connection** out, pintle_error* error) {
  if (out != nullptr) *out = nullptr;
  return guarded(error, [&] {
    auto& to = dereference(out, "out");
    const auto& from = dereference(host, "host").host;
    const auto given = c_api::sized(options, "pintle_connection_options");
    to = new pintle_connection{from.open(c_api::connection_settings(given, from.options()))};
  });
}

void pintle_connection_destroy(pintle_connection* connection) { delete connection; }

std::int32_t pintle_connection_probe(pintle_connection* connection, pintle_cancel* cancel,
                                     pintle_reply** out, pintle_error* error) {
  return ask(connection, cancel, out, error, [](auto& from, auto& reply, const auto& stop) {
    const auto probe = from.probe(stop);
    reply.status = probe.http_status;
    reply.body = c_api::describe(probe, from.settings().url);
  });
}

std::int32_t pintle_connection_choose(pintle_connection* connection, pintle_cancel* cancel,
                                      pintle_reply** out, pintle_error* error) {
  return ask(connection, cancel, out, error, [](auto& from, auto& reply, const auto& stop) {
    reply.body = c_api::describe(from.choose(stop));
  });
}

std::int32_t pintle_connection_call(pintle_connection* connection, const pintle_call* call,
                                    pintle_cancel* cancel, pintle_reply** out,
                                    pintle_error* error) {
  return ask(connection, cancel, out, error, [&](auto& from, auto& reply, const auto& stop) {
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
  return ask(connection, cancel, out, error, [&](auto& from, auto& reply, const auto& stop) {
    const auto given = text(path, "path");
    const auto url = from.ws_url(given.empty() ? "/api/ws" : given, {}, stop);
    reply.is_secret = true;
    reply.body = url.url.reveal();
    reply.status = url.single_use ? 1 : 0;
  });
}
