// SPDX-License-Identifier: Apache-2.0
//
// Configures a practice gateway: its gate, generation, lifetimes and quirks.
//
// Threads: a value. The clock is called from every thread of the gateway.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/core/http/headers.h>

#include "practice/faults/faults.h"

namespace pintle::practice {

/// How the gateway authenticates requests (gateway-contract 1).
enum class Gate {
  none,      ///< The gate is off: a static session token.
  cookie,    ///< Session cookies, as in version 0.16.
  native,    ///< Cookies, and native sign-in with bearer tokens, as in version 0.21.
  api_key,   ///< A key in X-Api-Key: not in the contract, for schemes that are not Pintle's own.
  greeting,  ///< The same, but the WebSocket takes the key in its first message.
};

/// "none", "cookie", "native", "api-key", "greeting".
std::string_view name_of(Gate gate) noexcept;
/// Throws Error(config) if `text` is not a gate's name.
Gate gate_from_name(std::string_view text);

/// What stands in front of the gateway, whatever its gate.
enum class Wall {
  none,
  basic,    ///< HTTP Basic: 401 with a challenge.
  service,  ///< The headers of a service account: 403 with a page, as of Cloudflare Access.
  page,     ///< A login page on another origin: a redirect to it, and chunked cookies.
};

/// "none", "basic", "service", "page".
std::string_view name_of(Wall wall) noexcept;
/// Throws Error(config) if `text` is not a wall's name.
Wall wall_from_name(std::string_view text);

/// The only user of every provider of a practice gateway. Never a real account.
inline constexpr std::string_view kUser = "ada";
inline constexpr std::string_view kPassword = "practice";

struct Provider {
  std::string name;
  std::string display_name;
  bool supports_password = false;  ///< Otherwise the identity provider's pages, by OAuth.
  bool issues_refresh_token = true;
  bool revokes = true;  ///< A sign-out ends the refresh token; `basic` cannot revoke it.
};

/// What the gateway sends first on a WebSocket (gateway-contract 6).
enum class Ready {
  silent,     ///< Nothing, as older gateways.
  plain,      ///< gateway.ready with the skin.
  heartbeat,  ///< The same with heartbeat and replay_epoch; the method gateway.ping exists.
};

/// What GET /auth/native/authorize does with an empty provider: older and newer gateways differ.
enum class EmptyProvider { not_found, pick, chooser };

/// The certificate of a gateway over TLS, which its authority signed.
enum class Certificate { valid, expired, not_yet_valid, wrong_name };

/// "valid", "expired", "not-yet-valid", "wrong-name".
std::string_view name_of(Certificate certificate) noexcept;
/// Throws Error(config) if `text` is not a certificate's name.
Certificate certificate_from_name(std::string_view text);

/// Lifetimes by the gateway's clock, in milliseconds (gateway-contract 3, 4 and 6).
struct Lifetimes {
  /// Not set: 12 h after a password, 15 min after OAuth.
  std::optional<std::int64_t> access_ms;
  /// The minimum Max-Age of a session cookie (gateway-contract 3).
  std::int64_t shortest_cookie_ms = 60'000;
  std::int64_t refresh_ms = std::int64_t{30} * 24 * 3600 * 1000;
  std::int64_t ticket_ms = 30'000;
  std::int64_t code_ms = 120'000;
  std::int64_t sign_in_ms = 600'000;
  /// How long a session outlives its WebSocket.
  std::int64_t resume_ms = 20'000;
};

/// Milliseconds since 1970.
using Clock = std::function<std::int64_t()>;

struct Options {
  Gate gate = Gate::none;
  Wall wall = Wall::none;
  /// The static session token of Gate::none, the key of Gate::api_key and greeting; empty:
  /// generated (Gateway::token()).
  Secret token;
  /// A literal loopback address: 127.0.0.0/8 or ::1. Anything else is refused.
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: a free one.
  std::string prefix;      ///< "" or "/hermes".
  bool tls = false;
  Certificate certificate = Certificate::valid;
  /// Over TLS: a client must show a certificate of the authority (Gateway::client_file()).
  bool requires_client_certificate = false;
  /// Key exchange groups offered over TLS, in OpenSSL's syntax. The default is that of Go's TLS
  /// (and so Caddy's): no X448, so a client that guesses it pays a round trip.
  std::string tls_groups = "X25519:P-256:P-384";
  /// Names that the host guard accepts besides the loopback ones.
  std::vector<std::string> allowed_hosts;
  /// Simulates an access proxy in front: a request or an upgrade without every one of these headers
  /// is redirected to its sign-in and never reaches the gateway (gateway-contract 2).
  std::vector<Header> access_proxy;

  /// Empty: "0.16.0", for Gate::native "0.21.0".
  std::string version;
  std::string install_id = "practice-install";
  /// Empty: for a gated mode "basic" (password) and "practice" (OAuth). `no_providers`: none.
  std::vector<Provider> providers;
  bool no_providers = false;
  bool has_health = true;  ///< False: GET /api/health is a 404, as on older gateways.
  /// Any path outside /api/ without a page of its own is the dashboard's page (200 HTML), as real
  /// gateways respond to "/chat/x"; with a gate, after a sign-in. False: it is a 404.
  bool serves_pages = false;
  bool has_providers_route = true;  ///< False: /api/auth/providers is a 404, as before the gate.

  bool quoted_cookies = false;
  std::size_t access_token_bytes = 0;  ///< At least this long, as of a user with many groups.
  /// Behind a TLS terminator that it does not trust, a gateway sets unprefixed names over https.
  /// Not set: as it was actually reached.
  std::optional<bool> believes_https;
  /// Each use of a refresh token returns a new one, and the second use of one ends the session.
  bool rotate = true;
  /// For this long after its first use a refresh token is accepted again, as by many providers, so
  /// that a lost response loses no session.
  std::int64_t reuse_grace_ms = 0;
  EmptyProvider empty_provider = EmptyProvider::not_found;
  /// Native sign-in serves password providers as well. A gateway of July 2026 does not: it responds
  /// with a page of status 400, and with only password providers it has no native flow
  /// (gateway-contract 8).
  bool native_password = true;
  bool offers_cookies = true;  ///< Gate::native lists "cookie" among its flows.
  int max_pending = 8;         ///< Pending native sign-ins per address (gateway-contract 8).
  int password_tries = 10;     ///< Per minute and address (gateway-contract 4).

  /// Not set: plain, for Gate::native heartbeat.
  std::optional<Ready> ready;
  bool deflate = false;        ///< Agrees to permessage-deflate if it is offered.
  bool ready_with_101 = true;  ///< The first frame is sent in the same write as the 101.
  std::int64_t ping_every_ms = 20'000;
  std::int64_t silence_ms = 20'000;                      ///< After an unanswered ping: dropped.
  std::uint64_t max_message = std::uint64_t{384} << 20;  ///< Received on a WebSocket, in bytes.
  bool gzip = false;  ///< Compresses responses for clients that accept gzip, as a proxy would.
  std::int64_t idle_ms = 5'000;  ///< A kept-alive connection is closed after this, as by uvicorn.

  Lifetimes lifetimes;
  std::vector<Fault> faults;
  Clock clock;  ///< Empty: the system's.
  /// How far the Date header is ahead of the clock, as behind a proxy with a wrong clock.
  std::int64_t date_offset_ms = 0;

  bool gated() const noexcept { return gate != Gate::none; }
  /// Returns true if clients have a key of the gateway.
  bool takes_key() const noexcept { return gate == Gate::api_key || gate == Gate::greeting; }
  /// Returns true if users can sign in, and then have a session.
  bool has_sessions() const noexcept { return gate == Gate::cookie || gate == Gate::native; }
  Ready ready_frame() const noexcept {
    return ready.value_or(gate == Gate::native ? Ready::heartbeat : Ready::plain);
  }
  const Provider* find_provider(std::string_view name) const noexcept;
  /// True if native sign-in serves one of the providers.
  bool has_native_provider() const noexcept;
};

/// Returns the options of a real gateway of that time (gateway-contract 8): "0.16", "2026-07" or
/// "0.20.4". Throws Error(config) for another `name`.
Options options_of_generation(std::string_view name);

/// Returns `options` with every "empty means" filled in. Throws Error(config) if they are invalid,
/// above all if `bind` is not a loopback address.
Options complete(Options options);

}  // namespace pintle::practice
