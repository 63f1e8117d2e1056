// SPDX-License-Identifier: Apache-2.0
//
// The common part of the functions that wait for a connection and return a reply.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <memory>

#include "c_api/connection.h"
#include "c_api/edge.h"
#include "c_api/reply.h"

namespace pintle::c_api {

/// `fill_reply` fills in the reply.
template <class Ask>
std::int32_t reply_of(pintle_connection* connection, pintle_cancel* cancel, pintle_reply** out,
                      pintle_error* error, Ask fill_reply) noexcept {
  if (out != nullptr) *out = nullptr;
  const auto stop = token(cancel);
  return guarded(error, stop, [&] {
    auto& to = dereference(out, "out");
    auto reply = std::make_unique<pintle_reply>();
    fill_reply(dereference(connection, "connection").connection, *reply, stop);
    to = reply.release();
  });
}

}  // namespace pintle::c_api
