// SPDX-License-Identifier: Apache-2.0
//
// What a command is aimed at: a URL, or a connection that was added, with the options that change
// it for this once.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <pintle/host.h>
#include <pintle/registry.h>

#include "command_line.h"
#include "output.h"

namespace pintle::cli {

/// The options by which a connection is described; `add` keeps them, the others use them once.
std::vector<Option> connection_options();

/// `connection_options` and those of one more command.
std::vector<Option> with_connection_options(std::vector<Option> own);

/// The option for the longest message that is accepted on a live connection, and its value.
Option max_message_option();
std::optional<std::uint64_t> max_message(const Invocation& invocation);

/// The settings that the options say, put over `base`. Throws UsageError, Error(config).
ConnectionSettings apply_options(const Invocation& invocation, ConnectionSettings base);

/// The connection to the gateway of the command line, or to the default one (program_settings.h).
/// Throws Error(config), Error(store), UsageError if there is none.
ConnectionSettings target_of(const Invocation& invocation, const HostOptions& options);

/// All of them. What cannot be read of the file is noted on standard error.
std::vector<ConnectionSettings> saved_connections(const ConnectionRegistry& registry);
/// Throws Error(config) if no connection has that name.
ConnectionSettings saved_connection(const ConnectionRegistry& registry, const std::string& name);

ConnectionRegistry registry_of(const HostOptions& options);

/// Keeps which scheme a kept connection used, so that it never steps down quietly.
void remember_scheme(const ConnectionRegistry& registry, const ConnectionSettings& settings,
                     const loading::Choice& choice);

/// Says on standard error where the session could not be kept, and what was mended; as a line of
/// its own kind on standard output as well, for a command that prints `json_lines`.
void tell_of_store(const Connection& connection, bool json_lines = false);

/// Adds the same as the members "store_trouble" and "store_note"; none where all is well.
void add_store(JsonObject& object, const Connection& connection);

/// Tells of the store at the end of a command, however it ends.
class StoreTelling {
 public:
  explicit StoreTelling(const Connection& connection) : connection_(connection) {}
  StoreTelling(const StoreTelling&) = delete;
  StoreTelling& operator=(const StoreTelling&) = delete;
  ~StoreTelling();

 private:
  const Connection& connection_;
};

}  // namespace pintle::cli
