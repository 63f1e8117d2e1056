// SPDX-License-Identifier: Apache-2.0
#include "net/proxy/proxy.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <pintle/core/text/ascii.h>
#include <pintle/core/text/percent.h>
#include <pintle/core/text/printable.h>

#include "net/authority.h"
#include "net/ip_address.h"
#include "net/proxy/http_tunnel.h"
#include "net/proxy/socks5.h"

namespace pintle::net {
namespace {

constexpr std::uint16_t kDefaultPort = 1080;  // as in curl
constexpr const char* kHowToWrite =
    "Write it like http://proxy.example:3128 or socks5://127.0.0.1:1080.";

// The reason why a text is not a proxy. The catcher adds the text itself.
struct Unreadable {
  std::string why;
  std::string next = kHowToWrite;
};

ProxySettings::Kind kind_of(std::string_view scheme) {
  if (scheme == "http") return ProxySettings::Kind::http;
  if (scheme == "socks5" || scheme == "socks5h") return ProxySettings::Kind::socks5;
  if (scheme == "https") {
    throw Unreadable{"a proxy over TLS (https://) is not supported",
                     "Use the proxy's plain http:// port: https traffic stays encrypted in it."};
  }
  if (scheme.starts_with("socks")) {
    throw Unreadable{"SOCKS4 is not supported", "Use socks5:// if the proxy supports it."};
  }
  throw Unreadable{"the scheme \"" + printable(scheme, 20) + "\" is not supported"};
}

bool is_host(const std::string& host) {
  if (ip_address_of(host)) return true;
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

void read_authority(std::string_view authority, ProxySettings& settings) {
  const bool is_bracketed = authority.starts_with('[');
  const auto end = is_bracketed ? authority.find(']') : authority.rfind(':');
  auto host = authority.substr(0, end);
  std::optional<std::string_view> port;
  if (is_bracketed) {
    if (end == std::string_view::npos) throw Unreadable{"its address has no closing ]"};
    host.remove_prefix(1);
    const auto rest = authority.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') throw Unreadable{"its port is not a number"};
    if (!rest.empty()) port = rest.substr(1);
  } else if (end != std::string_view::npos) {
    port = authority.substr(end + 1);
  }
  settings.host = ascii::lower(host);
  if (!is_host(settings.host)) {
    throw Unreadable{host.empty() ? "it has no host" : "its host is not a name or an address"};
  }
  settings.port = kDefaultPort;
  if (!port) return;
  const auto [stop, error] =
      std::from_chars(port->data(), port->data() + port->size(), settings.port);
  if (error != std::errc() || stop != port->data() + port->size() || settings.port == 0) {
    throw Unreadable{"its port is not a number from 1 to 65535"};
  }
}

// Returns "user:password" if there is one, still percent-encoded.
std::optional<std::string_view> read_url(std::string_view text, ProxySettings& settings) {
  if (text.empty()) throw Unreadable{"it is empty"};
  if (const auto end = text.find("://"); end != std::string_view::npos) {
    settings.kind = kind_of(ascii::lower(text.substr(0, end)));
    text.remove_prefix(end + 3);
  }
  const auto end = text.find_first_of("/?#");
  if (end != std::string_view::npos && text.substr(end) != "/") {
    throw Unreadable{"it has a path"};
  }
  text = text.substr(0, end);
  std::optional<std::string_view> userinfo;
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    userinfo = text.substr(0, at);
    text.remove_prefix(at + 1);
  }
  read_authority(text, settings);
  return userinfo;
}

std::shared_ptr<const ProxyCredentials> decoded(std::string_view userinfo) {
  const auto colon = std::min(userinfo.find(':'), userinfo.size());
  auto user = decode_percent(userinfo.substr(0, colon));
  auto password = decode_percent(userinfo.substr(std::min(colon + 1, userinfo.size())));
  return std::make_shared<const ProxyCredentials>(
      ProxyCredentials{Secret::take(user), Secret::take(password)});
}

// Text before an @ may be a password, so it is not shown.
std::string quoted(std::string_view text) {
  return text.find('@') == std::string_view::npos ? "\"" + printable(text, 100) + "\"" : "URL";
}

}  // namespace

ProxyCredentials ProxyCredentials::parse(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    throw Error(Layer::config, "expected \"user:password\", but there is no colon");
  }
  return {Secret(text.substr(0, colon)), Secret(text.substr(colon + 1))};
}

ProxySettings ProxySettings::parse(std::string_view url) {
  const auto text = ascii::trim_lines(url);
  ProxySettings settings;
  try {
    if (read_url(text, settings)) {
      throw Unreadable{"it contains a user name or password, which other users could see",
                       "Write \"user:password\" to a file that only you can read, and pass it with "
                       "--proxy-auth-file."};
    }
  } catch (const Unreadable& cause) {
    throw Error(Layer::config, "invalid proxy " + quoted(text) + ": " + cause.why)
        .with_user_action()
        .with_hint(cause.next);
  }
  return settings;
}

ProxySettings ProxySettings::parse_variable(const std::string& name, std::string_view value) {
  const auto text = ascii::trim_lines(value);
  ProxySettings settings;
  try {
    if (const auto userinfo = read_url(text, settings)) settings.credentials = decoded(*userinfo);
  } catch (const Unreadable& cause) {
    throw Error(Layer::config, "the environment variable " + name + " has an invalid proxy " +
                                   quoted(text) + ": " + cause.why)
        .with_user_action()
        .with_hint("Correct " + name + ", or use no proxy with --proxy \"\".");
  }
  settings.variable = name;
  return settings;
}

std::string ProxySettings::text() const {
  return "the proxy " + authority_of(host, port) + (variable.empty() ? "" : " (" + variable + ")");
}

Error proxy_error(const Error& cause) {
  return Error(Layer::proxy, cause.message())
      .with_retry(cause.can_retry())
      .with_hint("Check the proxy's address, and that this network can reach it.");
}

Stream open_tunnel(Stream stream, const ProxySettings& proxy, const std::string& host,
                   std::uint16_t port, Watch& watch, TimePoint deadline) {
  const auto* credentials = proxy.credentials.get();
  return proxy.kind == ProxySettings::Kind::socks5
             ? open_socks5(std::move(stream), credentials, host, port, watch, deadline)
             : open_http_tunnel(std::move(stream), credentials, authority_of(host, port), watch,
                                deadline);
}

}  // namespace pintle::net
