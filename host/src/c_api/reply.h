// SPDX-License-Identifier: Apache-2.0
//
// The reply of a C API call.
//
// Threads: any; it never changes.

#pragma once

#include <cstdint>
#include <string>

#include <pintle/core/base/secret.h>
#include <pintle/core/http/headers.h>
#include <pintle/pintle.h>

struct pintle_reply {
  std::int32_t status = 0;
  std::string body{};
  pintle::Headers headers{};
  bool is_secret = false;  ///< The body is wiped on destruction.

  pintle_reply() = default;
  pintle_reply(const pintle_reply&) = delete;
  pintle_reply& operator=(const pintle_reply&) = delete;
  ~pintle_reply() {
    if (is_secret) pintle::wipe(body);
  }
};
