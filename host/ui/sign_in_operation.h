// SPDX-License-Identifier: Apache-2.0
//
// A sign-in from the page, and who is signed in.
//
// Threads: the functions block, until their stop token is stopped at the latest.

#pragma once

#include <stop_token>
#include <string>

#include <pintle/connection.h>

#include "ui/event_stream.h"
#include "ui/page_sign_in_ui.h"
#include "ui/saved_connections.h"

namespace pintle::ui {

/// {"scheme", "signed_in", "facts", "kept_in"}, as `pintle sign-in --json`.
JsonObject facts_json(const SignInFacts& facts);

struct SignInRequest {
  std::string name;
  std::string provider;
  std::string method;
  bool front = false;  ///< To what stands in front of the gateway, and to nothing else.
};

/// Events: "started" {id}, then those of PageSignInUi, then "done" with `facts_json` and a note.
/// The answers come through `sign_ins`. What was typed for a scheme that stores no session
/// is saved for the connection, as nothing else would keep it.
void run_sign_in(const Host& host, const SavedConnections& saved, SignIns& sign_ins,
                 const SignInRequest& request, EventStream& events, const std::stop_token& cancel);

}  // namespace pintle::ui
