// SPDX-License-Identifier: Apache-2.0
//
// The address of a gateway, checked once at the border: whoever holds one need not ask again.
//
// Threads: a value.

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
  /// Throws Error(config) where `text` does not begin with one "/", or holds a space, a control
  /// character, a fragment, a backslash, a broken percent code, or a "." or ".." segment (which
  /// would lead out of the prefix).
  static RequestTarget parse(std::string_view text);

  const std::string& text() const noexcept { return text_; }

 private:
  explicit RequestTarget(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

/// Scheme, host and port: what a credential is bound to (RFC 6454 4).
struct Origin {
  bool secure = false;  ///< https or wss; http and ws are the other.
  std::string host;     ///< Lower case ASCII; IPv6 without brackets, a zone behind "%".
  std::uint16_t port = 0;

  friend bool operator==(const Origin&, const Origin&) = default;
  /// "https://host:8443", default ports left out, IPv6 in brackets, its zone behind "%25".
  std::string text() const;
};

/// An http or https base URL with an optional path prefix, in normal form: host in lower case,
/// default port, query, fragment and trailing slashes dropped, IPv6 in its shortest spelling.
/// (gateway-contract 1: the prefix stands before every path, REST and WebSocket alike.)
class GatewayUrl {
 public:
  /// Reads what the user typed. Blanks and invisible characters at both ends are dropped, and an
  /// international host is converted to its xn-- form (UTS 46, non-transitional).
  /// Throws Error(config) that says what is wrong; its hint is the URL that was probably meant, if
  /// that can be told. A user or password in the URL is refused and not repeated.
  static GatewayUrl parse(std::string_view text);

  bool secure() const noexcept { return origin_.secure; }
  const Origin& origin() const noexcept { return origin_; }
  const std::string& host() const noexcept { return origin_.host; }
  std::uint16_t port() const noexcept { return origin_.port; }
  /// "" or "/hermes".
  const std::string& prefix() const noexcept { return prefix_; }
  /// The Host header's value: "host", "host:8080", "[::1]:9119"; without a zone.
  std::string authority() const;
  /// "https://host/hermes".
  std::string text() const { return origin_.text() + prefix_; }

  /// The same for people, an international host in both forms: "https://xn--bcher-kva.example
  /// (bücher.example)". The second alone may imitate another host.
  std::string shown() const;

  /// True for 127.0.0.0/8, ::1, "localhost" and names below it (RFC 6761 6.3): where a secret may
  /// travel over plain http.
  bool is_loopback() const noexcept;

  /// Returns the URL with the last segment of the prefix left out, if there is a prefix.
  std::optional<GatewayUrl> parent() const;

  /// The path to ask for on the wire: prefix and target.
  std::string path_of(const RequestTarget& target) const { return prefix_ + target.text(); }

  /// "wss://host/hermes/api/ws?channel=a%2Fb": the WebSocket URL of `path` ("/api/ws"), each name
  /// and value encoded as a component.
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

/// An absolute URL that a scheme or a gateway gave, taken apart far enough to say whether it leads
/// to the gateway's own origin.
struct AbsoluteUrl {
  std::string scheme;  ///< Lower case: "http", "https", "ws", "wss".
  Origin origin;
  std::string target;  ///< Path and query as they came, "/" where there was none; no fragment.

  /// Throws Error(protocol). The text is never repeated in the error: it may hold a ticket.
  static AbsoluteUrl parse(std::string_view text);
};

/// Returns `host` for people, as GatewayUrl::shown() does.
std::string shown_host(const std::string& host);

/// `url` with everything after "?" left out and the rest made printable: what may stand in a log.
std::string without_query(std::string_view url);

}  // namespace pintle
