// SPDX-License-Identifier: Apache-2.0
//
// International host names (UTS 46, IDNA2008). Internal to core.

#pragma once

#include <string>
#include <string_view>

namespace pintle {

/// Returns the xn-- form of a host with non-ASCII characters ("bücher.example" becomes
/// "xn--bcher-kva.example"). `host` is valid UTF-8 without control characters; the result is not
/// checked further. Throws UrlFault if there is no such form.
std::string host_to_ascii(std::string_view host);

/// Returns the reverse conversion if it round-trips; else an empty text.
std::string host_to_unicode(const std::string& host);

}  // namespace pintle
