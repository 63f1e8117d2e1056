// SPDX-License-Identifier: Apache-2.0
//
// The options by which a connection is described: `add` saves them, the other commands use them
// once.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/settings.h>

#include "command_line.h"

namespace pintle::cli {

/// Those that can be saved.
std::vector<Option> connection_options();

/// `own`, `connection_options` and --token-stdin.
std::vector<Option> with_connection_options(std::vector<Option> own);

/// The option for the longest message that is accepted on a live connection, and its value.
Option max_message_option();
std::optional<std::uint64_t> max_message(const Invocation& invocation);

/// The option for the trace context of a request, and the `traceparent` to send; empty: none.
/// Throws UsageError if it is invalid.
Option traceparent_option();
std::string traceparent(const Invocation& invocation);

/// Returns the gateway at the URL that the user gave. Throws UsageError if it has a query or a
/// fragment, which a gateway's URL cannot have, and Error(config) if it is no URL.
GatewayUrl typed_gateway_url(const std::string& text);

/// Returns `file` as an absolute path.
std::string absolute_file(const std::string& file);

/// Returns `base`, changed by the options of the command line. Throws UsageError, Error(config).
ConnectionSettings apply_options(const Invocation& invocation, ConnectionSettings base);
/// The same for --store and --store-… alone.
void apply_store(const Invocation& invocation, ConnectionSettings& base);
/// Selects the store `where`; the secrets and settings of another one are dropped.
void use_store(ConnectionSettings& base, const std::string& where);

}  // namespace pintle::cli
