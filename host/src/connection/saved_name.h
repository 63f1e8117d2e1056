// SPDX-License-Identifier: Apache-2.0
//
// Whether a connection that was opened by its saved name still has that name, and its session the
// same store.
//
// Threads: any.

#pragma once

#include <optional>
#include <string>

#include <pintle/host.h>
#include <pintle/registry.h>

namespace pintle {

class SavedName {
 public:
  /// Reads the registry: a name that an app uses without saving the connection is its own affair.
  SavedName(const HostOptions& options, const ConnectionSettings& settings);

  /// Throws Error(config) if the connection was removed, renamed or given another URL or store
  /// since: a session that is stored under its name now would be nobody's, or another connection's,
  /// or there would be one in two stores.
  void check() const;

 private:
  ConnectionRegistry registry_;
  const std::string name_;
  const GatewayUrl url_;
  const std::optional<std::string> saved_store_;
};

}  // namespace pintle
