// SPDX-License-Identifier: Apache-2.0
//
// Choosing the scheme for a gateway: the scores, then the policy, then a fixed tie-break.
//
// The result is a table of every scheme with its verdict and why; a failure's message contains it.

#pragma once

#include <string>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/gateway/probe.h>
#include <pintle/loading/catalogue.h>
#include <pintle/loading/loader.h>

namespace pintle::loading {

/// What stands above the scores.
struct ChoicePolicy {
  /// The scheme that the user named; empty: the best that fits.
  std::string named;
  /// The strength of the scheme that this connection used last: nothing weaker is taken unless it
  /// is named.
  int least_strength = 0;
  /// The settings let a secret travel over plain http to a host that is not this machine.
  bool allow_plain_http = false;
};

enum class Verdict { chosen, fits, does_not_fit, refused };

/// "chosen", "fits", "does not fit", "refused".
const char* name_of(Verdict verdict) noexcept;

struct SchemeFit {
  std::string scheme;  ///< The id; the plugin's name where the entry has no scheme.
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

/// Loads as few libraries as it can: in the order of what the manifests promise, until one keeps
/// its promise better than the rest could. Ties: the stronger, then the id that comes first. Throws
/// Error(plugin) with the table in its text where none fits, Error(config) where the named one is
/// not there or may not be used, or if plain http alone stands against a scheme that fits; before
/// any secret is touched in all cases.
Choice choose(const Catalogue& catalogue, Loader& loader, const Probe& probe, const GatewayUrl& url,
              const ChoicePolicy& policy);

}  // namespace pintle::loading
