// SPDX-License-Identifier: Apache-2.0
#include "net/proxy/no_proxy.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include <pintle/core/text/ascii.h>

#include "net/ip_address.h"

namespace pintle::net {
namespace {

using Poco::Net::IPAddress;

constexpr std::string_view kSeparators = ", \t\r\n";

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Removes ":port" from the end of an entry; returns false if it is another port.
bool takes_port(std::string& entry, std::uint16_t port) {
  const auto colon = entry.rfind(':');
  if (colon == std::string::npos) return true;
  const bool is_bracketed = entry.front() == '[';
  const bool is_bare_v6 = !is_bracketed && entry.find(':') != colon;
  if (is_bare_v6 || (is_bracketed && colon < entry.find(']'))) return true;
  const auto wanted = number(std::string_view(entry).substr(colon + 1));
  entry.resize(colon);
  return wanted == port;
}

std::string without_brackets(const std::string& text) {
  const bool has_brackets = text.size() > 2 && text.front() == '[' && text.back() == ']';
  return has_brackets ? text.substr(1, text.size() - 2) : text;
}

bool in_network(const IPAddress& address, const std::string& entry) {
  const auto slash = entry.find('/');
  const auto bits = number(std::string_view(entry).substr(slash + 1));
  const auto network = ip_address_of(without_brackets(entry.substr(0, slash)));
  if (!bits || !network || network->family() != address.family()) return false;
  const auto* a = static_cast<const unsigned char*>(address.addr());
  const auto* b = static_cast<const unsigned char*>(network->addr());
  if (*bits > address.length() * 8) return false;
  for (unsigned bit = 0; bit < *bits; ++bit) {
    const unsigned mask = 0x80u >> (bit % 8);
    if (((a[bit / 8] ^ b[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

std::string_view without_last_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool is_name_below(std::string_view host, std::string_view entry) {
  if (entry.starts_with('*')) entry.remove_prefix(1);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  entry = without_last_dot(entry);
  host = without_last_dot(host);
  if (entry.empty() || !host.ends_with(entry)) return false;
  return host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.';
}

bool matches(std::string entry, const std::string& host, std::uint16_t port) {
  if (entry == "*") return true;
  const auto address = ip_address_of(host);
  if (entry.find('/') != std::string::npos) return address && in_network(*address, entry);
  if (!takes_port(entry, port)) return false;
  if (!address) return is_name_below(host, entry);
  return ip_address_of(without_brackets(entry)) == address;
}

}  // namespace

bool is_in_no_proxy(std::string_view no_proxy, std::string_view host, std::uint16_t port) {
  const auto name = ascii::lower(host);
  while (!no_proxy.empty()) {
    const auto end = std::min(no_proxy.find_first_of(kSeparators), no_proxy.size());
    if (end > 0 && matches(ascii::lower(no_proxy.substr(0, end)), name, port)) return true;
    no_proxy.remove_prefix(std::min(end + 1, no_proxy.size()));
  }
  return false;
}

}  // namespace pintle::net
