#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>

#include <pintle/core/error.h>
#include <pintle/core/gateway_url.h>
#include <pintle/core/percent.h>
#include <pintle/core/printable.h>

namespace pintle {
namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alnum(char c) noexcept {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// The pieces of an absolute URL, not judged yet.
struct Pieces {
  std::string scheme;
  std::string_view userinfo;
  bool has_userinfo = false;
  std::string_view host;
  std::string_view port;
  std::string_view path;
  std::string_view query;
};

// What is wrong with a URL: text for a person, who is told nothing that may be a secret.
class Fault {
 public:
  explicit Fault(std::string what) : what_(std::move(what)) {}
  const std::string& what() const { return what_; }

 private:
  std::string what_;
};

void check_characters(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) throw Fault("it holds a control character");
    if (c == ' ') throw Fault("it holds a space");
    if (c == '\\') throw Fault("it holds a backslash");
    if (byte >= 0x80) {
      throw Fault(
          "it holds a character outside ASCII (write a host in its xn-- form, a path with percent "
          "codes)");
    }
    if (std::string_view("\"<>^`{|}").find(c) != std::string_view::npos) {
      throw Fault("it holds the character " + std::string(1, c) + ", which no URL may");
    }
  }
  if (!has_valid_percent_codes(text)) {
    throw Fault("it holds a % that is not followed by two hex digits");
  }
}

Pieces split(std::string_view text) {
  check_characters(text);
  const auto colon = text.find("://");
  // What stands before another URL is no scheme: "gateway.example?token=…&next=https://…".
  if (colon == std::string_view::npos || text.find_first_of("/?#@") < colon) {
    throw Fault("it does not begin with http:// or https://");
  }
  Pieces pieces;
  pieces.scheme = lower_case(text.substr(0, colon));
  auto rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  if (const auto mark = rest.find('?'); mark != std::string_view::npos) {
    pieces.query = rest.substr(mark);
    rest = rest.substr(0, mark);
  }
  const auto slash = rest.find('/');
  auto authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) pieces.path = rest.substr(slash);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    pieces.has_userinfo = true;
    authority.remove_prefix(at + 1);
  }
  std::size_t host_end = authority.size();
  if (authority.starts_with('[')) {
    const auto bracket = authority.find(']');
    if (bracket == std::string_view::npos) throw Fault("the [ of an IPv6 address is not closed");
    host_end = bracket + 1;
  } else {
    host_end = std::min(authority.find(':'), authority.size());
  }
  pieces.host = authority.substr(0, host_end);
  if (host_end < authority.size()) {
    if (authority[host_end] != ':') throw Fault("there is something between the host and the port");
    pieces.port = authority.substr(host_end + 1);
    if (pieces.port.empty()) throw Fault("there is a colon but no port behind the host");
  }
  return pieces;
}

std::string ipv6(std::string_view bracketed) {
  const std::string inside(bracketed.substr(1, bracketed.size() - 2));
  in6_addr address{};
  if (inet_pton(AF_INET6, inside.c_str(), &address) != 1) {
    throw Fault("[" + inside + "] is not an IPv6 address");
  }
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(AF_INET6, &address, buffer.data(), buffer.size());
  return buffer.data();
}

// A name whose last label is a number must be a dotted quad: resolvers read 0x7f.1, 127.1 and
// 2130706433 as loopback, and no rule about loopback may be walked around that way.
void check_name(const std::string& host) {
  if (host.size() > 253) throw Fault("the host is longer than 253 characters");
  std::string_view rest = host;
  std::string_view label;
  while (!rest.empty()) {
    const auto dot = rest.find('.');
    label = rest.substr(0, dot);
    if (label.empty()) throw Fault("the host has two dots in a row or begins with one");
    if (label.size() > 63) throw Fault("a part of the host is longer than 63 characters");
    if (label.front() == '-' || label.back() == '-') {
      throw Fault("a part of the host begins or ends with a hyphen");
    }
    const auto bad = std::find_if_not(label.begin(), label.end(),
                                      [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
    if (bad != label.end()) {
      throw Fault("the host holds the character " + std::string(1, *bad));
    }
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  }
  const bool numeric = std::all_of(label.begin(), label.end(), is_digit) || label.starts_with("0x");
  in_addr quad{};
  if (numeric && inet_pton(AF_INET, host.c_str(), &quad) != 1) {
    throw Fault("the host ends in a number but is not an IPv4 address of four parts");
  }
}

std::string checked_host(std::string_view host) {
  if (host.empty()) throw Fault("there is no host");
  if (host.starts_with('[')) return ipv6(host);
  auto name = lower_case(host);
  check_name(name);
  return name;
}

std::uint16_t checked_port(std::string_view text, std::uint16_t standard) {
  if (text.empty()) return standard;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0 || value > 65535) {
    throw Fault("the port is not a number from 1 to 65535");
  }
  return static_cast<std::uint16_t>(value);
}

// "." and ".." segments, plain or percent-coded, would lead out of the prefix on some servers.
void check_segments(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto slash = std::min(path.find('/'), path.size());
    const auto segment = decode_percent(path.substr(0, slash));
    if (segment == "." || segment == "..") throw Fault("the path has a \".\" or \"..\" in it");
    path.remove_prefix(slash);
  }
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string authority_of(const Origin& origin) {
  const std::uint16_t standard = origin.secure ? 443 : 80;
  return bracketed(origin.host) +
         (origin.port == standard ? "" : ":" + std::to_string(origin.port));
}

// The colon in "host:9119" makes it look like a scheme; "localhost" alone has none. Both lack the
// same thing.
std::string scheme_hint(std::string_view text) {
  const auto end = text.find_first_of("/?#");
  const auto host = text.substr(0, end);
  return host.empty() || host.find('@') != std::string_view::npos
             ? ""
             : " (did you mean https://" + printable(host, 80) + "?)";
}

}  // namespace

std::string Origin::text() const { return (secure ? "https://" : "http://") + authority_of(*this); }

RequestTarget RequestTarget::parse(std::string_view text) {
  try {
    if (!text.starts_with('/')) throw Fault("it does not begin with a /");
    if (text.starts_with("//")) throw Fault("it begins with two slashes");
    if (text.find('#') != std::string_view::npos) throw Fault("it holds a fragment (#)");
    check_characters(text);
    check_segments(text.substr(0, text.find('?')));
  } catch (const Fault& fault) {
    throw Error(Layer::config,
                "\"" + without_query(text) + "\" is not a path below the gateway: " + fault.what())
        .with_next("Write it like /api/sessions?limit=3.");
  }
  return RequestTarget(std::string(text));
}

GatewayUrl GatewayUrl::parse(std::string_view text) {
  const auto trimmed = trim(text);
  const auto refuse = [&](const std::string& why, bool show) -> Error {
    return Error(Layer::config,
                 (show ? "\"" + without_query(trimmed) + "\" is not a gateway's URL: "
                       : std::string("that is not a gateway's URL: ")) +
                     why)
        .with_next("Write it like https://gateway.example or http://127.0.0.1:9119/hermes.");
  };
  if (trimmed.empty()) throw refuse("it is empty", false);
  // Whatever stands before an @ may be a password.
  const bool show = trimmed.find('@') == std::string_view::npos;
  try {
    const auto pieces = split(trimmed);
    if (pieces.scheme != "http" && pieces.scheme != "https") {
      throw Fault("it begins with " + printable(pieces.scheme, 20) +
                  "://, and only http and https are known");
    }
    if (pieces.has_userinfo) {
      throw Fault("it holds a user name or password; a credential is never part of the URL");
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
  } catch (const Fault& fault) {
    const bool no_scheme = trimmed.find("://") == std::string_view::npos &&
                           fault.what().starts_with("it does not begin");
    throw refuse(fault.what() + (no_scheme ? scheme_hint(trimmed) : ""), show);
  }
}

std::string GatewayUrl::authority() const { return authority_of(origin_); }

bool GatewayUrl::is_loopback() const noexcept {
  const std::string_view host = origin_.host;
  if (host == "::1" || host == "localhost" || host.ends_with(".localhost")) return true;
  in_addr quad{};
  return inet_pton(AF_INET, origin_.host.c_str(), &quad) == 1 && (ntohl(quad.s_addr) >> 24) == 127;
}

std::string GatewayUrl::ws_url(
    std::string_view path, const std::vector<std::pair<std::string, std::string>>& query) const {
  std::string url = (secure() ? "wss://" : "ws://") + authority() + prefix_ + std::string(path);
  char separator = path.find('?') == std::string_view::npos ? '?' : '&';
  for (const auto& [name, value] : query) {
    url += separator + encode_component(name) + "=" + encode_component(value);
    separator = '&';
  }
  return url;
}

AbsoluteUrl AbsoluteUrl::parse(std::string_view text) {
  try {
    const auto pieces = split(text);
    AbsoluteUrl url;
    url.scheme = pieces.scheme;
    const bool secure = url.scheme == "https" || url.scheme == "wss";
    if (!secure && url.scheme != "http" && url.scheme != "ws") {
      throw Fault("it is not http, https, ws or wss");
    }
    if (pieces.has_userinfo) throw Fault("it holds a user name or password");
    url.origin = {secure, checked_host(pieces.host), checked_port(pieces.port, secure ? 443 : 80)};
    url.target = std::string(pieces.path.empty() ? "/" : pieces.path) + std::string(pieces.query);
    return url;
  } catch (const Fault& fault) {
    throw Error(Layer::protocol, "a URL cannot be used: " + fault.what());
  }
}

std::string without_query(std::string_view url) {
  const auto end = url.find_first_of("?#");
  std::string shown(url.substr(0, end));
  const auto slashes = shown.find("//");
  const bool is_path = shown.starts_with('/') && slashes != 0;
  // Up to the last "@": a password may hold one, or a slash.
  const auto at = is_path ? std::string::npos : shown.rfind('@');
  if (at != std::string::npos) {
    const bool has_host = slashes == shown.find('/') && slashes < shown.find('@');
    const auto user = has_host ? slashes + 2 : 0;
    shown.replace(user, at - user, "…");
  }
  return printable(shown, 300) + (end == std::string_view::npos ? "" : "?…");
}

}  // namespace pintle
