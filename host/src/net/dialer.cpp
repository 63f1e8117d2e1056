// SPDX-License-Identifier: Apache-2.0
#include "net/dialer.h"

#include <algorithm>
#include <utility>

#include <pintle/core/base/error.h>

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
  if (settings_.secure) tls_ = std::make_unique<TlsClient>(settings_.host, settings_.ca_file);
}

Poco::Net::StreamSocket Dialer::connect(Watch& watch, const CancelToken& cancel,
                                        TimePoint total_deadline) {
  const auto& limits = settings_.limits;
  const auto& host = proxy_ ? proxy_->host : settings_.host;
  const auto port = proxy_ ? proxy_->port : settings_.port;
  const auto peer = proxy_ ? proxy_->text() : authority_;
  const auto connect_to_peer = [&] {
    const auto addresses =
        resolve(host, end_of(limits.dns, total_deadline), cancel, settings_.lookup);
    return connect_tcp(addresses, port, peer, watch, end_of(limits.tcp, total_deadline),
                       limits.per_address);
  };
  if (!proxy_) return connect_to_peer();
  Poco::Net::StreamSocket socket;
  try {
    socket = connect_to_peer();
  } catch (const Error& e) {
    throw proxy_error(e);
  }
  return open_tunnel(Stream(socket, peer), *proxy_, settings_.host, settings_.port, watch,
                     end_of(limits.proxy, total_deadline))
      .take_socket();
}

Stream Dialer::shake_hands(TlsClient& tls, const Poco::Net::StreamSocket& socket, Watch& watch,
                           TimePoint deadline) const {
  const auto limit_ms = milliseconds_until(deadline);
  const Attached attached(watch, socket.impl()->sockfd());
  watch.set_deadline(deadline);
  Stream stream = tls.shake_hands(socket, authority_, watch, limit_ms);
  watch.lift();
  return stream;
}

Stream Dialer::dial(Watch& watch, const CancelToken& cancel, TimePoint total_deadline) {
  return dial(watch, cancel, total_deadline, settings_.limits.tls);
}

Stream Dialer::dial(Watch& watch, const CancelToken& cancel, TimePoint total_deadline,
                    milliseconds tls_limit) {
  const std::stop_callback on_cancel(cancel, [&watch] { watch.cancel(); });
  const auto socket = connect(watch, cancel, total_deadline);
  if (!tls_) return Stream(socket, authority_);
  return shake_hands(*tls_, socket, watch, end_of(tls_limit, total_deadline));
}

bool Dialer::speaks_other_scheme(const CancelToken& cancel, TimePoint deadline) {
  Watch watch(Watchdog::shared());
  const std::stop_callback on_cancel(cancel, [&watch] { watch.cancel(); });
  try {
    const auto socket = connect(watch, cancel, deadline);
    if (settings_.secure) return answers_http(Stream(socket, authority_), watch, deadline);
    TlsClient tls(settings_.host, settings_.ca_file);
    shake_hands(tls, socket, watch, deadline);
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
