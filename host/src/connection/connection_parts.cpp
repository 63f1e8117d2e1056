// SPDX-License-Identifier: Apache-2.0
#include "connection/connection_parts.h"

#include <chrono>
#include <utility>

#include <pintle/core/base/error.h>

#include "settings/transport_settings.h"

namespace pintle {

Connection::Parts::Parts(std::shared_ptr<HostParts> host_parts, ConnectionSettings given)
    : Parts(host_parts, given, transport_settings(given, host_parts->options.proxy_environment)) {}

Connection::Parts::Parts(std::shared_ptr<HostParts> host_parts, ConnectionSettings given,
                         net::TransportSettings made)
    : settings(std::move(given)),
      host_(std::move(host_parts)),
      route_(route_to_gateway(settings, made)),
      transport_(std::move(made)),
      store_(session_store_of(host_->options, settings)),
      flight_([this](const std::stop_token& stop) { renew_in_flight(stop); }) {}

net::ExchangeLimits Connection::Parts::limits(const std::stop_token& cancel) const {
  net::ExchangeLimits made;
  made.total = std::chrono::milliseconds(settings.request_ms);
  made.first_byte = made.total;
  made.cancel = cancel;
  return made;
}

CancellableMutex::Guard Connection::Parts::turn(const std::stop_token& cancel) {
  return operation_.take(cancel, settings.request_ms);
}

OperationOutcome Connection::Parts::run(const std::shared_ptr<CurrentInstance>& held,
                                        const OperationArguments& arguments,
                                        const std::stop_token& cancel,
                                        SessionKeeper::Writing writing) {
  const auto mine = turn(cancel);
  auto& keep = held->keeper();
  keep.before_use(*held, held->auth().change());
  OperationRunner operation(
      held->auth(), transport_, settings, [this] { return now_ms(); },
      [&] { keep.store(*held, writing); });
  return operation.run(arguments, cancel);
}

Connection::Parts::Ready Connection::Parts::credential(const Asking& asking,
                                                       const std::stop_token& cancel) {
  auto& keep = keeper(cancel);
  const auto ready = [&](const std::shared_ptr<CurrentInstance>& held) -> Ready {
    return {held, held->auth().decorate(asking.kind, asking.method, asking.target, now_ms())};
  };
  std::optional<Error> why;
  do {
    auto held = keep.held();
    if (held->is_latched()) continue;
    try {
      return ready(held);
    } catch (const Error& error) {
      if (!error.needs_sign_in()) throw;
      why = error;
    }
    // None yet, or a dead one: somebody may have signed in elsewhere on this machine.
  } while (keep.take_over());
  auto held = keep.held();
  try {
    sign_in_quietly(held, cancel);  // it may lie anew where the settings say
  } catch (const Error& error) {
    if (!error.needs_sign_in()) throw;
    // That it was not given anew is no news to who would like to know why the session ended.
    held->throw_if_latched();
    if (why && why->layer() == Layer::session) throw *why;
    throw;
  }
  held = keep.held();
  auto made = ready(held);
  held->check_latch(made.decorated.credential);
  return made;
}

Connection::Parts::Ready Connection::Parts::decorate(const Asking& asking,
                                                     const std::stop_token& cancel,
                                                     bool& may_renew) {
  auto ready = credential(asking, cancel);
  // A renewal that was joined may have begun before this credential was found to be due, and leave
  // it as it is: then there is another round.
  constexpr int kMaxRounds = 4;
  for (int round = 0; may_renew && round < kMaxRounds; ++round) {
    const auto how_soon = due(ready, asking.kind);
    if (how_soon == Due::no || !renew(ready, how_soon, cancel)) break;
    auto renewed = credential(asking, cancel);
    may_renew = renewed.is(ready);
    ready = std::move(renewed);
  }
  ready.held->keeper().before_use(*ready.held, ready.decorated.change);
  return ready;
}

bool Connection::Parts::may_repeat(const BodyStreams& streams, const HttpResponse& response) {
  if (streams.sink != nullptr && response.ok()) return false;
  return streams.source == nullptr || streams.source->rewind();
}

HttpResponse Connection::Parts::call_once(HttpRequest request, const std::stop_token& cancel,
                                          const BodyStreams& streams) {
  auto bounds = limits(cancel);
  bounds.body_hint = "Raise the limit with --max-body, or let call --output write it to a file.";
  const Headers own = request.headers;
  for (bool last_try = false;; last_try = true) {
    bool may_renew = true;
    const auto [held, decorated] =
        decorate({RequestKind::rest, request.method, request.target}, cancel, may_renew);
    request.headers = own;
    for (const auto& header : decorated.headers) request.headers.add(header);
    auto response = transport_.exchange(request, bounds, streams);
    auto observed =
        held->auth().observe(RequestKind::rest, response, decorated.credential, now_ms());
    if (observed.session_changed) held->keeper().store(*held);
    if (observed.needs_sign_in) {
      // An older session's end says nothing of the one that took its place.
      if (held->keeper().is_current(*held)) {
        held->latch(decorated.credential, *observed.needs_sign_in);
      }
      if (last_try || !may_repeat(streams, response)) throw *observed.needs_sign_in;
      // Decorating looks for another one, in the store and where the settings say, and throws where
      // there is none.
      continue;
    }
    if (observed.retry_once && !last_try && may_repeat(streams, response)) continue;
    return response;
  }
}

std::optional<Error> Connection::Parts::store_trouble() const {
  const auto* ready = ready_.load(std::memory_order_acquire);
  return ready == nullptr ? std::nullopt : ready->keeper->trouble();
}

std::string Connection::Parts::store_note() const {
  const auto* ready = ready_.load(std::memory_order_acquire);
  return ready == nullptr ? std::string() : ready->keeper->note();
}

}  // namespace pintle
