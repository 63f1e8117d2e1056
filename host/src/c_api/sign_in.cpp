// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <utility>

#include <pintle/connection.h>
#include <pintle/core/base/error.h>
#include <pintle/pintle.h>

#include "c_api/edge.h"
#include "c_api/reply_of.h"
#include "c_api/sign_in_descriptions.h"
#include "c_api/sign_in_ui.h"

using namespace pintle;
using c_api::list;
using c_api::text;

namespace {

SignInOptions sign_in_options(const pintle_sign_in_options& given) {
  SignInOptions options;
  options.method = text(given.method, "method");
  options.provider = text(given.provider, "provider");
  for (const auto& one : list(given.given, given.given_count, "given")) {
    options.given.insert_or_assign(std::string(text(one.name, "given")),
                                   std::string(text(one.value, "given")));
  }
  if (given.user_timeout_ms < 0) c_api::refuse("user_timeout_ms is negative");
  if (given.user_timeout_ms != 0) options.user_timeout_ms = given.user_timeout_ms;
  options.front_only = (given.flags & PINTLE_SIGN_IN_FRONT_ONLY) != 0;
  return options;
}

// The scheme took what it was given and has no use for it: an empty answer.
Error nobody_signed_in(const SignInFacts& facts) {
  const auto why = facts.facts.find("why");
  return Error(Layer::gate,
               why == facts.facts.end() ? "the sign-in gave no credential" : why->second)
      .with_sign_in();
}

}  // namespace

std::int32_t pintle_connection_sign_in(pintle_connection* connection,
                                       const pintle_sign_in_options* options,
                                       const pintle_sign_in_ui* ui, pintle_cancel* cancel,
                                       pintle_reply** out, pintle_error* error) {
  return c_api::reply_of(
      connection, cancel, out, error, [&](auto& from, auto& reply, const auto& stop) {
        const auto how =
            sign_in_options(c_api::sized_or_default(options, "pintle_sign_in_options"));
        c_api::CallbackUi user(ui);
        const auto facts = from.sign_in(how, user, stop);
        if (!facts.signed_in) throw nobody_signed_in(facts);
        reply.body = c_api::describe_signed_in(from, facts);
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
