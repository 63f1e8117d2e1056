// SPDX-License-Identifier: Apache-2.0
#include "net/proxy/proxy_rules.h"

#include <cstdlib>
#include <initializer_list>

#include "net/ip_address.h"
#include "net/proxy/no_proxy.h"

namespace pintle::net {
namespace {

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  const auto address = ip_address_of(host);
  return address && address->isLoopback();
}

}  // namespace

std::string process_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

std::optional<ProxySettings> ProxyRules::find(const std::string& host, std::uint16_t port,
                                              bool secure) const {
  if (is_loopback(host)) return std::nullopt;
  if (variables_) {
    auto no_proxy = variables_("no_proxy");
    if (no_proxy.empty()) no_proxy = variables_("NO_PROXY");
    if (is_in_no_proxy(no_proxy, host, port)) return std::nullopt;
  }
  auto found = proxy_ ? proxy_ : from_variables(secure);
  if (found && !found->credentials) found->credentials = credentials_;
  return found;
}

std::optional<ProxySettings> ProxyRules::from_variables(bool secure) const {
  if (!variables_) return std::nullopt;
  const auto first_of =
      [&](std::initializer_list<const char*> names) -> std::optional<ProxySettings> {
    for (const char* name : names) {
      if (const auto value = variables_(name); !value.empty()) {
        return ProxySettings::parse_variable(name, value);
      }
    }
    return std::nullopt;
  };
  return secure ? first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                : first_of({"http_proxy", "all_proxy", "ALL_PROXY"});
}

}  // namespace pintle::net
