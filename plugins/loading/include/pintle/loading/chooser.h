// SPDX-License-Identifier: Apache-2.0
//
// Chooses the scheme for a gateway: by score, then by policy, then by a fixed tie-break.
//
// The result includes a table of all schemes with verdict and reason; on failure the error message
// contains it.

/// @file
/// @snippet reference/loading.cpp choose

#pragma once

#include <string>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/gateway/probe.h>
#include <pintle/loading/catalogue.h>
#include <pintle/loading/loader.h>

namespace pintle::loading {

/// Rules that override the scores.
struct ChoicePolicy {
  /// The scheme that the user named; empty: the best match.
  std::string named;
  /// The strength of the scheme that this connection used last. A weaker one must be named.
  int least_strength = 0;
  /// Whether secrets may be sent over plain http to another machine.
  bool allow_plain_http = false;
  /// Whether the gateway's profile requires a greeting on the WebSocket if the gate is on.
  bool needs_greeting = false;
  /// The gateway was not probed: only `named` is considered, by its name alone.
  bool is_unprobed = false;
};

enum class Verdict {
  chosen,
  fits,
  may_fit,  ///< Its manifest fits; it was not asked, as the chosen one is preferred anyway.
  does_not_fit,
  refused
};

/// Returns "chosen", "fits", "may fit", "does not fit" or "refused".
const char* name_of(Verdict verdict) noexcept;

struct SchemeFit {
  std::string scheme;  ///< The id; the plugin's name if the entry has no scheme.
  std::string where;
  int score = 0;
  Verdict verdict = Verdict::does_not_fit;
  std::string why;
};

struct Choice {
  const pintle_scheme* scheme = nullptr;
  SchemeFacts facts;
  std::string where;
  std::vector<SchemeFit> table;  ///< The chosen one first, then by score, then by id.
};

/// Chooses a scheme and loads it. Loads as few libraries as possible: in descending order of the
/// manifests' scores, until no other manifest promises more than the best score so far. On a tie
/// the stronger scheme wins, then the first id. Throws Error(plugin) with the table if no scheme
/// fits; Error(config) if the named scheme is missing or not allowed, or if a fitting scheme is
/// refused only because of plain http. Never reads a secret.
Choice choose(const Catalogue& catalogue, Loader& loader, const Probe& probe, const GatewayUrl& url,
              const ChoicePolicy& policy);

}  // namespace pintle::loading
