// SPDX-License-Identifier: Apache-2.0
//
// The URL of a gateway, validated once: a GatewayUrl is always valid.
//
// Threads: a value.

/// @file
/// @snippet reference/gateway.cpp url

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pintle {

/// A path below a gateway's prefix with an optional query: "/api/sessions?limit=3".
class RequestTarget {
 public:
  /// Throws Error(config) if `text` does not begin with one "/", or contains a space, a control
  /// character, a fragment, a backslash, a broken percent code, or a "." or ".." segment (which
  /// would lead out of the prefix).
  static RequestTarget parse(std::string_view text);

  const std::string& text() const noexcept { return text_; }

 private:
  explicit RequestTarget(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

/// Scheme, host and port. A credential is bound to an origin (RFC 6454 4).
struct Origin {
  bool secure = false;  ///< True for https and wss.
  std::string host;     ///< Lower case ASCII; IPv6 without brackets, a zone after "%".
  std::uint16_t port = 0;

  friend bool operator==(const Origin&, const Origin&) = default;
  /// Returns "https://host:8443": without a default port, IPv6 in brackets, its zone after "%25".
  std::string text() const;
};

/// An http or https base URL with an optional path prefix, in normal form: host in lower case,
/// default port, query, fragment and trailing slashes dropped, IPv6 in its shortest spelling. The
/// prefix precedes every path, REST and WebSocket alike (gateway-contract 1).
class GatewayUrl {
 public:
  /// Parses user input. Blanks and invisible characters at both ends are dropped, and an
  /// international host is converted to its xn-- form (UTS 46, non-transitional). Throws
  /// Error(config) if it is invalid; its hint is the URL that was probably meant, if known. A user
  /// or password in the URL is refused and not repeated.
  static GatewayUrl parse(std::string_view text);

  bool secure() const noexcept { return origin_.secure; }
  const Origin& origin() const noexcept { return origin_; }
  const std::string& host() const noexcept { return origin_.host; }
  std::uint16_t port() const noexcept { return origin_.port; }
  /// "" or "/hermes".
  const std::string& prefix() const noexcept { return prefix_; }
  /// Returns the Host header's value: "host", "host:8080", "[::1]:9119"; without a zone.
  std::string authority() const;
  /// "https://host/hermes".
  std::string text() const { return origin_.text() + prefix_; }

  /// Returns the same for display, an international host in both forms:
  /// "https://xn--bcher-kva.example (bücher.example)". The second form alone could imitate another
  /// host.
  std::string display_text() const;

  /// True for 127.0.0.0/8, ::1, "localhost" and names below it (RFC 6761 6.3): a secret may be sent
  /// to these over plain http.
  bool is_loopback() const noexcept;

  /// Returns the URL with the last segment of the prefix left out, if there is a prefix.
  std::optional<GatewayUrl> parent() const;

  /// Returns the path on the wire: prefix and target.
  std::string path_of(const RequestTarget& target) const { return prefix_ + target.text(); }

  /// Returns the WebSocket URL of `path` ("/api/ws"), each name and value encoded as a component:
  /// "wss://host/hermes/api/ws?channel=a%2Fb".
  std::string ws_url(std::string_view path,
                     const std::vector<std::pair<std::string, std::string>>& query = {}) const;

  friend bool operator==(const GatewayUrl&, const GatewayUrl&) = default;

 private:
  GatewayUrl() = default;
  static GatewayUrl read(std::string_view typed);
  static std::string likely_text(std::string_view typed);

  Origin origin_;
  std::string prefix_;
};

/// An absolute URL from a scheme or a gateway, parsed far enough to compare its origin with the
/// gateway's.
struct AbsoluteUrl {
  std::string scheme;  ///< Lower case: "http", "https", "ws", "wss".
  Origin origin;
  std::string target;  ///< Path and query unchanged, "/" if there was none; no fragment.

  /// Throws Error(protocol) if it is invalid. The error never repeats the text: it may contain a
  /// ticket.
  static AbsoluteUrl parse(std::string_view text);
};

/// Returns `host` for display, as GatewayUrl::display_text() does.
std::string display_host(const std::string& host);

/// Returns `url` without everything after "?" and made printable, for logs.
std::string without_query(std::string_view url);

}  // namespace pintle
