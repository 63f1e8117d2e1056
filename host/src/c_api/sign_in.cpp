// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "c_api/operations.h"
#include "c_api/reply_of.h"
#include "c_api/sign_in_descriptions.h"
#include "c_api/sign_in_ui.h"

using namespace pintle;

std::int32_t pintle_connection_sign_in(pintle_connection* connection,
                                       const pintle_sign_in_options* options,
                                       const pintle_sign_in_ui* ui, pintle_cancel* cancel,
                                       pintle_reply** out, pintle_error* error) {
  return c_api::reply_of(connection, cancel, out, error,
                         [&](auto& from, auto& reply, const auto& stop) {
                           c_api::CallbackUi user(ui);
                           c_api::sign_in(from, c_api::sign_in_options(options), user, reply, stop);
                         });
}

std::int32_t pintle_connection_sign_out(pintle_connection* connection, pintle_cancel* cancel,
                                        pintle_reply** out, pintle_error* error) {
  pintle_reply* reply = nullptr;
  const auto layer = c_api::reply_of(
      connection, cancel, &reply, error, [](auto& from, auto& made, const auto& stop) {
        made.body = c_api::describe_signed_out(from, from.sign_out(stop));
      });
  if (out != nullptr) {
    *out = reply;
  } else {
    pintle_reply_destroy(reply);
  }
  return layer;
}

std::int32_t pintle_connection_status(pintle_connection* connection, pintle_cancel* cancel,
                                      pintle_reply** out, pintle_error* error) {
  return c_api::reply_of(connection, cancel, out, error,
                         [](auto& from, auto& reply, const auto& stop) {
                           reply.body = c_api::describe_status(from, stop);
                         });
}
