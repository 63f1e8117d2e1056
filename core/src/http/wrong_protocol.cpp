// SPDX-License-Identifier: Apache-2.0
#include <pintle/core/http/wrong_protocol.h>
#include <pintle/core/text/printable.h>

namespace pintle {
namespace {

// Content type 21 and a version 3.x.
bool is_tls_alert(std::string_view begin) {
  return begin.size() >= 2 && begin[0] == 0x15 && begin[1] == 0x03;
}

// The first frame of a server is SETTINGS on stream 0; one that refuses at once sends GOAWAY.
bool is_http2_frame(std::string_view begin) {
  constexpr char kSettings = 4;
  constexpr char kGoAway = 7;
  return begin.size() >= 9 && begin[0] == 0 && (begin[3] == kSettings || begin[3] == kGoAway) &&
         begin[4] == 0 && begin.substr(5, 4) == std::string_view("\0\0\0\0", 4);
}

constexpr std::string_view kSshBanner = "SSH-";

// Some servers answer what is not a request with a page alone.
bool is_http(std::string_view begin) {
  return begin.starts_with("HTTP/") || begin.starts_with('<');
}

Error other_protocol_error(const std::string& peer, const char* spoken) {
  return Error(Layer::config, printable(peer) + " speaks " + spoken)
      .with_user_action()
      .with_hint("Use the port of the gateway in the URL.");
}

}  // namespace

Error wrong_scheme_error(Scheme spoken, const std::string& peer) {
  const bool https = spoken == Scheme::https;
  return Error(Layer::config,
               printable(peer) + " speaks " +
                   (https ? "https, but the URL is http" : "http, but the URL is https"))
      .with_user_action()
      .with_hint(https ? "Use https:// instead of http:// in the URL."
                       : "Use http:// instead of https:// in the URL.");
}

Error not_tls_error(std::string_view begin, const std::string& peer) {
  if (is_http(begin)) return wrong_scheme_error(Scheme::http, peer);
  if (begin.starts_with(kSshBanner)) return other_protocol_error(peer, "SSH, not https");
  return other_protocol_error(peer, "another protocol than https");
}

Error http2_only_error(const std::string& peer) {
  return Error(Layer::tls, printable(peer) + " refuses HTTP/1.1 and speaks only HTTP/2")
      .with_user_action()
      .with_hint(
          "Enable HTTP/1.1, which WebSockets require, on this port of the server or of the "
          "proxy in front of it.");
}

Error client_certificate_error(const std::string& peer) {
  return Error(Layer::tls, printable(peer) + " requires a client certificate, and was shown none")
      .with_user_action()
      .with_hint("Pass one with --cert FILE, and its key with --key FILE if that is another file.");
}

Error refused_certificate_error(const std::string& peer, const std::string& shown,
                                const std::string& why) {
  return Error(Layer::tls, printable(peer) + " refused the client certificate" +
                               (shown.empty() ? "" : " " + printable(shown)) +
                               (why.empty() ? "" : ": " + printable(why)))
      .with_user_action()
      .with_hint(
          "Run pintle doctor to see when it expires and which issuers the server accepts, and "
          "pass another one with --cert FILE if necessary.");
}

std::optional<Error> not_http1_error(std::string_view begin, const std::string& peer) {
  if (is_tls_alert(begin)) return wrong_scheme_error(Scheme::https, peer);
  if (is_http2_frame(begin)) return http2_only_error(peer);
  if (begin.starts_with(kSshBanner)) return other_protocol_error(peer, "SSH, not http");
  return std::nullopt;
}

}  // namespace pintle
