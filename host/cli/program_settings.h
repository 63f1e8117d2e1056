// SPDX-License-Identifier: Apache-2.0
//
// What the program takes where the command line says nothing: the gateway, and the credential that
// goes with it. The command line comes before the environment, and that before the settings file
// (Poco::Util::LayeredConfiguration).
//
// Threads: values; the functions read the environment and the file.

#pragma once

#include <optional>
#include <string>

#include <pintle/host.h>
#include <pintle/secret_source.h>

#include "command_line.h"

namespace pintle::cli {

/// The gateway that a command is for.
struct DefaultGateway {
  std::string target;  ///< A connection's name or a URL; empty: there is none.
  std::string source;  ///< For display: "PINTLE_GATEWAY".
  /// Of the environment, and for this gateway alone: a token that is exported for one gateway must
  /// not be sent to another one that is named on the command line.
  std::optional<SecretSource> token{};
  std::string ca_file{};
};

/// What the command line names, else PINTLE_GATEWAY with PINTLE_TOKEN_FILE and PINTLE_CA_FILE, else
/// HERMES_DESKTOP_REMOTE_URL with HERMES_DESKTOP_REMOTE_TOKEN, else the current one (`pintle use`).
/// Throws Error(store) if the file cannot be read.
DefaultGateway default_gateway(const Invocation& invocation, const Paths& paths);

/// PINTLE_TIMEOUT in seconds, unless --timeout is given. Throws UsageError.
std::optional<long long> timeout_seconds(const Invocation& invocation);

/// The current gateway, which `pintle use` sets; empty: none. Throws Error(store).
std::string current_gateway(const Paths& paths);
/// Empty: none any more. Throws Error(store), and then it is as it was.
void set_current_gateway(const Paths& paths, const std::string& target);

}  // namespace pintle::cli
