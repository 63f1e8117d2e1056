// SPDX-License-Identifier: Apache-2.0
//
// A gateway profile: what a kind of gateway is asked to tell what it is, and what follows from its
// answer. A JSON text, so that another kind of gateway needs no rebuild (docs/gateway-profiles.md).
//
// Threads: values and pure functions.

/// @file
/// @snippet reference/gateway.cpp profile

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <pintle/core/gateway/probe.h>
#include <pintle/core/http/headers.h>

namespace pintle {

/// The id of the built-in profile.
inline constexpr std::string_view kHermesProfile = "hermes";

/// Holds if there is a value at the JSON pointer `at` (RFC 6901), and if it is `value` or a list
/// that contains it. Both are compared as they are written, but for white space: 1 is not 1.0.
struct ProfileRule {
  std::string at;
  std::string value{};  ///< JSON text, minified; empty: any value.

  friend bool operator==(const ProfileRule&, const ProfileRule&) = default;
};

/// Returns true if all rules hold for a JSON text.
bool holds(const std::vector<ProfileRule>& rules, std::string_view json);

/// Where a fact is in an answer: a JSON pointer.
struct ProfilePointer {
  std::string at;
};

/// One way to recognize the gateway: a request without a credential, and how its answer reads.
struct ProfileProbe {
  std::string path;  ///< Below the gateway's prefix; asked with GET.
  std::vector<int> statuses = {200};
  std::vector<ProfileRule> rules{};  ///< All must hold; at least one.
  /// Each fact is fixed or read from the answer.
  std::variant<bool, ProfilePointer> auth_required = false;
  std::variant<std::string, ProfilePointer> version{};
  std::variant<std::vector<Provider>, ProfilePointer> providers{};
  std::variant<std::vector<std::string>, ProfilePointer> auth_flows{};
};

/// What the WebSocket speaks.
enum class ProfileContent : std::uint8_t { json_rpc, messages };

/// When the WebSocket can be used.
enum class ProfileReady : std::uint8_t {
  upgrade,   ///< After the 101, and the scheme's greeting if it has one.
  greeting,  ///< The same; but if the gate is on, only a scheme with a greeting fits.
  message,   ///< After a message of the gateway.
};

struct GatewayProfile {
  std::string id;                      ///< a-z, 0-9 and "-"; at most 32 characters.
  std::string name;                    ///< For display: "Node-RED".
  std::vector<ProfileProbe> probes{};  ///< In order; the first that recognizes an answer counts.

  bool has_websocket = true;
  std::string ws_path;  ///< Of the WebSocket, unless the app names one; empty: it must.
  ProfileContent content = ProfileContent::json_rpc;
  ProfileReady ready = ProfileReady::upgrade;
  std::vector<ProfileRule> ready_message{};  ///< For ProfileReady::message.
  /// How long to wait for that message. Milliseconds.
  std::int64_t ready_wait_ms = 1'000;
  /// True: without that message the connection is ready after the wait; else it is lost.
  bool ready_is_optional = false;

  /// A request that is served to a valid credential and refused without one. Empty: there is none.
  std::string credential_check{};
  /// The statuses by which a refused WebSocket upgrade means that the credential was refused.
  std::vector<int> refused_upgrade = {401, 403};

  /// The profile of a Hermes gateway (gateway-contract 2, 6). Its answers are read by read_status()
  /// and read_providers(), so it has no `probes`.
  static const GatewayProfile& hermes();

  bool is_hermes() const noexcept { return id == kHermesProfile; }
};

/// Parses a profile. Throws Error(config) with the reason if it is invalid: a field that is
/// unknown, missing, repeated, of a wrong type or out of range, a path that no request can have, a
/// pointer that is none.
GatewayProfile parse_profile(std::string_view json);

/// Reads the answer to the request of `probe`. Returns nullopt if it is not from such a gateway.
/// Never throws for what the answer holds, but for an `auth_required` that is not true or false, as
/// that is never guessed: Error(protocol).
std::optional<Probe> read_by_profile(const GatewayProfile& profile, const ProfileProbe& probe,
                                     const HttpResponse& response);

}  // namespace pintle
