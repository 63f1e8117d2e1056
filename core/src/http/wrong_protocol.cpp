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

}  // namespace

Error wrong_scheme_error(Scheme spoken, const std::string& peer) {
  const bool https = spoken == Scheme::https;
  return Error(Layer::config,
               "the port of " + printable(peer) + " speaks " +
                   (https ? "https and was asked over http" : "http and was asked over https"))
      .with_user_action()
      .with_hint(https ? "Write the URL with https:// in the place of http://."
                       : "Write the URL with http:// in the place of https://.");
}

Error http2_only_error(const std::string& peer) {
  return Error(Layer::tls, printable(peer) + " refuses HTTP/1.1 and speaks HTTP/2 alone")
      .with_user_action()
      .with_hint(
          "Let the server, or the proxy in front of the gateway, speak HTTP/1.1 on this port "
          "too: a WebSocket needs it.");
}

Error client_certificate_error(const std::string& peer) {
  return Error(Layer::tls, printable(peer) + " asks for a client certificate, and there is none")
      .with_user_action()
      .with_hint(
          "Use an address of the gateway that asks for none, or let its server take this "
          "machine without one (nginx: ssl_verify_client optional).");
}

std::optional<Error> not_http1_error(std::string_view begin, const std::string& peer) {
  if (is_tls_alert(begin)) return wrong_scheme_error(Scheme::https, peer);
  if (is_http2_frame(begin)) return http2_only_error(peer);
  return std::nullopt;
}

}  // namespace pintle
