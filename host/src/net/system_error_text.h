// SPDX-License-Identifier: Apache-2.0
//
// The text of an errno or a Poco exception for messages: "connection refused". Header-only.

#pragma once

#include <cctype>
#include <string>
#include <system_error>

#include <Poco/Exception.h>

#include <pintle/core/text/printable.h>

namespace pintle::net {

/// Returns the system's text for an errno, with a lower-case start.
inline std::string system_error_text(int error_number) {
  std::string text = std::generic_category().message(error_number);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

inline std::string system_error_text(const Poco::Exception& e) {
  if (e.code() > 0) return system_error_text(e.code());
  return printable(e.message().empty() ? e.name() : e.message());
}

}  // namespace pintle::net
