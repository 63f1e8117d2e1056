#include "net/proxy.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <Poco/Net/IPAddress.h>

#include <pintle/core/error.h>
#include <pintle/core/gateway_url.h>
#include <pintle/core/printable.h>

#include "net/http_connection.h"
#include "net/user_agent.h"

namespace pintle::net {
namespace {

using Poco::Net::IPAddress;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Takes ":port" off the end of an entry; false where it names another port.
bool takes_port(std::string& entry, std::uint16_t port) {
  const auto colon = entry.rfind(':');
  if (colon == std::string::npos) return true;
  const bool bracketed = entry.front() == '[';
  const bool is_bare_v6 = !bracketed && entry.find(':') != colon;
  if (is_bare_v6 || (bracketed && colon < entry.find(']'))) return true;
  const auto wanted = number(std::string_view(entry).substr(colon + 1));
  entry.resize(colon);
  return wanted == port;
}

bool in_network(const IPAddress& address, const std::string& entry) {
  const auto slash = entry.find('/');
  IPAddress network;
  const auto bits = number(std::string_view(entry).substr(slash + 1));
  if (!bits || !IPAddress::tryParse(entry.substr(0, slash), network)) return false;
  if (network.family() != address.family()) return false;
  const auto* a = static_cast<const unsigned char*>(address.addr());
  const auto* b = static_cast<const unsigned char*>(network.addr());
  if (*bits > address.length() * 8) return false;
  for (unsigned bit = 0; bit < *bits; ++bit) {
    const unsigned mask = 0x80u >> (bit % 8);
    if (((a[bit / 8] ^ b[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

bool matches(std::string entry, const std::string& host, std::uint16_t port) {
  if (entry.empty()) return false;
  if (entry == "*") return true;
  IPAddress address;
  const bool is_address = IPAddress::tryParse(host, address);
  if (entry.find('/') != std::string::npos) return is_address && in_network(address, entry);
  if (!takes_port(entry, port)) return false;
  if (entry.size() > 2 && entry.front() == '[' && entry.back() == ']') {
    entry = entry.substr(1, entry.size() - 2);
  }
  if (is_address) {
    IPAddress same;
    return IPAddress::tryParse(entry, same) && same == address;
  }
  if (entry.starts_with("*.")) entry.erase(0, 1);
  if (entry.front() == '.') entry.erase(0, 1);
  if (entry.empty()) return false;
  return host == entry || host.ends_with("." + entry);
}

Error refused(const std::string& peer, const std::string& authority, const HttpResponse& answer) {
  Error error(Layer::proxy, peer + " refused a tunnel to " + authority + " with \"" +
                                printable(answer.reason.empty() ? "no reason" : answer.reason) +
                                "\"");
  error.with_status(answer.status);
  if (answer.status == 407) {
    return error.with_person().with_next("Give the user name and the password that it wants.");
  }
  if (answer.status >= 500) {
    return error.with_retry().with_next(
        "Check that the gateway runs and that the proxy can reach it.");
  }
  return error.with_next(
      "Ask who runs the proxy to let this host and port through, or reach it without the proxy.");
}

}  // namespace

ProxySettings ProxySettings::parse(std::string_view url, std::string_view no_proxy) {
  const auto parsed = GatewayUrl::parse(url);
  if (parsed.secure() || !parsed.prefix().empty()) {
    throw Error(Layer::config,
                "a proxy is written as http://host:port, and this is " + printable(parsed.text()));
  }
  ProxySettings settings;
  settings.host = parsed.host();
  settings.port = parsed.port();
  while (!no_proxy.empty()) {
    const auto comma = no_proxy.find(',');
    const auto entry = trim(no_proxy.substr(0, comma));
    if (!entry.empty()) settings.bypass.emplace_back(lower(entry));
    no_proxy.remove_prefix(comma == std::string_view::npos ? no_proxy.size() : comma + 1);
  }
  return settings;
}

bool ProxySettings::bypasses(std::string_view gateway_host, std::uint16_t gateway_port) const {
  const std::string name = lower(gateway_host);
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  if (IPAddress address; IPAddress::tryParse(name, address) && address.isLoopback()) return true;
  return std::any_of(bypass.begin(), bypass.end(), [&](const std::string& entry) {
    return matches(lower(trim(entry)), name, gateway_port);
  });
}

Stream open_tunnel(Stream stream, const ProxySettings& proxy, const std::string& authority,
                   Watch& watch, TimePoint deadline) {
  const std::string peer = stream.peer();
  // RFC 9110 9.3.6
  std::string head = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority +
                     "\r\nUser-Agent: " + user_agent() + "\r\n";
  if (!proxy.authorization.empty()) {
    head.append("Proxy-Authorization: ").append(proxy.authorization.reveal()).append("\r\n");
  }
  head += "\r\n";
  HttpConnection connection(std::move(stream), watch);
  ExchangeLimits limits;
  limits.body_bytes = kProbeBodyBytes;
  limits.total = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  limits.first_byte = limits.total;
  HttpResponse answer;
  try {
    answer = connection.exchange({"CONNECT", authority, head, {}}, limits, deadline);
    wipe(head);
  } catch (const Error& e) {
    wipe(head);
    Error error(Layer::proxy, e.happened());
    throw error.with_retry(e.can_retry()).with_next("Check that " + peer + " is an http proxy.");
  }
  if (!answer.ok()) throw refused(peer, authority, answer);
  std::string early;
  Stream tunnel = connection.release(early);
  if (!early.empty()) {
    // Both TLS and HTTP wait for the client to speak first.
    throw Error(Layer::proxy, peer + " sent " + std::to_string(early.size()) +
                                  " bytes after its answer, before anything was asked");
  }
  return tunnel;
}

}  // namespace pintle::net
