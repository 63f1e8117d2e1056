// SPDX-License-Identifier: Apache-2.0
//
// The cookies of a login wall, as a window collected them: any names, chunks included.
//
// Threads: a value.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/base/secret.h>

namespace pintle::front {

class WallCookies {
 public:
  struct Cookie {
    std::string name;
    Secret value;
    std::int64_t expires_ms = 0;  ///< Unix time; 0: at the end of the session.
  };

  /// Parses what `bytes` wrote; empty if it is damaged.
  static WallCookies parse(std::string_view bytes);
  /// Parses a Cookie field, "a=1; b=2". Throws Error(config) if it is none.
  static WallCookies parse_field(std::string_view field);

  /// Returns false for what breaks a Cookie field.
  static bool can_be_sent(std::string_view name, std::string_view value) noexcept;
  /// Returns false, and drops the cookie, if it is a session cookie of the gateway, which is its
  /// scheme's, or there is no room: what is kept here is what `parse` reads.
  bool add(Cookie cookie);
  /// Takes a Set-Cookie field: a new value of a cookie that is here, another chunk of one, or its
  /// deletion. Returns true if that changed something. Others are the gateway's own.
  bool take_set_cookie(std::string_view field, std::int64_t now_ms);

  /// Returns the Cookie field of those that have not expired; empty: none.
  Secret field(std::int64_t now_ms) const;
  Secret bytes() const;
  bool empty() const noexcept { return cookies_.empty(); }
  /// Returns "name, name", for display.
  std::string names() const;

 private:
  bool belongs(std::string_view name) const;
  std::size_t size() const noexcept;

  std::vector<Cookie> cookies_;
};

}  // namespace pintle::front
