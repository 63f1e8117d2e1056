// SPDX-License-Identifier: Apache-2.0
//
// A saved connection as the page shows it, without its secrets.
//
// Threads: pure functions; secrets in files are read for their previews.

#pragma once

#include <pintle/settings.h>

#include "ui/json.h"
#include "ui/secret_files.h"

namespace pintle::ui {

JsonObject settings_json(const ConnectionSettings& connection, const SecretFiles& secrets);

}  // namespace pintle::ui
