// SPDX-License-Identifier: Apache-2.0
#include "gateway/idn.h"

#include <idn2.h>
#include <memory>

#include <pintle/core/text/printable.h>

#include "gateway/url_fault.h"

namespace pintle {
namespace {

constexpr int kFlags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;

using Owner = std::unique_ptr<char, decltype(&idn2_free)>;

}  // namespace

std::string host_to_ascii(std::string_view host) {
  char* converted = nullptr;
  const int code = idn2_to_ascii_8z(std::string(host).c_str(), &converted, kFlags);
  const Owner owner(converted, &idn2_free);
  if (code != IDN2_OK) {
    throw UrlFault("the host " + printable(host, 80) +
                   " is not a valid international domain name: " + idn2_strerror(code));
  }
  return converted;
}

std::string host_to_unicode(const std::string& host) {
  if (host.find("xn--") == std::string::npos) return {};
  char* converted = nullptr;
  const int code = idn2_to_unicode_8z8z(host.c_str(), &converted, kFlags);
  const Owner owner(converted, &idn2_free);
  if (code != IDN2_OK || host == converted) return {};
  try {
    return host_to_ascii(converted) == host ? converted : std::string();
  } catch (const UrlFault&) {
    return {};
  }
}

}  // namespace pintle
