// SPDX-License-Identifier: Apache-2.0
//
// An absolute URL split into its parts, its characters checked. Internal to core.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pintle {

/// Views into the text that was split. Host, port and path are not checked yet.
struct UrlPieces {
  std::string scheme;  ///< Lower case.
  bool has_userinfo = false;
  std::string_view host;  ///< IPv6 in brackets.
  std::string_view port;
  std::string_view path;
  std::string_view query;  ///< With its "?".
};

/// Throws UrlFault.
UrlPieces split_url(std::string_view text);

/// Throws UrlFault if `text` contains a character that is not allowed in a URL.
void check_url_characters(std::string_view text);

/// Throws UrlFault for a "." or ".." segment, plain or percent-coded: some servers resolve it to
/// outside of the prefix.
void check_segments(std::string_view path);

/// Returns `standard` for an empty text. Throws UrlFault.
std::uint16_t checked_port(std::string_view text, std::uint16_t standard);

}  // namespace pintle
