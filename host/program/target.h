// What a command is aimed at: a URL, or a connection that was added, with the options that change
// it for this once.

#pragma once

#include <string>
#include <vector>

#include <pintle/host.h>
#include <pintle/registry.h>

#include "command_line.h"

namespace pintle::program {

/// The options by which a connection is described; `add` keeps them, the others use them once.
std::vector<Option> connection_options();

/// `connection_options` and those of one more command.
std::vector<Option> with_connection_options(std::vector<Option> own);

/// The settings that the options say, put over `base`. Throws UsageError, Error(config).
ConnectionSettings apply_options(const Invocation& invocation, ConnectionSettings base);

/// The connection that the first operand names, or a new one to the URL that it is. Throws
/// Error(config), Error(store).
ConnectionSettings target_of(const Invocation& invocation, const ConnectionRegistry& registry);

ConnectionRegistry registry_of(const HostOptions& options);

/// Keeps which scheme a kept connection used, so that it never steps down quietly.
void remember_scheme(const ConnectionRegistry& registry, const ConnectionSettings& settings,
                     const loading::Choice& choice);

}  // namespace pintle::program
