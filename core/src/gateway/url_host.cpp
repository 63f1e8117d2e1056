// SPDX-License-Identifier: Apache-2.0
#include "gateway/url_host.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <optional>

#include <pintle/core/text/ascii.h>
#include <pintle/core/text/printable.h>

#include "gateway/url_fault.h"

namespace pintle {
namespace {

constexpr std::size_t kMaxZone = 15;  // An interface's name (IFNAMSIZ), without its NUL.

std::optional<in6_addr> ipv6_of(std::string_view text) {
  in6_addr address{};
  if (inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return address;
}

std::optional<std::uint32_t> ipv4_of(std::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

void check_zone(std::string_view zone, const in6_addr& address) {
  const bool is_name =
      !zone.empty() && zone.size() <= kMaxZone && std::all_of(zone.begin(), zone.end(), [](char c) {
        return ascii::is_alnum(c) || c == '.' || c == '_' || c == '-';
      });
  if (!is_name) throw UrlFault("the zone of the IPv6 address is not an interface name");
  if (!IN6_IS_ADDR_LINKLOCAL(&address)) {
    throw UrlFault("only a link-local IPv6 address (fe80::…) can have a zone");
  }
}

std::string checked_ipv6(std::string_view bracketed) {
  const auto inside = bracketed.substr(1, bracketed.size() - 2);
  const auto percent = inside.find('%');
  const auto digits = inside.substr(0, percent);
  const auto address = ipv6_of(digits);
  if (!address) throw UrlFault("[" + std::string(inside) + "] is not an IPv6 address");
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(AF_INET6, &*address, buffer.data(), buffer.size());
  std::string host = buffer.data();
  if (percent == std::string_view::npos) return host;
  auto zone = inside.substr(percent);
  if (!zone.starts_with("%25")) throw UrlFault("the zone of an IPv6 address must follow %25");
  zone.remove_prefix(3);
  check_zone(zone, *address);
  return host.append("%").append(zone);
}

// A name whose last label is a number must be a dotted quad: resolvers read 0x7f.1, 127.1 and
// 2130706433 as loopback, which would bypass the rules about loopback.
void check_name(const std::string& host) {
  if (host.size() > 253) throw UrlFault("the host is longer than 253 characters");
  std::string_view rest = host;
  std::string_view label;
  while (!rest.empty()) {
    const auto dot = rest.find('.');
    label = rest.substr(0, dot);
    if (label.empty()) throw UrlFault("the host starts with a dot or has two in a row");
    if (label.size() > 63) throw UrlFault("a label of the host is longer than 63 characters");
    if (label.front() == '-' || label.back() == '-') {
      throw UrlFault("a label of the host starts or ends with a hyphen");
    }
    const auto bad = std::find_if_not(label.begin(), label.end(), [](char c) {
      return ascii::is_alnum(c) || c == '-' || c == '_';
    });
    if (bad != label.end()) {
      throw UrlFault("the host contains the character " + printable(std::string(1, *bad)));
    }
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  }
  const bool numeric =
      std::all_of(label.begin(), label.end(), ascii::is_digit) || label.starts_with("0x");
  if (numeric && !ipv4_of(host)) {
    throw UrlFault("the host ends in a number but is not a four-part IPv4 address");
  }
}

bool is_private_ipv4(std::uint32_t address) {
  constexpr struct {
    std::uint32_t network;
    int bits;
  } kNetworks[] = {{0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},
                   {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0a80000, 16}};
  return std::any_of(std::begin(kNetworks), std::end(kNetworks), [&](const auto& one) {
    return (address ^ one.network) >> (32 - one.bits) == 0;
  });
}

bool is_private_ipv6(const in6_addr& address) {
  return IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_LINKLOCAL(&address) ||
         (address.s6_addr[0] & 0xfe) == 0xfc;
}

}  // namespace

std::string checked_host(std::string_view text) {
  if (text.empty()) throw UrlFault("there is no host");
  if (text.starts_with('[')) return checked_ipv6(text);
  auto name = ascii::lower(text);
  check_name(name);
  return name;
}

bool is_ipv6(std::string_view text) { return ipv6_of(text).has_value(); }

bool is_private_host(std::string_view host) {
  if (const auto address = ipv4_of(host)) return is_private_ipv4(*address);
  if (const auto address = ipv6_of(host.substr(0, host.find('%')))) {
    return is_private_ipv6(*address);
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  constexpr std::string_view kSuffixes[] = {".localhost", ".local", ".lan", ".internal",
                                            ".home.arpa"};
  return host.find('.') == std::string_view::npos ||
         std::any_of(std::begin(kSuffixes), std::end(kSuffixes),
                     [&](std::string_view suffix) { return host.ends_with(suffix); });
}

}  // namespace pintle
