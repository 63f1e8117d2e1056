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

  /// Returns the settings that a form describes: {"name", "url", "ca_file", "proxy",
  /// "allow_plain_http"}. What the form does not have is that of the saved connection with this
  /// name; but a credential and a scheme belong to one URL. Throws Error(config).
  ConnectionSettings read_form(const JsonObject& form, GatewayUrl url) const;
  /// Saves what the form describes; it replaces a connection only with {"replace": true}. Returns a
  /// note for the user, or nothing. Throws Error(config, store).
  std::string put(const JsonObject& form) const;
  /// Saves a typed secret as an input of a connection. Throws Error(config, store).
  void put_secret(const std::string& name, const std::string& key, const Secret& secret) const;
  /// Also deletes its session and its typed secrets. Returns a note for the user, or nothing.
  std::string remove(const std::string& name) const;
  /// Makes it the one that commands use by default; empty: none.
  void make_current(const std::string& name) const;
  /// Saves which scheme the connection used, so that it never steps down silently.
  void remember_scheme(Connection& connection) const;

  /// What the gateway of a connection answered last, to be shown at once.
  void remember_answer(const ConnectionSettings& settings, const JsonObject& answer)
      PINTLE_EXCLUDES(mutex_);

 private:
  JsonObject to_json(const ConnectionSettings& connection, const std::string& current) const
      PINTLE_EXCLUDES(mutex_);

  const Host& host_;
  const UiOptions& options_;
  ConnectionRegistry registry_;
  SecretFiles secrets_;
  mutable Mutex mutex_;
  std::map<std::string, JsonObject::Ptr> answers_ PINTLE_GUARDED_BY(mutex_);  // by name and URL
};

}  // namespace pintle::ui
