// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <string>

#include "c_api/async.h"
#include "c_api/connection.h"
#include "c_api/edge.h"
#include "c_api/operations.h"
#include "c_api/sign_in_ui.h"

using namespace pintle;

namespace {

using Kept = std::shared_ptr<Connection>;

// `prepare` reads the input and returns what to do with the connection.
template <class Prepare>
std::int32_t begin(pintle_connection* connection, const pintle_async_options* options,
                   pintle_async** out, pintle_error* error, Prepare prepare) noexcept {
  if (out != nullptr) *out = nullptr;
  return c_api::guarded(error, [&] {
    auto& to = c_api::dereference(out, "out");
    const Kept& kept = c_api::dereference(connection, "connection").kept;
    c_api::begin_async(options, prepare(kept), to);
  });
}

}  // namespace

std::int32_t pintle_connection_call_async(pintle_connection* connection, const pintle_call* call,
                                          const pintle_async_options* options, pintle_async** out,
                                          pintle_error* error) {
  return begin(connection, options, out, error, [&](const Kept& kept) {
    return [kept, request = c_api::http_request(call)](auto& reply, const auto& stop) {
      c_api::call(*kept, request, reply, stop);
    };
  });
}

std::int32_t pintle_connection_ws_url_async(pintle_connection* connection, pintle_view path,
                                            const pintle_async_options* options, pintle_async** out,
                                            pintle_error* error) {
  return begin(connection, options, out, error, [&](const Kept& kept) {
    return [kept, given = std::string(c_api::text(path, "path"))](auto& reply, const auto& stop) {
      c_api::ws_url(*kept, given, reply, stop);
    };
  });
}

std::int32_t pintle_connection_probe_async(pintle_connection* connection,
                                           const pintle_async_options* options, pintle_async** out,
                                           pintle_error* error) {
  return begin(connection, options, out, error, [&](const Kept& kept) {
    return [kept](auto& reply, const auto& stop) { c_api::probe(*kept, reply, stop); };
  });
}

std::int32_t pintle_connection_sign_in_async(pintle_connection* connection,
                                             const pintle_sign_in_options* sign_in_options,
                                             const pintle_sign_in_ui* ui,
                                             const pintle_async_options* options,
                                             pintle_async** out, pintle_error* error) {
  return begin(connection, options, out, error, [&](const Kept& kept) {
    return [kept, how = c_api::sign_in_options(sign_in_options),
            user = std::make_shared<c_api::CallbackUi>(ui)](auto& reply, const auto& stop) {
      c_api::sign_in(*kept, how, *user, reply, stop);
    };
  });
}
