// SPDX-License-Identifier: Apache-2.0
//
// Both sides of a WebSocket's opening handshake, and the negotiation of permessage-deflate.

#include <optional>

#include <pintle/core/ws/ws_handshake.h>

#include "fuzz.h"

namespace pintle::ws {
namespace {

using fuzz::require;
using fuzz::require_same;

// Any options, from six bits and two nibbles.
DeflateParams params_of(fuzz::Input& input) {
  const auto flags = input.byte();
  const auto bits = input.byte();
  return {(flags & 1) != 0, (flags & 2) != 0, 8 + (bits & 7), 8 + (bits >> 4 & 7)};
}

bool is_within(const DeflateParams& agreed, const DeflateParams& asked) {
  return (agreed.server_no_context_takeover || !asked.server_no_context_takeover) &&
         (agreed.client_no_context_takeover || !asked.client_no_context_takeover) &&
         agreed.server_max_window_bits <= asked.server_max_window_bits &&
         agreed.client_max_window_bits <= asked.client_max_window_bits;
}

void check_deflate(std::string_view extensions, const DeflateParams& asked,
                   const DeflateParams& wanted) {
  // What either side of this program sends, the other parses in the same way.
  const auto agreement = accept_deflate_offer(deflate_offer(asked), wanted);
  require(agreement.has_value(), "an offer of our own can be taken");
  require(read_deflate_answer(agreement->answer, asked) == agreement->params,
          "both sides agree on the same", agreement->answer);
  require(is_within(agreement->params, asked) && is_within(agreement->params, wanted),
          "an agreement is within both sides' wishes", agreement->answer);
  try {
    const auto read = read_deflate_answer(fuzz::Block(extensions).view(), asked);
    require(!read || is_within(*read, asked), "an answer is within the offer", extensions);
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::websocket, "the handshake is to blame", error.what());
  }
  try {
    const auto accepted = accept_deflate_offer(fuzz::Block(extensions).view(), wanted);
    if (!accepted) return;
    require(is_within(accepted->params,
                      {wanted.server_no_context_takeover, wanted.client_no_context_takeover,
                       wanted.server_max_window_bits, 15}),
            "a server keeps to its own wishes", accepted->answer);
    const auto again = accept_deflate_offer(accepted->answer, wanted);
    require(again && again->answer == accepted->answer, "an answer's terms can be offered",
            accepted->answer);
  } catch (const Error& error) {
    fuzz::require_good(error);
  }
}

void check_client(const HttpResponse& answer, const Upgrade& asked) {
  try {
    const auto agreed = check_upgraded(answer, asked);
    require(answer.status == 101, "101 alone is an upgrade");
    require(answer.headers.get("Sec-WebSocket-Accept") == accept_for(key_of(asked.nonce)),
            "the answer is to this request");
    require(!agreed.deflate || asked.deflate, "nothing is agreed on that was not offered");
    require(agreed.subprotocol.empty() || agreed.subprotocol == "a" || agreed.subprotocol == "b.c",
            "a subprotocol is one that was offered", agreed.subprotocol);
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::websocket && error.http_status() == answer.status,
            "an error tells the status", error.what());
  }
}

void check_server(const HttpRequest& request, const std::optional<DeflateParams>& deflate) {
  try {
    const auto accepted = accept_upgrade(request, {"b.c", "a"}, deflate);
    require(accepted.answer.status == 101, "an upgrade is answered with 101");
    require_same(accepted.answer.headers.get("Sec-WebSocket-Accept"),
                 accept_for(request.headers.get("Sec-WebSocket-Key")), "a key has one answer");
    require(!accepted.agreed.deflate || deflate, "a server agrees to what it wants alone");
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.http_status() == 400 || error.http_status() == 426,
            "a request that is refused is answered with 400 or 426", error.what());
  }
}

void check(std::string_view bytes) {
  fuzz::Input input(bytes);
  const auto flags = input.byte();
  const auto asked = params_of(input);
  const auto wanted = params_of(input);
  Upgrade upgrade;
  upgrade.subprotocols = {"a", "b.c"};
  if ((flags & 1) != 0) upgrade.deflate = asked;
  const auto headers = input.headers();
  const auto extensions = headers.get("Sec-WebSocket-Extensions");
  check_deflate(extensions, asked, wanted);
  check_client({(flags & 2) != 0 ? 200 + flags : 101, "", headers, ""}, upgrade);
  check_server({(flags & 4) != 0 ? "POST" : "GET", "/api/ws", headers, ""},
               (flags & 8) != 0 ? std::optional(wanted) : std::nullopt);

  // And the two together.
  HttpRequest request{"GET", "/api/ws", upgrade_headers(upgrade), ""};
  const auto accepted = accept_upgrade(request, {"b.c"}, wanted);
  const auto agreed = check_upgraded(accepted.answer, upgrade);
  require(agreed.deflate == accepted.agreed.deflate && agreed.subprotocol == "b.c",
          "client and server agree on the same");
}

fuzz::Target target() {
  const auto answer =
      "Upgrade: websocket\nConnection: keep-alive, Upgrade\nSec-WebSocket-Accept: " +
      accept_for(key_of({})) + "\n";
  const std::string request =
      "Upgrade: WebSocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: "
      "dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Protocol: x, a\n";
  const std::string deflate = "Sec-WebSocket-Extensions: permessage-deflate";
  return {check,
          {"\x01\x04\x77\x04\x77" + answer + "Sec-WebSocket-Protocol: b.c\n" + deflate + "\n",
           "\x05\x07\x22\x04\x33" + answer + deflate +
               "; server_no_context_takeover; client_no_context_takeover; "
               "server_max_window_bits=10; client_max_window_bits=\"9\"\n",
           "\x08\x04\x77\x04\x77" + request + deflate +
               "; client_max_window_bits; x, permessage-deflate;server_max_window_bits=8\n",
           "\x0a\x04\x77\x04\x12" + request + deflate + "; client_max_window_bits=16\n",
           "\x01\x04\x77\x04\x77" + answer + deflate + ", permessage-deflate\n"},
          {"permessage-deflate", "; server_no_context_takeover", "; client_no_context_takeover",
           "; server_max_window_bits=", "; client_max_window_bits", "=8", "=\"15\"", ", ", "\n",
           "Sec-WebSocket-Extensions: ", "Sec-WebSocket-Protocol: ", "Upgrade: websocket"}};
}

}  // namespace
}  // namespace pintle::ws

PINTLE_FUZZ_TARGET(WsHandshakeFuzz, BothSidesAgreeOnTheSame, pintle::ws::target())
