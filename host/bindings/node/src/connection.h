// SPDX-License-Identifier: Apache-2.0
//
// The functions of the addon for hosts and connections. Each takes what lib/ has checked.
//
// Threads: [js].

#pragma once

#include <napi.h>

#include "environment.h"
#include "operation.h"

namespace pintle_node {

using HostBox = HandleBox<pintle_host>;
using ConnectionBox = HandleBox<pintle_connection>;

Napi::Value new_host(const Napi::CallbackInfo& info);         // (options, id)
Napi::Value close_host(const Napi::CallbackInfo& info);       // (host)
Napi::Value open_connection(const Napi::CallbackInfo& info);  // (host, options)
Napi::Value close_connection(const Napi::CallbackInfo& info);
Napi::Value counters(const Napi::CallbackInfo& info);  // (connection)

/// Each begins an operation with the number `id`, which the function that is told of its end gets.
Napi::Value probe(const Napi::CallbackInfo& info);     // (connection, id)
Napi::Value choose(const Napi::CallbackInfo& info);    // (connection, id)
Napi::Value status(const Napi::CallbackInfo& info);    // (connection, id)
Napi::Value sign_out(const Napi::CallbackInfo& info);  // (connection, id)
Napi::Value ws_url(const Napi::CallbackInfo& info);    // (connection, id, path)
Napi::Value call(const Napi::CallbackInfo& info);      // (connection, id, {method, target, …})
Napi::Value sign_in(const Napi::CallbackInfo& info);   // (connection, id, options, ui)
Napi::Value doctor(const Napi::CallbackInfo& info);    // (host, id, connection options)

}  // namespace pintle_node
