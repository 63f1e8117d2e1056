// SPDX-License-Identifier: Apache-2.0
#include "connection/saved_name.h"

#include <pintle/core/base/error.h>

namespace pintle {
namespace {

bool is_saved_in(const ConnectionRegistry& registry, const std::string& name,
                 const GatewayUrl& url) {
  const auto saved = registry.find(name);
  return saved && saved->url == url;
}

// The session of a URL is nobody's name.
bool was_saved_in(const ConnectionRegistry& registry, const ConnectionSettings& settings) {
  if (registry.file().empty() || settings.name.empty() || settings.shares_url_session) return false;
  try {
    return is_saved_in(registry, settings.name, settings.url);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

SavedName::SavedName(const HostOptions& options, const ConnectionSettings& settings)
    : registry_(options.paths.connections),
      name_(settings.name),
      url_(settings.url),
      was_saved_(was_saved_in(registry_, settings)) {}

void SavedName::check() const {
  if (!was_saved_) return;
  try {
    if (is_saved_in(registry_, name_, url_)) return;
  } catch (const Error&) {
    return;  // a new session must not be lost to a file that cannot be read
  }
  throw Error(Layer::config, "the connection " + name_ + " was removed or changed in the meantime")
      .with_user_action()
      .with_hint("Sign in to the connection as it is now: pintle list shows them.");
}

}  // namespace pintle
