// SPDX-License-Identifier: Apache-2.0
//
// What a connection lacks before it can be used, and the command that gives it.

#pragma once

#include <optional>
#include <string>

#include <pintle/connection.h>
#include <pintle/core/base/error.h>
#include <pintle/loading/manifest.h>
#include <pintle/secret_source.h>
#include <pintle/settings.h>

namespace pintle::cli {

/// Returns the secret of `settings` whose file does not exist; nothing if there is none.
std::optional<SecretSource> missing_secret_file(const ConnectionSettings& settings);

/// Returns what to do about it, as a sentence for the user.
std::string hint_for_missing(const SecretSource& file);

/// Returns true if a user of `scheme` has nothing to sign in to: it takes a token of the settings.
bool takes_only_token(const loading::SchemeFacts& scheme);

/// Returns the command that gives `settings` the credential which `scheme` needs:
/// "pintle sign-in home", or "pintle add --replace home URL --token-file FILE".
std::string command_for_credential(const ConnectionSettings& settings,
                                   const loading::SchemeFacts& scheme);

/// Returns what a running broker or command lacks while nobody is signed in to `connection`, and
/// what to do, as a part of a sentence: "requests get a 503 until …".
std::string lack_of_credential(Connection& connection, const SignInFacts& facts);

/// Returns why the connection `name` cannot be used, and where to look.
std::string not_usable(const Error& why, const std::string& name);

/// Returns what to do next with the saved connection `settings`, as a sentence that begins with a
/// capital letter. Probes the gateway, and reads no secret. Throws Error if that fails.
std::string next_step(Connection& connection, bool has_session);

}  // namespace pintle::cli
