// SPDX-License-Identifier: Apache-2.0
#include "net/ip_address.h"

#include <arpa/inet.h>

namespace pintle::net {

std::optional<Poco::Net::IPAddress> ip_address_of(const std::string& text) {
  const auto digits = text.substr(0, text.find('%'));
  // A C string ends at a NUL, so anything after one would be accepted unchecked.
  if (text.find('\0') != std::string::npos) return std::nullopt;
  const bool is_v6 = digits.find(':') != std::string::npos;
  in6_addr parsed{};
  if (inet_pton(is_v6 ? AF_INET6 : AF_INET, digits.c_str(), &parsed) != 1) return std::nullopt;
  if (!is_v6 && digits.size() != text.size()) return std::nullopt;
  Poco::Net::IPAddress address;
  if (!Poco::Net::IPAddress::tryParse(text, address)) return std::nullopt;
  return address;
}

}  // namespace pintle::net
