// SPDX-License-Identifier: Apache-2.0
//
// The saved connections, as the page lists and changes them.
//
// Threads: any.

#pragma once

#include <map>
#include <optional>
#include <string>

#include <pintle/host.h>
#include <pintle/registry.h>

#include "base/mutex.h"
#include "ui/json.h"
#include "ui/secret_files.h"
#include "ui/ui_options.h"

namespace pintle::ui {

class SavedConnections {
 public:
  /// Both references must outlive this.
  SavedConnections(const Host& host, const UiOptions& options);

  /// Adds the members "connections" and, if there is something wrong with their file, "warning".
  void list(JsonObject& state) const PINTLE_EXCLUDES(mutex_);
  /// Throws Error(config) if no connection has that name.
  ConnectionSettings find(const std::string& name) const;

  /// Returns the settings that a form describes: {"was", "name", "url", "ca_file",
  /// "client_certificate", "client_key", "proxy", "allow_plain_http"}. "was" is the name of the
  /// connection that is changed, empty for a new one. What the form does not have is that of the
  /// saved connection; but a credential and a scheme belong to one URL. Throws PageError.
  ConnectionSettings read_form(const JsonObject& form, GatewayUrl url) const;
  /// Saves what the form describes. To change a connection it also needs the "version" that the
  /// page has shown. A new name takes the session and the typed secrets along. Returns {"note" (for
  /// the user, may be empty), "version"}. Throws PageError, Error(config, store).
  JsonObject put(const JsonObject& form) const;
  /// Saves a typed secret as an input of the connection that it was asked for. Throws PageError,
  /// Error(config, store); Error(config) if that is for another gateway or scheme by now.
  void put_secret(const ConnectionSettings& typed_for, const std::string& key,
                  const Secret& secret) const;
  /// The same for what stands in front of the gateway, with its settings.
  void put_front(const ConnectionSettings& typed_for, const std::map<std::string, Secret>& secrets,
                 const std::map<std::string, std::string>& settings) const;
  /// Returns `connection` without what `put_front` saved for it.
  ConnectionSettings without_typed_front(ConnectionSettings connection) const;
  /// The same if the page has shown `version`. Returns the version that it has now.
  std::string put_secret(const std::string& name, const std::string& version,
                         const std::string& key, const Secret& secret) const;
  /// Also deletes its session and its typed secrets, if the page has shown `version`. Returns a
  /// note for the user, or nothing. Throws PageError, Error(config, store).
  std::string remove(const std::string& name, const std::string& version) const;
  /// Makes it the current one; empty: none is.
  void make_current(const std::string& name) const;
  /// Saves which scheme the connection used, so that it never steps down silently.
  void remember_scheme(Connection& connection) const;

  /// What the gateway of a connection answered last, to be shown at once.
  void remember_answer(const ConnectionSettings& settings, const JsonObject& answer)
      PINTLE_EXCLUDES(mutex_);

 private:
  JsonObject to_json(const ConnectionSettings& connection, const std::string& current) const
      PINTLE_EXCLUDES(mutex_);
  bool is_current(const std::string& name) const;
  // Throws PageError if it is not what the page has shown.
  ConnectionSettings find_shown(const std::string& name, const std::string& version) const;
  void check_name(const std::string& name, const std::string& was) const;
  std::string replace(const ConnectionSettings& before, ConnectionSettings after) const;
  // Throws Error(config) if the connection is for another gateway or scheme by now.
  ConnectionSettings find_typed_for(const ConnectionSettings& typed_for) const;
  using Inputs = std::map<std::string, SecretSource> ConnectionSettings::*;
  void save_secret(const ConnectionSettings& before, Inputs inputs, const std::string& key,
                   const Secret& secret) const;

  const Host& host_;
  const UiOptions& options_;
  ConnectionRegistry registry_;
  SecretFiles secrets_;
  mutable Mutex mutex_;
  std::map<std::string, JsonObject::Ptr> answers_ PINTLE_GUARDED_BY(mutex_);  // by name and URL
};

}  // namespace pintle::ui
