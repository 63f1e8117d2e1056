// SPDX-License-Identifier: Apache-2.0
#include "net/transport.h"

#include <algorithm>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/http/wrong_protocol.h>
#include <pintle/core/text/printable.h>

#include "net/front_exchange.h"

namespace pintle::net {

struct Transport::Live {
  Watch watch{Watchdog::shared()};
  std::optional<HttpConnection> http;
  DialTimes dial{};  ///< For the first exchange on it.
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

constexpr auto kWhole = [](const HttpResponse& response) { return &response; };

bool may_be_repeated(const HttpRequest& request, const ExchangeLimits& limits) {
  return !limits.once && (limits.may_repeat || is_idempotent(request.method));
}

}  // namespace

DialSettings dial_settings(const TransportSettings& settings) {
  DialSettings dial;
  dial.host = settings.gateway.host();
  dial.port = settings.gateway.port();
  dial.secure = settings.gateway.secure();
  dial.ca_file = settings.ca_file;
  dial.client_certificate = settings.client_certificate;
  dial.proxies = settings.proxies;
  dial.limits = settings.connect;
  dial.lookup = settings.lookup;
  dial.instruments = settings.instruments;
  return dial;
}

Transport::Transport(TransportSettings settings)
    : settings_(std::move(settings)),
      dialer_(dial_settings(settings_)),
      max_idle_(settings_.max_idle) {
  use_extra_headers(std::move(settings_.extra_headers));
  settings_.extra_headers = {};
}

Transport::~Transport() = default;

void Transport::use_extra_headers(Headers headers) {
  auto writer = std::make_shared<const RequestWriter>(settings_.gateway, headers);
  for (const auto& header : headers) secrets().add_header(header, KnownSecrets::Life::settings);
  const MutexLock lock(mutex_);
  extra_headers_ = std::move(headers);
  writer_ = std::move(writer);
}

Headers Transport::extra_headers() const {
  const MutexLock lock(mutex_);
  return extra_headers_;
}

bool Transport::has_another(const Header& header) const {
  const MutexLock lock(mutex_);
  const auto value = extra_headers_.find(header.name());
  return value && *value != header.value();
}

std::shared_ptr<const RequestWriter> Transport::writer() const {
  const MutexLock lock(mutex_);
  return writer_;
}

TransportSettings Transport::settings_for(GatewayUrl other) const {
  auto settings = settings_;
  if (other.origin() != settings.gateway.origin()) settings.client_certificate = nullptr;
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
                                                 TimePoint total_deadline, DialTimes& times) {
  try {
    auto live = open(limits, total_deadline, times);
    record_connection(settings_.instruments, settings_.gateway, times, nullptr);
    live->dial = times;
    return live;
  } catch (const Error& error) {
    record_connection(settings_.instruments, settings_.gateway, times, &error);
    throw;
  }
}

std::unique_ptr<Transport::Live> Transport::open(const ExchangeLimits& limits,
                                                 TimePoint total_deadline, DialTimes& times) {
  auto live = std::make_unique<Live>();
  const auto connect = [&](std::chrono::milliseconds tls_limit) {
    times = {};
    live->http.emplace(dialer_.dial(live->watch, limits.cancel, total_deadline, tls_limit, times),
                       live->watch);
  };
  if (limits.first_contact && settings_.gateway.secure()) {
    // The first handshake gets less than the whole time; a slow TLS server gets all of it on a
    // second connection.
    try {
      connect(std::min(settings_.connect.tls, kFirstHandshake));
      return live;
    } catch (const Error& e) {
      if (e.layer() != Layer::tls || !e.can_retry()) throw;
      throw_if_other_scheme(limits, total_deadline, times);
      if (settings_.connect.tls <= kFirstHandshake) throw;
    }
    live = std::make_unique<Live>();
  }
  connect(settings_.connect.tls);
  return live;
}

void Transport::throw_if_other_scheme(const ExchangeLimits& limits, TimePoint total_deadline,
                                      const DialTimes& times) {
  using std::chrono::nanoseconds;
  const auto connected = times.tcp.value_or(nanoseconds(0)) + times.proxy.value_or(nanoseconds(0));
  const auto deadline = std::min(total_deadline, Clock::now() + other_scheme_limit(connected));
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
  if (idle_.size() > max_idle_) {
    pushed_out = std::move(idle_.front());
    idle_.erase(idle_.begin());
  }
}

void Transport::connect_ahead(const ExchangeLimits& limits) {
  auto live = take_idle();
  if (!live) {
    DialTimes times;
    live = dial(limits, Clock::now() + limits.total, times);
    live->idle_since = Clock::now();
  }
  put_idle(std::move(live));  // an idle one keeps its age
}

void Transport::keep_at_least(std::size_t idle_connections) {
  const MutexLock lock(mutex_);
  max_idle_ = std::max(max_idle_, idle_connections);
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
  const auto begin = Clock::now();
  auto wire = outgoing.wire;
  wire.head = outgoing.head;
  ExchangeRecord record(settings_.instruments, settings_.gateway, wire, begin);
  Facts unused;
  try {
    auto live = try_run(wire, limits, may_repeat, response, facts != nullptr ? *facts : unused,
                        begin + limits.total, record);
    record.finished(response.status);
    return live;
  } catch (const Error& error) {
    record.failed(error, limits.cancel.stop_requested());
    throw;
  }
}

std::unique_ptr<Transport::Live> Transport::try_run(const WireRequest& wire,
                                                    const ExchangeLimits& limits, bool may_repeat,
                                                    HttpResponse& response, Facts& facts,
                                                    TimePoint total_deadline,
                                                    ExchangeRecord& record) {
  auto live = limits.once ? nullptr : take_idle();
  if (!live) live = dial(limits, total_deadline, record.dial);
  for (;;) {
    if (limits.before_first_byte != nullptr) (*limits.before_first_byte)();
    record.reused = live->was_used;
    if (!live->was_used) record.dial = live->dial;
    try {
      response = live->http->exchange(wire, limits, total_deadline);
      record.moved_by(*live->http);
      break;
    } catch (const Error& e) {
      record.moved_by(*live->http);
      const bool closed_before_response =
          e.layer() == Layer::tcp && !live->http->has_received() && !live->http->was_stopped();
      if (closed_before_response && !live->was_idle && limits.first_contact &&
          !live->http->stream().secure()) {
        throw_if_other_scheme(limits, total_deadline, record.dial);
      }
      facts.closed_before_response = closed_before_response;
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
    live = dial(limits, total_deadline, record.dial);
  }
  facts.reused = std::exchange(live->was_used, true);
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
  if (front_ == nullptr) return exchange_with(request, bounds, streams, {});
  auto& front = *front_;
  std::optional<FrontSink> sink;
  auto through = streams;
  if (streams.sink != nullptr) through.sink = &sink.emplace(front, *streams.sink);
  auto response = send_through(
      front, request, false, may_be_repeated(request, limits), limits.cancel,
      [&](const FrontPass& used) { return exchange_with(request, bounds, through, used.headers); },
      kWhole, [&] { return streams.source == nullptr || streams.source->rewind(); });
  if (sink) sink->release(response);
  return response;
}

HttpResponse Transport::exchange_as(const HttpRequest& request, const ExchangeLimits& limits,
                                    const Headers& front) {
  return exchange_with(request, limits, {}, front);
}

HttpResponse Transport::exchange_with(const HttpRequest& request, const ExchangeLimits& limits,
                                      const BodyStreams& streams, const Headers& front) {
  return send(writer()->write(request, false, streams, {}, front), limits,
              may_be_repeated(request, limits));
}

std::pair<HttpResponse, HttpResponse> Transport::exchange_both(
    const HttpRequest& first, const HttpRequest& second, const ExchangeLimits& limits,
    std::optional<std::string_view> prefix) {
  if (first.method != "GET" || second.method != "GET") {
    throw Error(Layer::config, "only GET requests can be sent in pairs");
  }
  if (front_ == nullptr) return exchange_both_with(first, second, limits, prefix, {});
  FrontPass used;
  auto both = send_through(
      *front_, first, false, true, limits.cancel,
      [&](const FrontPass& pass) {
        used = pass;
        return exchange_both_with(first, second, limits, prefix, pass.headers);
      },
      [](const auto& responses) { return &responses.first; }, [] { return true; });
  // A front may let one of them through and not the other.
  if (front_->refused(used, false, both.second, limits.cancel)) {
    both.second = prefix ? get_below(*prefix, second, limits) : exchange(second, limits, {});
  }
  return both;
}

std::pair<HttpResponse, HttpResponse> Transport::exchange_both_with(
    const HttpRequest& first, const HttpRequest& second, const ExchangeLimits& limits,
    std::optional<std::string_view> prefix, const Headers& front) {
  const auto writer = this->writer();
  const auto next = writer->write(second, false, {}, prefix, front);
  auto both = writer->write(first, false, {}, prefix, front);
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
    responses.first = send(writer->write(first, false, {}, prefix, front), limits, true);
  }
  if (live && live->http->reusable() && read_second(*live, next.wire, limits, responses.second)) {
    give_back(std::move(live));
    return responses;
  }
  live.reset();
  responses.second = send(next, limits, true);
  return responses;
}

HttpResponse Transport::get_below(std::string_view prefix, const HttpRequest& request,
                                  const ExchangeLimits& limits) {
  const auto get = [&](const Headers& front) {
    return send(writer()->write(request, false, {}, prefix, front), limits, true);
  };
  if (front_ == nullptr) return get({});
  return send_through(
      *front_, request, false, true, limits.cancel,
      [&](const FrontPass& used) { return get(used.headers); }, kWhole, [] { return true; });
}

// Returns false if the connection ended without it, so that it must be sent again.
bool Transport::read_second(Live& live, const WireRequest& wire, const ExchangeLimits& limits,
                            HttpResponse& response) {
  auto sent = wire;
  sent.is_sent = true;
  const auto begin = Clock::now();
  ExchangeRecord record(settings_.instruments, settings_.gateway, sent, begin);
  record.reused = true;
  auto& http = *live.http;
  try {
    response = http.exchange(sent, limits, begin + limits.total);
    record.moved_by(http);
    record.finished(response.status);
    return true;
  } catch (const Error& error) {
    if (error.layer() == Layer::tcp && !http.has_received() && !http.was_stopped()) return false;
    record.moved_by(http);
    record.failed(error, limits.cancel.stop_requested());
    throw;
  }
}

Upgraded Transport::upgrade(const HttpRequest& request, const ExchangeLimits& limits) {
  if (request.method != "GET" || !request.headers.has("Upgrade") || !request.body.empty()) {
    throw Error(Layer::config, "an upgrade must be a GET with an Upgrade header and no body");
  }
  if (front_ == nullptr) return upgrade_with(request, limits, {});
  return send_through(
      *front_, request, true, true, limits.cancel,
      [&](const FrontPass& used) { return upgrade_with(request, limits, used.headers); },
      [](const Upgraded& upgraded) { return &upgraded.response; }, [] { return true; });
}

Upgraded Transport::upgrade_with(const HttpRequest& request, const ExchangeLimits& limits,
                                 const Headers& front) {
  const auto outgoing = writer()->write(request, true, {}, {}, front);
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
