// SPDX-License-Identifier: Apache-2.0
//
// A URL as people type and paste it. For the sources of core alone.

#pragma once

#include <string>
#include <string_view>

namespace pintle {

/// Returns `text` without the blanks and invisible characters at both ends.
std::string_view trim_typed(std::string_view text);

/// Returns `typed` with an international host in its xn-- form and the zone of an IPv6 address
/// behind "%25". Throws UrlFault for an invisible character, which it names, for a text that is not
/// UTF-8, and for a host that has no xn-- form. Whatever else may be wrong is left as it is.
std::string with_ascii_host(std::string_view typed);

/// Returns the URL that was probably meant by one that is refused: with the scheme put right or
/// added, IPv6 in brackets, the query left out. It may be wrong as well. Empty if there is no
/// guess.
std::string likely_url(std::string_view typed);

}  // namespace pintle
