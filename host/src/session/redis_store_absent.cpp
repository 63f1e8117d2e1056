// SPDX-License-Identifier: Apache-2.0
#include <pintle/core/base/error.h>

#include "session/redis_store.h"

namespace pintle {

bool is_redis_store(std::string_view name) noexcept {
  return name.starts_with("redis") && name.find("://") != std::string_view::npos;
}

namespace {

Error absent() {
  return Error(Layer::config, "this Pintle was built without Redis")
      .with_user_action()
      .with_hint("Install hiredis (libhiredis-dev) and build Pintle again.");
}

}  // namespace

void check_redis_store(const ConnectionSettings&) { throw absent(); }

std::shared_ptr<SessionStore> make_redis_store(const ConnectionSettings&) { throw absent(); }

}  // namespace pintle
