// SPDX-License-Identifier: Apache-2.0
//
// Converts errors between the C ABI and C++.
//
// Threads: pure functions.

#pragma once

#include <cstdint>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/plugin.h>

namespace pintle {

/// Converts a scheme's error. Makes its texts printable: a scheme may be careless or hostile. An
/// unknown code becomes Error(plugin).
Error error_from(std::int32_t code, const pintle_error& note, const std::string& scheme_id);

/// Converts an Error for the C ABI; cuts its texts to fit.
pintle_error abi_error(const Error& error);

}  // namespace pintle
