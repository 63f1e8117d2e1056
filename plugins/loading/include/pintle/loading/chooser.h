// SPDX-License-Identifier: Apache-2.0
//
// Chooses the scheme for a gateway by score, policy and a fixed tie-break.
//
// The result lists every scheme with its verdict and the reason; the message of a failure includes
// the list.

#pragma once

#include <string>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/gateway/probe.h>
#include <pintle/loading/catalogue.h>
#include <pintle/loading/loader.h>

namespace pintle::loading {

/// Constraints that take precedence over the scores.
struct ChoicePolicy {
  /// The scheme named by the user; empty: the best match.
  std::string named;
  /// The strength of the scheme that this connection used last: a weaker one is chosen only if the
  /// user named it.
  int least_strength = 0;
  /// True if the settings allow a secret over plain http to another machine.
  bool allow_plain_http = false;
};

enum class Verdict { chosen, fits, does_not_fit, refused };

/// "chosen", "fits", "does not fit", "refused".
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
  std::vector<SchemeFit> table;  ///< The chosen scheme first, then by score, then by id.
};

/// Chooses the scheme with the best score; ties: the greater strength, then the first id. Loads
/// libraries in the order of their manifests' maximum scores and stops once no remaining one can
/// score higher.
///
/// Throws Error(plugin) with the table in its message if no scheme matches, Error(config) if the
/// named scheme is missing or not allowed, or if only plain http prevents a matching one. Reads no
/// secret.
Choice choose(const Catalogue& catalogue, Loader& loader, const Probe& probe, const GatewayUrl& url,
              const ChoicePolicy& policy);

}  // namespace pintle::loading
