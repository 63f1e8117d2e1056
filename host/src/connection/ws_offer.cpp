// SPDX-License-Identifier: Apache-2.0
#include "connection/ws_offer.h"

#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>

#include "base/random_bytes.h"

namespace pintle {
namespace {

constexpr const char* kSubprotocol = "Sec-WebSocket-Protocol";
constexpr const char* kExtensions = "Sec-WebSocket-Extensions";

ws::Nonce new_nonce() {
  ws::Nonce nonce{};
  fill_random(nonce);
  return nonce;
}

void wipe_all(std::vector<std::string>& names) {
  for (auto& name : names) wipe(name);
  names.clear();
}

}  // namespace

OwnOffer::~OwnOffer() { wipe_all(upgrade_.subprotocols); }

Headers OwnOffer::fields(const OperationOutcome& resolved, bool greets) {
  wipe_all(upgrade_.subprotocols);
  upgrade_.nonce = new_nonce();
  for (const auto& name : resolved.subprotocols) {
    upgrade_.subprotocols.emplace_back(name.reveal());
  }
  const bool deflates =
      options_.offer_deflate && options_.content != LiveOptions::Content::pieces && !greets;
  upgrade_.deflate = deflates ? std::optional(ws::DeflateParams()) : std::nullopt;
  auto fields = ws::upgrade_headers(upgrade_);
  fields.remove("Connection");  // The transport writes it.
  if (!options_.origin.empty()) fields.set("Origin", options_.origin);
  if (!options_.traceparent.empty()) fields.set("traceparent", options_.traceparent);
  return fields;
}

ws::Upgraded OwnOffer::check(HttpResponse& response) {
  return ws::check_upgraded(response, upgrade_);
}

Headers ClientOffer::fields(const OperationOutcome& resolved, bool greets) {
  greets_ = greets;
  Headers fields = own_;
  if (greets) fields.remove(kExtensions);
  // After the client's own, which it prefers. One field, as some servers read only the first.
  std::string offered;
  for (const auto list : own_.all(kSubprotocol)) {
    offered.append(offered.empty() ? "" : ", ").append(list);
  }
  for (const auto& name : resolved.subprotocols) {
    if (own_.has_token(kSubprotocol, name.reveal())) continue;
    offered.append(offered.empty() ? "" : ", ").append(name.reveal());
  }
  if (!offered.empty()) fields.set(kSubprotocol, offered);
  wipe(offered);
  return fields;
}

ws::Upgraded ClientOffer::check(HttpResponse& response) {
  ws::Upgraded agreed;
  agreed.subprotocol = response.headers.get(kSubprotocol);
  if (!agreed.subprotocol.empty() && !own_.has_token(kSubprotocol, agreed.subprotocol)) {
    response.headers.remove(kSubprotocol);
  }
  if (greets_ && response.headers.has(kExtensions)) {
    throw Error(Layer::websocket, "the gateway chose a WebSocket extension that was not offered")
        .with_status(response.status);
  }
  return agreed;
}

}  // namespace pintle
