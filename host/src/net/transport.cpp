// SPDX-License-Identifier: Apache-2.0
#include "net/transport.h"

#include <algorithm>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/http/wrong_protocol.h>
#include <pintle/core/text/printable.h>

namespace pintle::net {

struct Transport::Live {
  Watch watch{Watchdog::shared()};
  std::optional<HttpConnection> http;
  TimePoint idle_since{};
  bool was_idle = false;  ///< It may have been closed meanwhile.
  bool was_used = false;  ///< An exchange has used it.
  bool session_kept = false;
};

namespace {

bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" ||
         method == "DELETE";
}

DialSettings dial_settings(const TransportSettings& settings) {
  DialSettings dial;
  dial.host = settings.gateway.host();
  dial.port = settings.gateway.port();
  dial.secure = settings.gateway.secure();
  dial.ca_file = settings.ca_file;
  dial.proxies = settings.proxies;
  dial.limits = settings.connect;
  dial.lookup = settings.lookup;
  return dial;
}

}  // namespace

Transport::Transport(TransportSettings settings)
    : settings_(std::move(settings)),
      dialer_(dial_settings(settings_)),
      writer_(settings_.gateway, settings_.extra_headers) {}

Transport::~Transport() = default;

TransportSettings Transport::settings_for(GatewayUrl other) const {
  auto settings = settings_;
  settings.gateway = std::move(other);
  settings.extra_headers = {};
  return settings;
}

std::unique_ptr<Transport::Live> Transport::take_idle() {
  std::unique_ptr<Live> live;
  do {
    std::vector<std::unique_ptr<Live>> too_old;  // Closed after the lock is released.
    const MutexLock lock(mutex_);
    const auto oldest = Clock::now() - settings_.keep_idle;
    const auto good = std::find_if(idle_.begin(), idle_.end(),
                                   [&](const auto& one) { return one->idle_since >= oldest; });
    std::move(idle_.begin(), good, std::back_inserter(too_old));
    idle_.erase(idle_.begin(), good);
    if (idle_.empty()) return nullptr;
    live = std::move(idle_.back());
    idle_.pop_back();
  } while (!live->http->stream().is_quiet());
  live->was_idle = true;
  return live;
}

std::unique_ptr<Transport::Live> Transport::dial(const ExchangeLimits& limits,
                                                 TimePoint total_deadline) {
  auto live = std::make_unique<Live>();
  if (limits.first_contact && settings_.gateway.secure()) {
    // The first handshake gets less than the whole time; a slow TLS server gets all of it on a
    // second connection.
    try {
      const auto tls_limit = std::min(settings_.connect.tls, kFirstHandshake);
      live->http.emplace(dialer_.dial(live->watch, limits.cancel, total_deadline, tls_limit),
                         live->watch);
      return live;
    } catch (const Error& e) {
      if (e.layer() != Layer::tls || !e.can_retry()) throw;
      throw_if_other_scheme(limits, total_deadline);
      if (settings_.connect.tls <= kFirstHandshake) throw;
    }
    live = std::make_unique<Live>();
  }
  live->http.emplace(dialer_.dial(live->watch, limits.cancel, total_deadline), live->watch);
  return live;
}

void Transport::throw_if_other_scheme(const ExchangeLimits& limits, TimePoint total_deadline) {
  const auto deadline = std::min(total_deadline, Clock::now() + kOtherScheme);
  if (!dialer_.speaks_other_scheme(limits.cancel, deadline)) return;
  const auto& gateway = settings_.gateway;
  throw wrong_scheme_error(gateway.secure() ? Scheme::http : Scheme::https, gateway.authority());
}

void Transport::give_back(std::unique_ptr<Live> live) {
  if (!live->http->reusable()) return;
  live->idle_since = Clock::now();
  put_idle(std::move(live));
}

void Transport::put_idle(std::unique_ptr<Live> live) {
  std::unique_ptr<Live> pushed_out;
  const MutexLock lock(mutex_);
  idle_.push_back(std::move(live));
  if (idle_.size() > settings_.max_idle) {
    pushed_out = std::move(idle_.front());
    idle_.erase(idle_.begin());
  }
}

void Transport::connect_ahead(const ExchangeLimits& limits) {
  auto live = take_idle();
  if (!live) {
    live = dial(limits, Clock::now() + limits.total);
    live->idle_since = Clock::now();
  }
  put_idle(std::move(live));  // an idle one keeps its age
}

void Transport::close_idle() {
  std::vector<std::unique_ptr<Live>> closing;
  const MutexLock lock(mutex_);
  closing.swap(idle_);
}

std::unique_ptr<Transport::Live> Transport::run(const OutgoingRequest& outgoing,
                                                const ExchangeLimits& limits, bool may_repeat,
                                                HttpResponse& response, Facts* facts) {
  if (limits.cancel.stop_requested()) {
    throw Error(Layer::tcp, printable(outgoing.wire.method) + " at " +
                                settings_.gateway.authority() +
                                " was cancelled before it was sent");
  }
  const auto total_deadline = Clock::now() + limits.total;
  auto wire = outgoing.wire;
  wire.head = outgoing.head;
  auto live = take_idle();
  if (!live) live = dial(limits, total_deadline);
  for (;;) {
    try {
      response = live->http->exchange(wire, limits, total_deadline);
      break;
    } catch (const Error& e) {
      const bool closed_before_response =
          e.layer() == Layer::tcp && !live->http->has_received() && !live->http->was_stopped();
      if (closed_before_response && !live->was_idle && limits.first_contact &&
          !live->http->stream().secure()) {
        throw_if_other_scheme(limits, total_deadline);
      }
      if (facts != nullptr) facts->closed_before_response = closed_before_response;
      const bool repeats = closed_before_response && live->was_idle && may_repeat &&
                           (wire.source == nullptr || wire.source->rewind());
      if (!repeats) {
        if (e.layer() != Layer::tcp || may_repeat || live->http->has_received()) throw;
        throw Error(Layer::tcp, e.message() + "; the gateway may have processed the request")
            .with_retry(e.can_retry())
            .with_hint("Check whether it took effect before you send it again.");
      }
    }
    // The server closed it before the request arrived. The other idle ones are as old.
    live.reset();
    close_idle();
    live = dial(limits, total_deadline);
  }
  if (facts != nullptr) facts->reused = live->was_used;
  live->was_used = true;
  if (!live->session_kept) {
    live->session_kept = true;
    dialer_.remember_session(live->http->stream());
  }
  return live;
}

HttpResponse Transport::send(const OutgoingRequest& outgoing, const ExchangeLimits& limits,
                             bool may_repeat) {
  HttpResponse response;
  give_back(run(outgoing, limits, may_repeat, response));
  return response;
}

HttpResponse Transport::exchange(const HttpRequest& request, const ExchangeLimits& limits,
                                 const BodyStreams& streams) {
  auto bounds = limits;
  if (streams.max_body_bytes) bounds.body_bytes = bounds.sink_bytes = *streams.max_body_bytes;
  return send(writer_.write(request, false, streams), bounds,
              limits.may_repeat || is_idempotent(request.method));
}

std::pair<HttpResponse, HttpResponse> Transport::exchange_both(
    const HttpRequest& first, const HttpRequest& second, const ExchangeLimits& limits,
    std::optional<std::string_view> prefix) {
  if (first.method != "GET" || second.method != "GET") {
    throw Error(Layer::config, "only GET requests can be sent in pairs");
  }
  const auto next = writer_.write(second, false, {}, prefix);
  auto both = writer_.write(first, false, {}, prefix);
  both.head += next.head;
  both.wire.has_next = true;
  std::pair<HttpResponse, HttpResponse> responses;
  Facts facts;
  std::unique_ptr<Live> live;
  try {
    live = run(both, limits, true, responses.first, &facts);
  } catch (const Error&) {
    // An intermediary may not support pipelining.
    if (!facts.closed_before_response) throw;
    responses.first = send(writer_.write(first, false, {}, prefix), limits, true);
  }
  if (live && live->http->reusable()) {
    auto wire = next.wire;
    wire.head = next.head;
    wire.is_sent = true;
    try {
      responses.second = live->http->exchange(wire, limits, Clock::now() + limits.total);
      give_back(std::move(live));
      return responses;
    } catch (const Error& error) {
      if (error.layer() != Layer::tcp || live->http->has_received() || live->http->was_stopped())
        throw;
    }
  }
  live.reset();
  responses.second = send(next, limits, true);
  return responses;
}

Upgraded Transport::upgrade(const HttpRequest& request, const ExchangeLimits& limits) {
  if (request.method != "GET" || !request.headers.has("Upgrade") || !request.body.empty()) {
    throw Error(Layer::config, "an upgrade must be a GET with an Upgrade header and no body");
  }
  const auto outgoing = writer_.write(request, true);
  Upgraded upgraded;
  Facts facts;
  auto live = run(outgoing, limits, true, upgraded.response, &facts);
  upgraded.reused = facts.reused;
  if (upgraded.response.status == 101) {
    upgraded.stream.emplace(live->http->release(upgraded.early));
  } else {
    give_back(std::move(live));
  }
  return upgraded;
}

}  // namespace pintle::net
