// SPDX-License-Identifier: Apache-2.0
//
// Where a Redis is: the URL of `ConnectionSettings::session_store`.
//
// Threads: values.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pintle::redis {

struct Node {
  std::string host;  ///< A name or an address, IPv6 without brackets.
  std::uint16_t port = 0;
  friend bool operator==(const Node&, const Node&) = default;
};

/// Returns "host:port" of `text`; the port is `default_port` if it names none. Throws
/// Error(config).
Node parse_node(std::string_view text, std::uint16_t default_port);

/// True if `text` begins like one of the URLs below.
bool is_redis_url(std::string_view text) noexcept;

struct RedisAddress {
  enum class Kind {
    single,    ///< redis://[USER@]HOST[:PORT][/DATABASE], or rediss:// with TLS
    sentinel,  ///< redis-sentinel://[USER@]HOST[:PORT][,…]/MASTER[/DATABASE], or rediss-sentinel://
    cluster,  ///< redis-cluster://[USER@]HOST[:PORT][,…], or rediss-cluster://
  };

  /// Throws Error(config) if `url` is none of these, or contains a password.
  static RedisAddress parse(std::string_view url);
  /// Returns the URL again, for display and comparison.
  std::string text() const;

  Kind kind = Kind::single;
  bool secure = false;
  std::string user{};
  std::vector<Node> nodes{};  ///< At least one: Redis itself, or where to ask for it.
  std::string master{};       ///< For a sentinel.
  int database = 0;
};

}  // namespace pintle::redis
