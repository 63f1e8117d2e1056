// SPDX-License-Identifier: Apache-2.0
//
// A URL as typed or pasted by the user. Internal to core.

#pragma once

#include <string>
#include <string_view>

namespace pintle {

/// Returns `text` without the blanks and invisible characters at both ends.
std::string_view trim_typed(std::string_view text);

/// Returns `typed` with an international host in its xn-- form and the zone of an IPv6 address
/// after "%25". Throws UrlFault for an invisible character, which it names, for a text that is not
/// UTF-8, and for a host that has no xn-- form. Other faults are left unchanged.
std::string with_ascii_host(std::string_view typed);

/// Returns the URL that was probably meant by a refused one: with the scheme corrected or added,
/// IPv6 in brackets, without the query. It may be invalid as well. Empty if there is no guess.
std::string likely_url(std::string_view typed);

}  // namespace pintle
