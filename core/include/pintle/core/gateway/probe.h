// SPDX-License-Identifier: Apache-2.0
//
// What a gateway says of itself to somebody who shows no credential (gateway-contract 2).
//
// Threads: values and pure functions. Texts are kept as they came, cut to a bound: pass them
// through `printable()` before you show them.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>

namespace pintle {

/// The longest answer that is read, in bytes.
inline constexpr std::size_t kLongestProbeAnswer = 256 * 1024;

/// Somebody who vouches for the user: the gateway's own passwords, or an identity provider.
struct Provider {
  std::string name;          ///< What the gateway calls it; unique, never empty.
  std::string display_name;  ///< For people; the name where the gateway gave none.
  bool supports_password = false;

  friend bool operator==(const Provider&, const Provider&) = default;
};

struct Probe {
  int http_status = 0;
  std::string version;
  std::string release_date;
  std::string install_id;  ///< The same behind two URLs of one gateway; empty on older ones.
  std::string overall;
  /// True where the gate is on. A gateway that has a version and does not say is from before the
  /// gate.
  bool auth_required = false;
  std::vector<Provider> providers;
  /// True where /api/auth/providers described them; else their names alone are known, and whether
  /// one takes a password must be tried.
  bool providers_described = false;
  std::vector<std::string> auth_flows;  ///< "cookie", "native_pkce"; empty on older gateways.
  std::string body;                     ///< The status as it came, for schemes that look at more.

  bool has_flow(std::string_view flow) const noexcept;
  const Provider* find_provider(std::string_view name) const noexcept;
};

/// Reads the answer to GET /api/status. Throws Error with the layer of whoever answered: see
/// classify_response() for what is not a 200; Error(protocol) where the body is missing, longer
/// than kLongestProbeAnswer, not a JSON object of UTF-8, nested deeper than 64, names a field that
/// matters twice, or holds an `auth_required` that is not true or false (it is never guessed).
/// Other fields of a wrong type count as missing, wrong elements of a list are skipped.
Probe read_status(const HttpResponse& response, const GatewayUrl& gateway);

/// Reads the answer to GET /api/auth/providers into `probe`. 404 (from before the gate), 503 (none
/// is registered) and an empty list leave the names that the status gave. Throws as read_status
/// does; `probe` is then as it was.
void read_providers(const HttpResponse& response, const GatewayUrl& gateway, Probe& probe);

/// The answer to GET /api/health.
struct Health {
  bool ok = false;
  std::string version;
  std::optional<bool> auth_required;
};

/// Nothing where the gateway is too old to have one (404). Throws as read_status does.
std::optional<Health> read_health(const HttpResponse& response, const GatewayUrl& gateway);

}  // namespace pintle
