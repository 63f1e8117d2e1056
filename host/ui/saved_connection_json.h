// SPDX-License-Identifier: Apache-2.0
//
// A saved connection as the page shows it, without its secrets.
//
// Threads: pure functions; secrets in files are read for their previews.

#pragma once

#include <string>

#include <pintle/settings.h>

#include "ui/json.h"
#include "ui/secret_files.h"

namespace pintle::ui {

/// Returns a text that changes when anything of it changes that the page shows or that a user
/// decides: the page sends it back with a change, so that it never overwrites what it has not
/// shown. Compares within one run of the program.
std::string version_of(const ConnectionSettings& connection, const SecretFiles& secrets);

/// With its "version".
JsonObject settings_json(const ConnectionSettings& connection, const SecretFiles& secrets);

}  // namespace pintle::ui
