// SPDX-License-Identifier: Apache-2.0
//
// A connection of the C API. Threads: any.

#pragma once

#include <memory>
#include <utility>

#include <pintle/connection.h>
#include <pintle/pintle.h>

struct pintle_connection {
  explicit pintle_connection(pintle::Connection made)
      : kept(std::make_shared<pintle::Connection>(std::move(made))), connection(*kept) {}

  const std::shared_ptr<pintle::Connection> kept;  // For operations that outlive this handle.
  pintle::Connection& connection;
};
