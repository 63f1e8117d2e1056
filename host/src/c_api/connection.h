// SPDX-License-Identifier: Apache-2.0
//
// A connection of the C API. Threads: any.

#pragma once

#include <pintle/connection.h>
#include <pintle/pintle.h>

struct pintle_connection {
  pintle::Connection connection;
};
