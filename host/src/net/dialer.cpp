// SPDX-License-Identifier: Apache-2.0
#include "net/dialer.h"

#include <algorithm>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/base64.h>
#include <pintle/core/text/printable.h>

#include "net/authority.h"
#include "net/http/http_connection.h"
#include "net/tcp.h"

namespace pintle::net {
namespace {

using std::chrono::milliseconds;

/// Returns the deadline of a phase that begins now.
TimePoint end_of(milliseconds limit, TimePoint total_deadline) {
  return std::min(total_deadline, Clock::now() + limit);
}

long long milliseconds_until(TimePoint end) {
  return std::chrono::ceil<milliseconds>(end - Clock::now()).count();
}

}  // namespace

Dialer::Dialer(DialSettings settings)
    : settings_(std::move(settings)),
      authority_(authority_of(settings_.host, settings_.port)),
      proxy_(settings_.proxies.find(settings_.host, settings_.port, settings_.secure)) {
  if (proxy_ && proxy_->credentials) {
    auto& secrets = *settings_.instruments.secrets;
    const auto& user = proxy_->credentials->user;
    const auto& password = proxy_->credentials->password;
    secrets.add(basic_credential(user.reveal(), password.reveal()).reveal(),
                KnownSecrets::Life::settings);
    secrets.add(password.reveal(), KnownSecrets::Life::settings);
  }
  if (settings_.secure) tls_ = std::make_unique<TlsClient>(settings_.host, settings_.ca_file);
}

// Before the step: what hangs is the last one that was logged.
void Dialer::log_step(SafeText area, SafeText event, const std::string& to) const {
  const auto& log = settings_.instruments.log;
  if (!log.is_on(LogLevel::trace)) return;
  log.write(LogLevel::trace, area, event, {{"peer", safe_text(printable(to))}});
}

Poco::Net::StreamSocket Dialer::connect_to_peer(Watch& watch, const CancelToken& cancel,
                                                TimePoint total_deadline, DialTimes& times) {
  const auto& limits = settings_.limits;
  const auto& host = proxy_ ? proxy_->host : settings_.host;
  const auto port = proxy_ ? proxy_->port : settings_.port;
  const auto peer = proxy_ ? proxy_->text() : authority_;
  const auto addresses = [&] {
    log_step("dns", "resolving", host);
    const PhaseTimer timer(times.dns);
    return resolve(host, end_of(limits.dns, total_deadline), cancel, settings_.lookup);
  }();
  log_step("tcp", "connecting", peer);
  const PhaseTimer timer(times.tcp);
  return connect_tcp(addresses, port, peer, watch, end_of(limits.tcp, total_deadline),
                     limits.per_address);
}

Poco::Net::StreamSocket Dialer::connect(Watch& watch, const CancelToken& cancel,
                                        TimePoint total_deadline, DialTimes& times) {
  if (!proxy_) return connect_to_peer(watch, cancel, total_deadline, times);
  Poco::Net::StreamSocket socket;
  try {
    socket = connect_to_peer(watch, cancel, total_deadline, times);
  } catch (const Error& e) {
    throw proxy_error(e);
  }
  log_step("proxy", "opening_tunnel", authority_);
  const PhaseTimer timer(times.proxy);
  return open_tunnel(Stream(socket, proxy_->text()), *proxy_, settings_.host, settings_.port, watch,
                     end_of(settings_.limits.proxy, total_deadline))
      .take_socket();
}

Stream Dialer::shake_hands(TlsClient& tls, const Poco::Net::StreamSocket& socket, Watch& watch,
                           TimePoint deadline, const ClientIdentityPtr& identity,
                           DialTimes& times) const {
  log_step("tls", "shaking_hands", authority_);
  const PhaseTimer timer(times.tls);
  const auto limit_ms = milliseconds_until(deadline);
  const Attached attached(watch, socket.impl()->sockfd());
  watch.set_deadline(deadline);
  Stream stream = tls.shake_hands(socket, authority_, watch, limit_ms, identity);
  watch.lift();
  return stream;
}

Stream Dialer::dial(Watch& watch, const CancelToken& cancel, TimePoint total_deadline) {
  DialTimes times;
  return dial(watch, cancel, total_deadline, settings_.limits.tls, times);
}

Stream Dialer::dial(Watch& watch, const CancelToken& cancel, TimePoint total_deadline,
                    milliseconds tls_limit, DialTimes& times) {
  // Before the connection: the passphrase's source may take longer than a server waits.
  ClientIdentityPtr identity;
  if (tls_ && settings_.client_certificate) {
    identity = settings_.client_certificate->current(cancel);
  }
  const std::stop_callback on_cancel(cancel, [&watch] { watch.cancel(); });
  const auto socket = connect(watch, cancel, total_deadline, times);
  if (!tls_) return Stream(socket, authority_);
  return shake_hands(*tls_, socket, watch, end_of(tls_limit, total_deadline), identity, times);
}

bool Dialer::speaks_other_scheme(const CancelToken& cancel, TimePoint deadline) {
  Watch watch(Watchdog::shared());
  DialTimes times;
  const std::stop_callback on_cancel(cancel, [&watch] { watch.cancel(); });
  try {
    const auto socket = connect(watch, cancel, deadline, times);
    if (settings_.secure) return answers_http(Stream(socket, authority_), watch, deadline);
    TlsClient tls(settings_.host, settings_.ca_file);
    shake_hands(tls, socket, watch, deadline, nullptr, times);
    return true;
  } catch (const Error& e) {
    // A server whose certificate fails the check, or that requires a client certificate, speaks
    // TLS.
    return !settings_.secure && e.layer() == Layer::tls && watch.cause() == Watch::Cause::none &&
           !e.can_retry();
  }
}

bool Dialer::answers_http(Stream stream, Watch& watch, TimePoint deadline) const {
  HttpConnection http(std::move(stream), watch);
  const std::string head =
      "HEAD / HTTP/1.1\r\nHost: " + authority_ + "\r\nConnection: close\r\n\r\n";
  http.exchange({.method = "HEAD", .target = "/", .head = head, .body = {}}, {}, deadline);
  return true;
}

void Dialer::remember_session(Stream& stream) {
  if (tls_) tls_->remember_session(stream);
}

}  // namespace pintle::net
