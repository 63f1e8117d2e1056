// SPDX-License-Identifier: Apache-2.0
//
// What the page shows of a probe: the gateway, how it lets users in, and the table of schemes.
//
// Threads: values; `probe_answer` blocks.

#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <pintle/host.h>

#include "ui/json.h"

namespace pintle::ui {

/// The sign-in methods of a provider that the gateway offers, the usual one first: "password",
/// "browser", "paste", "window" (gateway-contract 4).
std::vector<std::string> methods_of(const Probe& probe, const Provider& provider);

/// How the page asks for a credential: {"kind": "token"}, {"kind": "sign-in", "providers": […]}, or
/// {"kind": "none"} if no scheme fits; with "settings" if the scheme declares
/// what a connection may set and the page does not ask for anyway. `scheme` is the chosen one, null
/// if there is none.
JsonObject offer_of(const Probe& probe, const loading::SchemeFacts* scheme);

/// Probes the gateway of `settings`. Never throws for what the gateway answers: the member "error"
/// says it. Sends no credential.
JsonObject probe_answer(const Host& host, const ConnectionSettings& settings,
                        const std::stop_token& cancel);

/// Parses what was typed. If it is no URL, returns nothing and sets "error" and "meant", the URL
/// that was probably meant.
std::optional<GatewayUrl> read_typed_url(const std::string& typed, JsonObject& answer);

}  // namespace pintle::ui
