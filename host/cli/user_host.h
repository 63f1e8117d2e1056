// SPDX-License-Identifier: Apache-2.0
//
// How a command begins: this user's host and saved connections, and the connection to the gateway
// that the command is for.
//
//     const UserHost user;
//     auto connection = user.open(invocation);
//
// Threads: the main thread alone.

#pragma once

#include <string>
#include <vector>

#include <pintle/host.h>
#include <pintle/registry.h>

#include "command_line.h"

namespace pintle::cli {

class UserHost {
 public:
  /// Connects to nothing. Throws Error(config, store) if this user's settings are unusable.
  UserHost();

  const Host& host() const noexcept { return host_; }
  const HostOptions& options() const noexcept { return host_.options(); }
  const Paths& paths() const noexcept { return options().paths; }
  const ConnectionRegistry& registry() const noexcept { return registry_; }

  /// Returns all saved connections. Throws Error(store) if their file is damaged or unreadable.
  std::vector<ConnectionSettings> saved_connections() const;
  /// Throws Error(config) if no connection has that name.
  ConnectionSettings saved_connection(const std::string& name) const;

  /// Returns the settings for the gateway of the command line, or for the default one
  /// (program_settings.h), changed by the command's options. Throws Error(config), Error(store), or
  /// UsageError if there is no gateway.
  ConnectionSettings settings_for(const Invocation& invocation) const;

  /// Returns a connection with those settings. It sends nothing yet. Throws as `Host::open` does.
  Connection open(const Invocation& invocation) const;
  Connection open(ConnectionSettings settings) const;

  /// Saves which scheme a saved connection used, so that it never steps down quietly.
  void remember_scheme(Connection& connection) const;

 private:
  const Host host_;
  const ConnectionRegistry registry_;
};

}  // namespace pintle::cli
