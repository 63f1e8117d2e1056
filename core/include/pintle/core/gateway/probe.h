// SPDX-License-Identifier: Apache-2.0
//
// What a gateway reports about itself without a credential (gateway-contract 2).
//
// Threads: values and pure functions. Texts are kept unchanged but for a length limit: pass them
// through `printable()` before display.

/// @file
/// @snippet reference/gateway.cpp probe

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>

namespace pintle {

/// The maximum size of an accepted response, in bytes.
inline constexpr std::size_t kMaxProbeAnswerBytes = 256 * 1024;

/// A way to authenticate the user: the gateway's own passwords, or an identity provider.
struct Provider {
  std::string name;          ///< The gateway's id for it; unique, never empty.
  std::string display_name;  ///< For display; the name if the gateway sent none.
  bool supports_password = false;

  friend bool operator==(const Provider&, const Provider&) = default;
};

struct Probe {
  /// The id of the gateway's profile (profile.h).
  std::string profile = "hermes";
  int http_status = 0;
  std::string version;
  std::string release_date;
  std::string install_id;  ///< The same behind two URLs of one gateway; empty on older ones.
  std::string overall;
  /// True if the gate is on. A gateway with a version but without this field predates the gate.
  bool auth_required = false;
  std::vector<Provider> providers;
  /// True if /api/auth/providers described them; else only their names are known, and whether one
  /// accepts a password must be tried.
  bool providers_described = false;
  std::vector<std::string> auth_flows;  ///< "cookie", "native_pkce"; empty on older gateways.
  std::string body;  ///< The status unchanged, for schemes that read more fields.

  bool has_flow(std::string_view flow) const noexcept;
  const Provider* find_provider(std::string_view name) const noexcept;
};

/// Reads the answer to GET /api/status. Throws Error with the layer of the responder, see
/// classify_response(), if the status is not 200. Throws Error(protocol) if the body is missing,
/// longer than kMaxProbeAnswerBytes, not a JSON object of UTF-8, nested deeper than 64, repeats a
/// field that is read, or has an `auth_required` that is not true or false (it is never guessed).
/// Other fields of a wrong type count as missing, wrong elements of a list are skipped.
Probe read_status(const HttpResponse& response, const GatewayUrl& gateway);

/// Reads the answer to GET /api/auth/providers into `probe`. 404 (predates the gate), 503 (none is
/// registered) and an empty list leave the names from the status. Throws as read_status does;
/// `probe` is then unchanged.
void read_providers(const HttpResponse& response, const GatewayUrl& gateway, Probe& probe);

/// The answer to GET /api/health.
struct Health {
  bool ok = false;
  std::string version;
  std::optional<bool> auth_required;
};

/// Returns nothing if the gateway is too old to support it (404). Throws as read_status does.
std::optional<Health> read_health(const HttpResponse& response, const GatewayUrl& gateway);

}  // namespace pintle
