// SPDX-License-Identifier: Apache-2.0
//
// The settings that the page's form describes. An error names the form's field.
//
// Threads: the functions read files.

#pragma once

#include <pintle/settings.h>

#include "ui/json.h"

namespace pintle::ui {

/// Throws PageError.
GatewayUrl url_of_form(const JsonObject& form);

/// Returns `base` for `url` with what the form has: {"name", "url", "ca_file", "proxy",
/// "allow_plain_http"}. A credential and a scheme belong to one URL. Throws PageError.
ConnectionSettings apply_form(const JsonObject& form, ConnectionSettings base, GatewayUrl url);

}  // namespace pintle::ui
