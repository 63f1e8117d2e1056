// SPDX-License-Identifier: Apache-2.0
//
// A request to the broker, and the forms in which it goes on to the gateway.

#include <algorithm>
#include <broker/client_request.h>
#include <broker/forwarding.h>
#include <broker/token_gateway.h>

#include <pintle/core/text/json.h>

#include "fuzz.h"

namespace pintle::broker {
namespace {

using fuzz::require;
using fuzz::require_same;

bool is_known(int status) {
  constexpr int kKnown[] = {400, 405, 417, 431, 501, 505};
  return std::ranges::find(kKnown, status) != std::end(kKnown);
}

// How the end of a head that arrives in pieces is found; 0 if there is none, a status if refused.
std::size_t end_when_cut(std::string_view bytes, std::size_t piece) {
  std::size_t scanned = 0;
  try {
    for (std::size_t size = 0; size < bytes.size();) {
      size = std::min(bytes.size(), size + piece);
      const fuzz::Block block(bytes.substr(0, size));
      if (const auto end = find_request_end(block.view(), scanned); end != 0) return end;
    }
    return 0;
  } catch (const RequestFault& fault) {
    require(is_known(fault.status()), "a refusal has a status of its own");
    return 0;
  }
}

std::string text_of(const ClientRequest& request) {
  auto text = request.method + " " + request.target + " HTTP/1." +
              std::to_string(request.minor_version) + "\r\n";
  for (const auto& field : request.headers) text += field.name() + ": " + field.value() + "\r\n";
  return text + "\r\n";
}

void check_one_reading(const ClientRequest& request) {
  const auto lengths = request.headers.all("Content-Length").size();
  const auto codings = request.headers.all("Transfer-Encoding").size();
  require(lengths + codings <= 1, "a body has one length or one coding");
  require(request.headers.all("Host").size() <= 1, "there is one Host at most");
  require(request.target.starts_with('/'), "the target is a path");
  require(!request.is_upgrade || !request.has_body(), "an upgrade has no body");
  const auto again = parse_request(text_of(request));
  require_same(text_of(again), text_of(request), "a request reads back the same");
  require(again.framing == request.framing && again.length == request.length,
          "and so does its body's end");
}

void check_forwarded(const ClientRequest& request) {
  // No cookie's name begins like that: none is the gateway's.
  const Forwarding forwarding(
      GatewayUrl::parse("https://g.example/p"),
      {.base = "http://127.0.0.1:80", .token_header = "X-Token", .cookie_prefix = ";"});
  for (const auto& field : forwarding.to_gateway(request)) {
    for (const std::string_view name : {"Authorization", "Cookie", "Host", "Content-Length",
                                        "Transfer-Encoding", "Connection", "X-Token", "Origin"}) {
      require(!same_field_name(field.name(), name), "it stays on this side", field.name());
    }
  }
  try {
    const auto target = Forwarding::target(request.target);
    require(
        target.find("token=") == std::string::npos || target.find("token=") > target.find('?') + 1,
        "the first parameter is no token", target);
    require(answerer_of(target.substr(0, target.find('?'))) ==
                answerer_of(request.target.substr(0, request.target.find('?'))),
            "who answers does not depend on the spelling", target);
  } catch (const RequestFault& fault) {
    require(fault.status() == 400, "a target is refused as such");
  }
}

void check(std::string_view bytes) {
  const auto end = end_when_cut(bytes, bytes.size() + 1);
  require(end <= bytes.size(), "a head ends within its bytes");
  require(end_when_cut(bytes, 1) == end, "a head ends at the same place, byte by byte");
  if (end != 0) {
    try {
      const auto request = parse_request(fuzz::Block(bytes.substr(0, end)).view());
      check_one_reading(request);
      check_forwarded(request);
    } catch (const RequestFault& fault) {
      require(is_known(fault.status()), "a refusal has a status of its own");
    }
  }
  const auto changed = without_gate(bytes);
  require(!is_json(bytes) || is_json(changed), "a status stays JSON");
}

fuzz::Target target() {
  return {check,
          {"GET /a?b=1&token=t HTTP/1.1\r\nHost: h\r\n\r\n",
           "POST /api/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
           "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nCookie: a=b\r\n\r\n0\r\n",
           "GET http://h/x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n",
           "GET /api/ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
           "GET /%61uth/logout HTTP/1.0\r\nAuthorization: Bearer x\r\n\r\n",
           R"({"version":"1","auth_required":true,"auth_providers":["a","b"],"x":{"y":[1]}})"},
          {"HTTP/1.1", "HTTP/1.0", "\r\n", "\r\n\r\n", "Host: h",
           "Content-Length: ", "Transfer-Encoding: chunked", "Connection: ", "Upgrade",
           "Expect: ", "\t", " ", "%2f", "/auth/", "//", "\"auth_required\":", "\\\"", "[]", "{}"}};
}

}  // namespace
}  // namespace pintle::broker

PINTLE_FUZZ_TARGET(ClientRequestFuzz, ARequestHasOneReading, pintle::broker::target())
