// SPDX-License-Identifier: Apache-2.0
//
// A host of the C API. Threads: any.

#pragma once

#include <pintle/host.h>
#include <pintle/pintle.h>

struct pintle_host {
  pintle::Host host;
};
