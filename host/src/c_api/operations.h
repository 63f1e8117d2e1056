// SPDX-License-Identifier: Apache-2.0
//
// What both the waiting and the asynchronous functions of a connection do: read the app's input,
// and fill in a reply.
//
// Threads: any.

#pragma once

#include <stop_token>
#include <string>

#include <pintle/connection.h>
#include <pintle/pintle.h>

#include "c_api/reply.h"

namespace pintle::c_api {

/// Copies of the app's input. Throw Error(config) if it is invalid.
HttpRequest http_request(const pintle_call* call);
SignInOptions sign_in_options(const pintle_sign_in_options* options);

/// Each throws as the function of Connection does.
void call(Connection& connection, HttpRequest request, pintle_reply& reply,
          const std::stop_token& cancel);
void ws_url(Connection& connection, const std::string& path, pintle_reply& reply,
            const std::stop_token& cancel);
void probe(Connection& connection, pintle_reply& reply, const std::stop_token& cancel);
/// Also throws if nobody is signed in after it.
void sign_in(Connection& connection, const SignInOptions& options, SignInUi& ui,
             pintle_reply& reply, const std::stop_token& cancel);

}  // namespace pintle::c_api
