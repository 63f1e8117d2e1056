// SPDX-License-Identifier: Apache-2.0
//
// Formats a probe and a scheme choice as JSON.
//
// Threads: pure functions.

#pragma once

#include <string>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/gateway/probe.h>
#include <pintle/loading/chooser.h>

namespace pintle::c_api {

std::string describe(const Probe& probe, const GatewayUrl& url);
std::string describe(const loading::Choice& choice);

}  // namespace pintle::c_api
