// SPDX-License-Identifier: Apache-2.0
//
// Errors on their way over the C edge, in both directions.
//
// Threads: functions without state.

#pragma once

#include <cstdint>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/plugin.h>

namespace pintle {

/// What a scheme returned, as an Error. Its texts are made printable: a scheme may be careless, or
/// not what it says. A code that is none of the list is Error(plugin).
Error error_from(std::int32_t code, const pintle_error& told, const std::string& scheme_id);

/// An Error as an answer carries it; texts are cut to fit.
pintle_error abi_error(const Error& error);

}  // namespace pintle
