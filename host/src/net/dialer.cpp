#include "net/dialer.h"

#include <algorithm>
#include <utility>

#include <pintle/core/error.h>

#include "net/authority.h"
#include "net/tcp.h"

namespace pintle::net {
namespace {

using std::chrono::milliseconds;

/// The end of a phase that begins now.
TimePoint end_of(milliseconds limit, TimePoint total_deadline) {
  return std::min(total_deadline, Clock::now() + limit);
}

long long milliseconds_until(TimePoint end) {
  return std::chrono::ceil<milliseconds>(end - Clock::now()).count();
}

/// The proxy could not be reached: the person looks at the proxy, not at the gateway.
Error as_proxy_error(const Error& e) {
  return Error(Layer::proxy, e.happened())
      .with_retry(e.can_retry())
      .with_next("Check the proxy's address, and that this network reaches it.");
}

}  // namespace

Dialer::Dialer(DialSettings settings)
    : settings_(std::move(settings)),
      authority_(authority_of(settings_.host, settings_.port)),
      proxy_(settings_.proxies.find(settings_.host, settings_.port, settings_.secure)) {
  if (settings_.secure) tls_ = std::make_unique<TlsClient>(settings_.host, settings_.ca_file);
}

Stream Dialer::dial(Watch& watch, const CancelToken& cancel, TimePoint total_deadline) {
  const auto& limits = settings_.limits;
  const std::stop_callback on_cancel(cancel, [&watch] { watch.cancel(); });
  const auto& host = proxy_ ? proxy_->host : settings_.host;
  const auto port = proxy_ ? proxy_->port : settings_.port;
  const auto peer = proxy_ ? proxy_->text() : authority_;
  const auto connect = [&] {
    const auto addresses =
        resolve(host, end_of(limits.dns, total_deadline), cancel, settings_.lookup);
    return connect_tcp(addresses, port, peer, watch, end_of(limits.tcp, total_deadline),
                       limits.per_address);
  };

  Poco::Net::StreamSocket socket;
  if (proxy_) {
    try {
      socket = connect();
    } catch (const Error& e) {
      throw as_proxy_error(e);
    }
    socket = open_tunnel(Stream(socket, peer), *proxy_, settings_.host, settings_.port, watch,
                         end_of(limits.proxy, total_deadline))
                 .take_socket();
  } else {
    socket = connect();
  }
  if (!tls_) return Stream(socket, authority_);

  const auto end = end_of(limits.tls, total_deadline);
  const auto limit_ms = milliseconds_until(end);
  const Attached attached(watch, socket.impl()->sockfd());
  watch.set_deadline(end);
  Stream stream = tls_->shake_hands(socket, authority_, watch, limit_ms);
  watch.lift();
  return stream;
}

void Dialer::remember_session(Stream& stream) {
  if (tls_) tls_->remember_session(stream);
}

}  // namespace pintle::net
