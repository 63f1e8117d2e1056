// SPDX-License-Identifier: Apache-2.0
#include "connection/saved_name.h"

#include <pintle/core/base/error.h>

namespace pintle {
namespace {

// Where its session is stored; nothing if it is not saved with that URL.
std::optional<std::string> saved_store(const ConnectionRegistry& registry, const std::string& name,
                                       const GatewayUrl& url) {
  const auto saved = registry.find(name);
  if (!saved || saved->url != url) return std::nullopt;
  return saved->session_store.empty() ? "file" : saved->session_store;
}

// The session of a URL is nobody's name.
std::optional<std::string> store_when_opened(const ConnectionRegistry& registry,
                                             const ConnectionSettings& settings) {
  if (registry.file().empty() || settings.name.empty() || settings.shares_url_session) {
    return std::nullopt;
  }
  try {
    return saved_store(registry, settings.name, settings.url);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

SavedName::SavedName(const HostOptions& options, const ConnectionSettings& settings)
    : registry_(options.paths.connections),
      name_(settings.name),
      url_(settings.url),
      saved_store_(store_when_opened(registry_, settings)) {}

void SavedName::check() const {
  if (!saved_store_) return;
  try {
    if (saved_store(registry_, name_, url_) == saved_store_) return;
  } catch (const Error&) {
    return;  // a new session must not be lost to a file that cannot be read
  }
  throw Error(Layer::config, "the connection " + name_ + " was removed or changed in the meantime")
      .with_user_action()
      .with_hint("Sign in to the connection as it is now: pintle list shows them.");
}

}  // namespace pintle
