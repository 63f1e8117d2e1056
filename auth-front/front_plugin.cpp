// SPDX-License-Identifier: Apache-2.0
//
// The library's table.

#include "basic_scheme.h"
#include "browser_scheme.h"
#include "service_scheme.h"

PINTLE_PLUGIN("pintle-front", PINTLE_FRONT_VERSION, pintle::BasicScheme, pintle::ServiceScheme,
              pintle::BrowserScheme)
