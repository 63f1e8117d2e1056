// SPDX-License-Identifier: Apache-2.0
//
// What the front schemes share: reading what they are given, and their errors.
//
// Threads: pure functions.

#pragma once

#include <string>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/scheme.h>

namespace pintle::front {

/// Moves a secret out of an answer. Throws Error(config) that names its source, and never what was
/// read, if it is empty or cannot be sent in a header.
Secret take_secret(plugin::AskAnswer& answer, const std::string& key);

/// The error of a front without a credential: "there is no password for …".
Error missing(const std::string& what, const std::string& hint);

/// A front has no WebSocket of its own.
Error no_websocket();

}  // namespace pintle::front
