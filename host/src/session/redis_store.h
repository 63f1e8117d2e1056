// SPDX-License-Identifier: Apache-2.0
//
// The session store on Redis, if Pintle was built with it.
//
// Threads: any.

#pragma once

#include <memory>
#include <string_view>

#include <pintle/session_store.h>
#include <pintle/settings.h>

namespace pintle {

/// True if `name`, of `ConnectionSettings::session_store`, is a URL of Redis.
bool is_redis_store(std::string_view name) noexcept;

/// Throws Error(config) if the settings of such a store are not valid.
void check_redis_store(const ConnectionSettings& settings);

/// Returns the store that `settings` select, whose `session_store` is a URL of Redis. Connections
/// of one process to one Redis share its connections. Reads the keys; connects at the first use.
/// Throws Error(config).
std::shared_ptr<SessionStore> make_redis_store(const ConnectionSettings& settings);

}  // namespace pintle
