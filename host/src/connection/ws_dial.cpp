// SPDX-License-Identifier: Apache-2.0
#include "connection/ws_dial.h"

#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/classify_response.h>
#include <pintle/core/ws/ws_handshake.h>

#include "base/random_bytes.h"

namespace pintle {
namespace {

// Needs a credential, and tells whether the gateway accepts it.

ws::Nonce new_nonce() {
  ws::Nonce nonce{};
  fill_random(nonce);
  return nonce;
}

std::string path_of(std::string_view target) {
  return std::string(target.substr(0, target.find('?')));
}

}  // namespace

OperationOutcome WsDial::resolve(const std::string& url, const std::stop_token& cancel,
                                 bool& may_renew) {
  for (bool last_try = false;; last_try = true) {
    // Ensures a credential first, as a request would.
    const auto ready =
        credentials_.valid({RequestKind::upgrade, "GET", "/api/ws"}, cancel, may_renew);
    try {
      auto resolved =
          credentials_.run(ready.instance, {.kind = OperationKind::resolve_ws_url, .ws_url = url},
                           cancel, SessionCache::Writing::unless_newer);
      if (resolved.life == PINTLE_KEEP_NEVER) {
        ConnectionMeter::add(context_.meter().tickets_minted);
        context_.log().write(LogLevel::debug, "ticket", "ticket_minted", {});
      }
      return resolved;
    } catch (const Error& error) {
      if (error.needs_sign_in()) {
        if (ready.instance->cache().is_current(*ready.instance)) {
          ready.instance->latch(ready.decorated.credential, error);
        }
      } else if (!error.can_retry() || !credentials_.is_outdated(ready)) {
        throw;
      }
      // An expired credential is left to the connection to renew; another thread or process may
      // have renewed it before this failure was handled.
      if (last_try) throw;
      may_renew = true;
    }
  }
}

net::Upgraded WsDial::attempt(const std::string& url, const Headers& fields,
                              const std::stop_token& cancel, bool& may_renew,
                              OperationOutcome& resolved, const OnResolved& on_resolved) {
  // Only one ticket is minted at a time: other threads may do their TLS handshakes meanwhile.
  context_.transport.connect_ahead(context_.limits(cancel));
  resolved = resolve(url, cancel, may_renew);
  if (on_resolved) on_resolved(resolved);
  const auto with_credential = AbsoluteUrl::parse(resolved.ws_url.reveal());
  HttpRequest request{
      .method = "GET",
      .target = with_credential.target.substr(context_.settings.url.prefix().size()),
      .headers = fields};
  const auto path = path_of(request.target);
  const auto [instance, decorated] =
      credentials_.valid({RequestKind::upgrade, request.method, path}, cancel, may_renew);
  for (const auto& header : decorated.headers) request.headers.add(header);
  auto upgraded = context_.transport.upgrade(request, context_.limits(cancel));
  wipe(request.target);
  auto observed = instance->auth().observe(RequestKind::upgrade, upgraded.response,
                                           decorated.credential, context_.now_ms());
  if (observed.session_changed) instance->cache().store(*instance);
  // A gateway refuses an upgrade with a 403; any other response is to a plain request and proves
  // nothing about the credential (gateway-contract 8).
  if (!upgraded.stream && observed.needs_sign_in && upgraded.response.status == 403) {
    throw *observed.needs_sign_in;
  }
  return upgraded;
}

net::Upgraded WsDial::pass_on(const std::string& url, const Headers& fields,
                              const std::stop_token& cancel) {
  bool may_renew = true;
  OperationOutcome resolved;
  auto upgraded = attempt(url, fields, cancel, may_renew, resolved, {});
  if (!upgraded.stream && upgraded.response.status == 403) {
    calls_.call({.target = kAnyRequest}, cancel);  // as in `dial`
    upgraded = attempt(url, fields, cancel, may_renew, resolved, {});
  }
  // It did not arrive as an upgrade, so it says nothing to the client about its own credential.
  if (!upgraded.stream && upgraded.response.status == 401) {
    const auto path = path_of(AbsoluteUrl::parse(url).target);
    if (auto error = classify_response(upgraded.response, context_.settings.url,
                                       RequestPurpose::upgrade_with_token, path)) {
      throw *error;
    }
  }
  return upgraded;
}

std::optional<live::Opened> WsDial::try_dial(const LiveOptions& options,
                                             const std::stop_token& cancel, bool& may_renew,
                                             Refusal& refusal, const OnResolved& on_resolved) {
  const auto url =
      context_.settings.url.ws_url(RequestTarget::parse(options.path).text(), options.query);
  const bool deflate = options.offer_deflate && options.content != LiveOptions::Content::pieces;
  const ws::Upgrade upgrade{.nonce = new_nonce(),
                            .subprotocols = {},
                            .deflate = deflate ? std::optional(ws::DeflateParams()) : std::nullopt};
  auto fields = ws::upgrade_headers(upgrade);
  fields.remove("Connection");  // The transport writes it.
  if (!options.origin.empty()) fields.set("Origin", options.origin);
  if (!options.traceparent.empty()) fields.set("traceparent", options.traceparent);
  auto upgraded = attempt(url, fields, cancel, may_renew, refusal.resolved, on_resolved);
  if (upgraded.stream) {
    const auto agreed = ws::check_upgraded(upgraded.response, upgrade);
    return live::Opened{std::move(*upgraded.stream), std::move(upgraded.early), upgraded.reused,
                        agreed.deflate};
  }
  refusal.response = std::move(upgraded.response);
  return std::nullopt;
}

live::Opened WsDial::dial(const LiveOptions& options, const std::stop_token& cancel,
                          const OnResolved& on_resolved) {
  Refusal refusal;
  bool may_renew = true;
  if (auto opened = try_dial(options, cancel, may_renew, refusal, on_resolved)) {
    return std::move(*opened);
  }
  if (refusal.response.status == 403) {
    // A bare 403 gives no reason: credential, Host or Origin (gateway-contract 6). A REST request
    // tells whether it was the credential, and throws if so. Otherwise try once more: the ticket
    // may have expired in transit, or the token may have been read again.
    calls_.call({.target = kAnyRequest}, cancel);
    if (auto opened = try_dial(options, cancel, may_renew, refusal, on_resolved)) {
      return std::move(*opened);
    }
  }
  const auto purpose = refusal.resolved.life == PINTLE_KEEP_NEVER
                           ? RequestPurpose::upgrade_with_ticket
                           : RequestPurpose::upgrade_with_token;
  if (auto error =
          classify_response(refusal.response, context_.settings.url, purpose, options.path))
    throw *error;
  throw Error(Layer::websocket, "the gateway did not upgrade to a WebSocket")
      .with_status(refusal.response.status);
}

}  // namespace pintle
