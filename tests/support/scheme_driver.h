// SPDX-License-Identifier: Apache-2.0
//
// The driver of a scheme's table that authors of schemes have too.
//
// Threads: the test's.

#pragma once

#include <pintle/testing/scheme_driver.h>
