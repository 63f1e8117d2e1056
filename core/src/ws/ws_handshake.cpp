// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <Poco/SHA1Engine.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/base64.h>
#include <pintle/core/text/printable.h>
#include <pintle/core/ws/ws_handshake.h>

namespace pintle::ws {
namespace {

// Joins the fields of that name into one list (RFC 9110 5.3).
std::string joined(const Headers& headers, std::string_view name) {
  std::string list;
  for (const auto value : headers.all(name)) {
    if (!list.empty()) list += ", ";
    list += value;
  }
  return list;
}

// 16 bytes in base64: 22 characters, the last of which has only two bits, and "==".
bool is_key(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return text.size() == 24 && text.ends_with("==") && text.find_first_not_of(kAlphabet) == 22 &&
         std::string_view("AQgw").find(text[21]) != std::string_view::npos;
}

Error refused(int status, const std::string& why) {
  return Error(Layer::websocket, why).with_status(status);
}

std::vector<std::string_view> tokens_of(std::string_view list) {
  std::vector<std::string_view> tokens;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    auto token = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (!token.empty() && (token.front() == ' ' || token.front() == '\t')) {
      token.remove_prefix(1);
    }
    while (!token.empty() && (token.back() == ' ' || token.back() == '\t')) token.remove_suffix(1);
    if (!token.empty()) tokens.push_back(token);
  }
  return tokens;
}

bool is_among(std::string_view text, const std::vector<std::string>& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

std::string key_of(const Nonce& nonce) {
  return base64_of({reinterpret_cast<const char*>(nonce.data()), nonce.size()});
}

std::string accept_for(std::string_view key) {
  Poco::SHA1Engine sha1;
  sha1.update(std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");  // RFC 6455 1.3
  const auto& digest = sha1.digest();
  return base64_of({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Headers upgrade_headers(const Upgrade& request) {
  Headers headers;
  headers.add("Upgrade", "websocket");
  headers.add("Connection", "Upgrade");
  headers.add("Sec-WebSocket-Key", key_of(request.nonce));
  headers.add("Sec-WebSocket-Version", "13");
  std::string protocols;
  for (const auto& name : request.subprotocols) protocols += (protocols.empty() ? "" : ", ") + name;
  if (!protocols.empty()) headers.add("Sec-WebSocket-Protocol", protocols);
  if (request.deflate) headers.add("Sec-WebSocket-Extensions", deflate_offer(*request.deflate));
  return headers;
}

Upgraded check_upgraded(const HttpResponse& answer, const Upgrade& request) {
  const auto& headers = answer.headers;
  if (answer.status != 101) {
    throw refused(answer.status,
                  "the WebSocket upgrade failed: expected 101 Switching Protocols, received " +
                      std::to_string(answer.status));
  }
  if (!headers.has_token("Upgrade", "websocket")) {
    throw refused(101, "the 101 does not upgrade to websocket: its Upgrade is \"" +
                           printable(joined(headers, "Upgrade"), 60) + "\"");
  }
  if (!headers.has_token("Connection", "Upgrade")) {
    throw refused(101, "the 101 does not list Upgrade in its Connection, which is \"" +
                           printable(joined(headers, "Connection"), 60) + "\"");
  }
  const auto accepts = headers.all("Sec-WebSocket-Accept");
  if (accepts.size() != 1 || accepts[0] != accept_for(key_of(request.nonce))) {
    throw refused(101, "the 101 does not answer this request: its Sec-WebSocket-Accept is " +
                           std::string(accepts.empty() ? "missing" : "wrong"))
        .with_hint("Check for a cache or proxy that answers instead of the gateway.");
  }
  Upgraded agreed;
  const auto protocols = headers.all("Sec-WebSocket-Protocol");
  if (!protocols.empty()) {
    if (protocols.size() > 1 || !is_among(protocols[0], request.subprotocols)) {
      // Not by its name: a subprotocol that was offered may be a credential, which it may repeat.
      throw refused(101, "the 101 names a subprotocol that was not offered");
    }
    agreed.subprotocol = protocols[0];
  }
  try {
    agreed.deflate =
        read_deflate_answer(joined(headers, "Sec-WebSocket-Extensions"), request.deflate);
  } catch (Error& error) {
    throw error.with_status(101);
  }
  return agreed;
}

Acceptance accept_upgrade(const HttpRequest& request, const std::vector<std::string>& subprotocols,
                          const std::optional<DeflateParams>& deflate) {
  const auto& headers = request.headers;
  if (request.method != "GET" || !headers.has_token("Upgrade", "websocket") ||
      !headers.has_token("Connection", "Upgrade")) {
    throw refused(400, "a WebSocket requires a GET with Upgrade: websocket");
  }
  if (headers.get("Sec-WebSocket-Version") != "13") {
    throw refused(426, "only version 13 of the WebSocket protocol is supported")
        .with_hint("Send Sec-WebSocket-Version: 13.");
  }
  const auto keys = headers.all("Sec-WebSocket-Key");
  if (keys.size() != 1 || !is_key(keys[0])) {
    throw refused(400, "Sec-WebSocket-Key is not 16 bytes in base64");
  }
  Acceptance acceptance;
  auto& answer = acceptance.answer;
  answer.status = 101;
  answer.reason = "Switching Protocols";
  answer.headers.add("Upgrade", "websocket");
  answer.headers.add("Connection", "Upgrade");
  answer.headers.add("Sec-WebSocket-Accept", accept_for(keys[0]));
  const auto wished = joined(headers, "Sec-WebSocket-Protocol");
  for (const auto name : tokens_of(wished)) {
    if (!is_among(name, subprotocols)) continue;
    acceptance.agreed.subprotocol = name;
    answer.headers.add("Sec-WebSocket-Protocol", name);
    break;
  }
  const auto extensions = joined(headers, "Sec-WebSocket-Extensions");
  try {
    if (const auto agreed = deflate ? accept_deflate_offer(extensions, *deflate) : std::nullopt) {
      acceptance.agreed.deflate = agreed->params;
      answer.headers.add("Sec-WebSocket-Extensions", agreed->answer);
    }
  } catch (Error& error) {
    throw error.with_status(400);
  }
  return acceptance;
}

}  // namespace pintle::ws
