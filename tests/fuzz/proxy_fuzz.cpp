// SPDX-License-Identifier: Apache-2.0
//
// The address of a proxy, from settings and the environment, and the hosts that need none.

#include <algorithm>
#include <vector>

#include "fuzz.h"
#include "net/authority.h"
#include "net/ip_address.h"
#include "net/proxy/no_proxy.h"
#include "net/proxy/proxy.h"

namespace pintle::net {
namespace {

using fuzz::require;
using fuzz::require_same;

std::string written(const ProxySettings& proxy) {
  return (proxy.kind == ProxySettings::Kind::http ? "http://" : "socks5://") +
         authority_of(proxy.host, proxy.port);
}

void require_sound(const ProxySettings& proxy) {
  require(!proxy.host.empty() && proxy.port != 0, "a proxy is somewhere", proxy.host);
  require(fuzz::is_one_line(proxy.text()), "a proxy is shown on one line", proxy.text());
  const auto again = ProxySettings::parse(written(proxy));
  require_same(written(again), written(proxy), "a proxy reads back the same");
}

void check_settings(std::string_view bytes) {
  try {
    const auto proxy = ProxySettings::parse(fuzz::Block(bytes).view());
    require(!proxy.credentials, "a password on the command line is refused", bytes);
    require_sound(proxy);
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::config, "the settings are to blame", error.what());
  }
}

void check_variable(std::string_view bytes) {
  try {
    const auto proxy = ProxySettings::parse_variable("all_proxy", fuzz::Block(bytes).view());
    const bool has_user = bytes.find('@') != std::string_view::npos;
    require((proxy.credentials != nullptr) == has_user, "what stands before an @ signs in", bytes);
    require_sound(proxy);
    if (has_user) return;
    require_same(written(ProxySettings::parse(bytes)), written(proxy), "both read the same proxy");
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::config, "the variable is to blame", error.what());
  }
  // An error does not depend on a user name or a password.
  const auto secret = "http://" + std::string(bytes) + "s3cr3tword@h:x";
  try {
    ProxySettings::parse_variable("all_proxy", secret);
  } catch (const Error& error) {
    require(std::string_view(error.what()).find("s3cr3tword") == std::string_view::npos,
            "an error shows no password", error.what());
  }
}

// The entries of the list one by one, and in another order, have the same meaning.
void check_list(std::string_view list, const std::string& host) {
  const bool listed = is_in_no_proxy(fuzz::Block(list).view(), host, 443);
  std::vector<std::string> entries(1);
  for (const char c : list) {
    if (std::string_view(", \t\r\n").find(c) != std::string_view::npos) {
      entries.emplace_back();
    } else {
      entries.back() += c;
    }
  }
  const bool one = std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) {
    return is_in_no_proxy(entry, host, 443);
  });
  require(listed == one, "a list is its entries", list, host);
  require(is_in_no_proxy(std::string(list) + ",*", host, 443), "* is every host", list, host);
  std::string upper = host;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  require(is_in_no_proxy(list, upper, 443) == listed, "the case of a host means nothing", host);
  if (!listed || ip_address_of(host)) return;
  // A name is in the list if the list contains it or a parent domain; then all its subdomains are.
  require(is_in_no_proxy(list, "below." + host, 443), "names below are too", list, host);
}

void check(std::string_view bytes) {
  check_settings(bytes);
  check_variable(bytes);
  for (const char* host : {"a.example.com", "10.1.2.3", "fd00::1"}) check_list(bytes, host);
}

fuzz::Target target() {
  return {check,
          {"http://proxy.example:3128",
           "socks5://127.0.0.1:1080",
           "socks5h://[::1]",
           "proxy",
           "http://user:pa%40ss@proxy:1/",
           "user@",
           "http://:80",
           "https://p",
           "socks4://p",
           "example.com,.example.com *.example.com",
           "10.0.0.0/8,fd00::/8",
           "[fd00::1]:443",
           "a.example.com:443 a.example.com:80",
           "*",
           ",, ",
           "10.1.2.3:",
           "0.0.0.0/0",
           "::/0",
           "/",
           "10.0.0.0/33",
           ":443",
           "."},
          {"http://", "socks5://", "@", ":", "[", "]", "%", "/", ",", "example.com", "443", "/8",
           "99999", "a.example.com", "10.1.2.3", "fd00::1"}};
}

}  // namespace
}  // namespace pintle::net

PINTLE_FUZZ_TARGET(ProxyFuzz, AProxyReadsBackTheSame, pintle::net::target())
