// SPDX-License-Identifier: Apache-2.0
#include "connection/ws_dial.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/classify_response.h>
#include <pintle/core/text/ascii.h>
#include <pintle/core/text/printable.h>

#include "connection/greeting_channel.h"

namespace pintle {
namespace {

std::string path_of(std::string_view target) {
  return std::string(target.substr(0, target.find('?')));
}

bool refuses_credential(const GatewayProfile& profile, int status) {
  const auto& refused = profile.refused_upgrade;
  return std::find(refused.begin(), refused.end(), status) != refused.end();
}

// What another origin needs of the fields of an upgrade: a client's cookies are for the gateway.
Headers handshake_fields(const Headers& fields) {
  constexpr std::array kNames = {"Upgrade", "Connection", "Origin", "User-Agent", "traceparent"};
  Headers kept;
  for (const auto& field : fields) {
    const bool is_needed = ascii::starts_with(field.name(), "sec-websocket-") ||
                           std::any_of(kNames.begin(), kNames.end(), [&](const char* name) {
                             return same_field_name(field.name(), name);
                           });
    if (is_needed) kept.add(field);
  }
  return kept;
}

// A redirect or a page about an error repeats the URL, which holds the credential.
void hide_credential(HttpResponse& response, const KnownSecrets& secrets) {
  Headers headers;
  for (const auto& header : response.headers)
    headers.add(header.name(), secrets.hide(header.value()));
  const bool is_readable = !response.headers.has("Content-Encoding");
  response.body = is_readable ? secrets.hide(std::move(response.body)) : std::string();
  response.headers = std::move(headers);
}

Error refused_websocket(int status) {
  return Error(Layer::gate, "the gateway refused the WebSocket with this credential")
      .with_status(status)
      .with_sign_in()
      .with_hint(
          "Sign in again (pintle sign-in). If that does not help, the user may not open it.");
}

// A profile's path is the author's: no proxy is suspected first.
Error no_websocket_at(const GatewayProfile& profile, const std::string& path) {
  const bool is_usual = path == profile.ws_path;
  return Error(Layer::websocket, "the gateway has no WebSocket at " + printable(path, 200))
      .with_status(404)
      .with_user_action()
      .with_hint(is_usual ? "Check \"path\" of \"websocket\" in the profile " + profile.id +
                                ", or name another path with --path."
                          : "Check the path that was named (--path).");
}

}  // namespace

void WsDial::doubt(const Credential& used, const Error& error, bool last_try, bool& may_renew) {
  if (error.needs_sign_in()) {
    if (used.instance->cache().is_current(*used.instance)) {
      used.instance->latch(used.decorated.credential, error);
    }
  } else if (!error.can_retry() || !credentials_.is_outdated(used)) {
    throw error;
  }
  // An expired credential is left to the connection to renew; another thread or process may
  // have renewed it before this failure was handled.
  if (last_try) throw error;
  may_renew = true;
}

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
      doubt(ready, error, last_try, may_renew);
    }
  }
}

WsDial::Tried WsDial::upgrade(const OperationOutcome& resolved, WsOffer& offer,
                              const std::stop_token& cancel, bool& may_renew) {
  const auto with_credential = AbsoluteUrl::parse(resolved.ws_url.reveal());
  auto& transport = context_.origins.to(with_credential.origin);
  // The gateway's own headers are not for another origin: the credential is then in the URL, in a
  // subprotocol or in the greeting.
  const bool is_gateway = &transport == &context_.transport;
  const auto prefix = is_gateway ? context_.settings.url.prefix().size() : 0;
  HttpRequest request{.method = "GET",
                      .target = with_credential.target.substr(prefix),
                      .headers = offer.fields(resolved, credentials_.scheme_greets(cancel))};
  if (!is_gateway) request.headers = handshake_fields(request.headers);
  const BodyStreams none;
  const auto to_sign = parts_of(transport, request, true, none);
  Tried tried{
      .used = credentials_.valid({RequestKind::upgrade, request.method, request.target, &to_sign},
                                 cancel, may_renew)};
  const auto& [instance, decorated] = tried.used;
  if (is_gateway) {
    for (const auto& header : decorated.headers) request.headers.add(header);
  }
  tried.upgraded = transport.upgrade(request, context_.limits(cancel));
  wipe(request.target);
  auto& response = tried.upgraded.response;
  if (!tried.upgraded.stream) hide_credential(response, context_.secrets());
  if (is_gateway) {
    auto observed = instance->auth().observe(RequestKind::upgrade, response, decorated.credential,
                                             context_.now_ms());
    if (observed.session_changed) instance->cache().store(*instance);
    // A Hermes gateway refuses an upgrade with a 403; any other response is to a plain request and
    // proves nothing about the credential (gateway-contract 8).
    if (!tried.upgraded.stream && observed.needs_sign_in &&
        refuses_credential(*gateway_.profile(cancel), response.status)) {
      throw *observed.needs_sign_in;
    }
  }
  if (tried.upgraded.stream) tried.agreed = offer.check(response);
  return tried;
}

void WsDial::greet(Tried& tried, const std::stop_token& cancel) {
  const auto begin = net::Clock::now();
  auto& upgraded = tried.upgraded;
  GreetingChannel channel(*upgraded.stream, std::exchange(upgraded.early, {}),
                          std::chrono::milliseconds(context_.settings.request_ms), cancel);
  credentials_.run(tried.used.instance,
                   {.kind = OperationKind::greet,
                    .channel = &channel,
                    .ws_subprotocol = tried.agreed.subprotocol},
                   cancel, SessionCache::Writing::unless_newer);
  upgraded.early = channel.finish();
  context_.log().write(LogLevel::debug, "live", "greeting_finished",
                       {{"total_ms", milliseconds_of(net::Clock::now() - begin)}});
}

WsDial::Tried WsDial::attempt(const std::string& url, WsOffer& offer, const std::stop_token& cancel,
                              bool& may_renew, OperationOutcome& resolved,
                              const OnResolved& on_resolved) {
  for (bool last_try = false;; last_try = true) {
    // Only one ticket is minted at a time: other threads may do their TLS handshakes meanwhile.
    context_.transport.connect_ahead(context_.limits(cancel));
    resolved = resolve(url, cancel, may_renew);
    if (on_resolved) on_resolved(resolved);
    auto tried = upgrade(resolved, offer, cancel, may_renew);
    if (!tried.upgraded.stream || !tried.used.instance->auth().greets()) return tried;
    try {
      greet(tried, cancel);
      return tried;
    } catch (const Error& error) {
      doubt(tried.used, error, last_try, may_renew);
    }
  }
}

net::Upgraded WsDial::pass_on(const std::string& url, const Headers& fields,
                              const std::stop_token& cancel) {
  bool may_renew = true;
  OperationOutcome resolved;
  ClientOffer offer(fields);
  auto upgraded = attempt(url, offer, cancel, may_renew, resolved, {}).upgraded;
  const auto profile = gateway_.profile(cancel);
  if (!upgraded.stream && refuses_credential(*profile, upgraded.response.status)) {
    calls_.check_credential(cancel);  // as in `dial`
    upgraded = attempt(url, offer, cancel, may_renew, resolved, {}).upgraded;
  }
  // It did not arrive as an upgrade, so it says nothing to the client about its own credential.
  if (!upgraded.stream && upgraded.response.status == 401) {
    if (!profile->is_hermes()) throw refused_websocket(upgraded.response.status);
    const auto& prefix = context_.settings.url.prefix();
    const auto path = path_of(AbsoluteUrl::parse(url).target.substr(prefix.size()));
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
  OwnOffer offer(options);
  auto tried = attempt(url, offer, cancel, may_renew, refusal.resolved, on_resolved);
  auto& upgraded = tried.upgraded;
  if (upgraded.stream) {
    return live::Opened{.stream = std::move(*upgraded.stream),
                        .early = std::move(upgraded.early),
                        .reused = upgraded.reused,
                        .deflate = tried.agreed.deflate};
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
  const auto profile = gateway_.profile(cancel);
  const bool is_refused = refuses_credential(*profile, refusal.response.status);
  if (is_refused) {
    // A bare 403 gives no reason: credential, Host or Origin (gateway-contract 6). A REST request
    // tells whether it was the credential, and throws if so. Otherwise try once more: the ticket
    // may have expired in transit, or the token may have been read again.
    calls_.check_credential(cancel);
    if (auto opened = try_dial(options, cancel, may_renew, refusal, on_resolved)) {
      return std::move(*opened);
    }
  }
  if (!profile->is_hermes() && is_refused) throw refused_websocket(refusal.response.status);
  if (!profile->is_hermes() && refusal.response.status == 404) {
    throw no_websocket_at(*profile, path_of(options.path));
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
