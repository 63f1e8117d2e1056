// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/text/percent.h>
#include <pintle/core/text/printable.h>

#include "gateway/idn.h"
#include "gateway/typed_url.h"
#include "gateway/url_fault.h"
#include "gateway/url_host.h"
#include "gateway/url_pieces.h"

namespace pintle {
namespace {

bool is_ipv6_host(std::string_view host) { return host.find(':') != std::string_view::npos; }

// A zone is local to this machine: it is part of a URL (RFC 6874 2) but never sent.
enum class Zone { keep, drop };

std::string authority_of(const Origin& origin, Zone zone) {
  std::string host = origin.host;
  if (const auto percent = host.find('%'); percent != std::string::npos) {
    if (zone == Zone::keep) {
      host.insert(percent + 1, "25");
    } else {
      host.resize(percent);
    }
  }
  if (is_ipv6_host(host)) host = "[" + host + "]";
  const std::uint16_t standard = origin.secure ? 443 : 80;
  return host + (origin.port == standard ? "" : ":" + std::to_string(origin.port));
}

// The suffix for an international host in its xn-- form.
std::string beside(const std::string& host) {
  const auto unicode = host_to_unicode(host);
  return unicode.empty() ? "" : " (" + printable(unicode) + ")";
}

}  // namespace

std::string Origin::text() const {
  return (secure ? "https://" : "http://") + authority_of(*this, Zone::keep);
}

RequestTarget RequestTarget::parse(std::string_view text) {
  try {
    if (!text.starts_with('/')) throw UrlFault("it does not start with /");
    if (text.starts_with("//")) throw UrlFault("it starts with two slashes");
    if (text.find('#') != std::string_view::npos) throw UrlFault("it has a fragment (#)");
    check_url_characters(text);
    check_segments(text.substr(0, text.find('?')));
  } catch (const UrlFault& fault) {
    throw Error(Layer::config,
                "\"" + without_query(text) + "\" is not a path below the gateway: " + fault.what())
        .with_hint("Write it from the gateway's root, like /api/ws or /api/sessions?limit=3.");
  }
  return RequestTarget(std::string(text));
}

GatewayUrl GatewayUrl::parse(std::string_view text) {
  const auto typed = trim_typed(text);
  // Anything before an @ may be a password.
  const bool show = !typed.empty() && typed.find('@') == std::string_view::npos;
  try {
    return read(typed);
  } catch (const UrlFault& fault) {
    const auto likely = show ? likely_text(typed) : std::string();
    throw Error(Layer::config, (show ? "\"" + without_query(typed) + "\" is not a gateway URL: "
                                     : std::string("that is not a gateway URL: ")) +
                                   fault.what())
        .with_hint(likely.empty()
                       ? "Write it like https://gateway.example or http://127.0.0.1:9119/hermes."
                       : "Write it as " + printable(likely) + ".");
  }
}

GatewayUrl GatewayUrl::read(std::string_view typed) {
  if (typed.empty()) throw UrlFault("it is empty");
  const auto ascii = with_ascii_host(typed);
  const auto pieces = split_url(ascii);
  if (pieces.scheme != "http" && pieces.scheme != "https") {
    throw UrlFault("it starts with " + printable(pieces.scheme, 20) +
                   "://, but only http and https are supported");
  }
  if (pieces.has_userinfo) {
    throw UrlFault("it contains a user name or password; credentials must not be in the URL");
  }
  GatewayUrl url;
  url.origin_.secure = pieces.scheme == "https";
  url.origin_.host = checked_host(pieces.host);
  url.origin_.port = checked_port(pieces.port, url.origin_.secure ? 443 : 80);
  check_segments(pieces.path);
  auto prefix = pieces.path;
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  url.prefix_ = prefix;
  return url;
}

std::string GatewayUrl::likely_text(std::string_view typed) {
  const auto likely = likely_url(typed);
  if (likely.empty() || likely == typed) return {};
  try {
    return read(likely).text();
  } catch (const UrlFault&) {
    return {};
  }
}

std::string GatewayUrl::authority() const { return authority_of(origin_, Zone::drop); }

std::optional<GatewayUrl> GatewayUrl::parent() const {
  if (prefix_.empty()) return std::nullopt;
  GatewayUrl above = *this;
  above.prefix_.resize(prefix_.rfind('/'));
  while (above.prefix_.ends_with('/')) above.prefix_.pop_back();
  return above;
}

bool GatewayUrl::is_loopback() const noexcept {
  const std::string_view host = origin_.host;
  if (host == "::1" || host == "localhost" || host.ends_with(".localhost")) return true;
  in_addr quad{};
  return inet_pton(AF_INET, origin_.host.c_str(), &quad) == 1 && (ntohl(quad.s_addr) >> 24) == 127;
}

std::string GatewayUrl::ws_url(
    std::string_view path, const std::vector<std::pair<std::string, std::string>>& query) const {
  std::string url = (secure() ? "wss://" : "ws://") + authority_of(origin_, Zone::keep) + prefix_ +
                    std::string(path);
  char separator = path.find('?') == std::string_view::npos ? '?' : '&';
  for (const auto& [name, value] : query) {
    url += separator + encode_component(name) + "=" + encode_component(value);
    separator = '&';
  }
  return url;
}

AbsoluteUrl AbsoluteUrl::parse(std::string_view text) {
  try {
    const auto pieces = split_url(text);
    AbsoluteUrl url;
    url.scheme = pieces.scheme;
    const bool secure = url.scheme == "https" || url.scheme == "wss";
    if (!secure && url.scheme != "http" && url.scheme != "ws") {
      throw UrlFault("it is not http, https, ws or wss");
    }
    if (pieces.has_userinfo) throw UrlFault("it contains a user name or password");
    url.origin = {secure, checked_host(pieces.host), checked_port(pieces.port, secure ? 443 : 80)};
    url.target = std::string(pieces.path.empty() ? "/" : pieces.path) + std::string(pieces.query);
    return url;
  } catch (const UrlFault& fault) {
    throw Error(Layer::protocol, "invalid URL: " + fault.what());
  }
}

std::string GatewayUrl::display_text() const { return text() + beside(origin_.host); }

std::string display_host(const std::string& host) { return printable(host) + beside(host); }

std::string without_query(std::string_view url) {
  const auto end = url.find_first_of("?#");
  std::string printed(url.substr(0, end));
  const auto slashes = printed.find("//");
  const bool is_path = printed.starts_with('/') && slashes != 0;
  // Up to the last "@": a password may contain one, or a slash.
  const auto at = is_path ? std::string::npos : printed.rfind('@');
  if (at != std::string::npos) {
    const bool has_host = slashes == printed.find('/') && slashes < printed.find('@');
    const auto user = has_host ? slashes + 2 : 0;
    printed.replace(user, at - user, "…");
  }
  return printable(printed, 300) + (end == std::string_view::npos ? "" : "?…");
}

}  // namespace pintle
