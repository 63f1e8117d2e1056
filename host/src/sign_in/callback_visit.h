// SPDX-License-Identifier: Apache-2.0
//
// A visit of the user's browser that ends at the loopback listener, or with a pasted address.
//
// Threads: any; the visit calls SignInUi from its own thread.

#pragma once

#include <stop_token>
#include <string>

#include <pintle/core/base/secret.h>
#include <pintle/settings.h>
#include <pintle/sign_in_ui.h>

#include "sign_in/human_wait.h"

namespace pintle {

struct CallbackVisit {
  std::string url;    ///< As the scheme returned it (see visit_url).
  std::string state;  ///< The callback must contain it.
  /// False: the user opens the URL on any machine and pastes the resulting address.
  bool opens_browser = true;
};

struct CallbackVisited {
  Secret callback_url;
  std::string redirect_uri;
};

/// Shows the user the URL, opens it, and blocks until the callback. Throws Error(plugin) for an
/// invalid URL or state, Error(tcp) if it cannot listen, Error(gate) on a timeout or cancel.
CallbackVisited make_visit(const CallbackVisit& visit, const ConnectionSettings& settings,
                           SignInUi& ui, const HumanWait& limit, const std::stop_token& cancel);

}  // namespace pintle
