// SPDX-License-Identifier: Apache-2.0
//
// The settings that the page's form describes. An error names the form's field.
//
// Threads: the functions read files.

#pragma once

#include <pintle/loading/catalogue.h>
#include <pintle/settings.h>

#include "ui/json.h"

namespace pintle::ui {

/// Throws PageError.
GatewayUrl url_of_form(const JsonObject& form);

/// Returns `base` for `url` with what the form has: {"name", "url", "ca_file",
/// "client_certificate", "client_key", "proxy", "allow_plain_http"}, and "settings", an object with
/// what its scheme declares; an empty text is the default. A credential and a scheme belong to one
/// URL. Throws PageError.
ConnectionSettings apply_form(const JsonObject& form, ConnectionSettings base, GatewayUrl url);

/// Throws PageError if a setting of the form is one that a scheme of `catalogue` declares as a
/// secret: it would be saved where anybody can read it.
void check_no_secret(const JsonObject& form, const loading::Catalogue& catalogue);

}  // namespace pintle::ui
