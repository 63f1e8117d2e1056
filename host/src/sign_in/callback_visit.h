// SPDX-License-Identifier: Apache-2.0
//
// A visit of the user's browser that ends at the loopback listener, or with what they paste in.
//
// Threads: any; the user is called from a thread of the visit's own.

#pragma once

#include <stop_token>
#include <string>

#include <pintle/core/base/secret.h>
#include <pintle/settings.h>
#include <pintle/sign_in_ui.h>

#include "sign_in/human_wait.h"

namespace pintle {

struct CallbackVisit {
  std::string url;    ///< As the scheme gave it (see visit_url).
  std::string state;  ///< What ends the visit has to carry it.
  /// False: the user opens the URL where they like, and pastes what comes of it.
  bool opens_browser = true;
};

struct CallbackVisited {
  Secret callback_url;
  std::string redirect_uri;
};

/// Tells the user the URL, opens it, and waits. Throws Error(plugin) for a URL or state that
/// cannot be, Error(tcp) where nothing can listen, Error(gate) where the time is over or it was
/// cancelled.
CallbackVisited make_visit(const CallbackVisit& visit, const ConnectionSettings& settings,
                           SignInUi& ui, const HumanWait& limit, const std::stop_token& cancel);

}  // namespace pintle
