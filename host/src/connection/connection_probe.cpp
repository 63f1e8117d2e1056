// SPDX-License-Identifier: Apache-2.0
//
// What a connection's gateway is, and which scheme that makes; what an earlier run heard of it, and
// when it is asked again (docs/decisions/0013).

#include <exception>
#include <tuple>
#include <utility>

#include <pintle/core/base/error.h>

#include "connection/connection_parts.h"

namespace pintle {
namespace {

// Signs that the gateway, or what stands in front of it, is another than it was.
bool hints_at_change(const HttpResponse& response) {
  const auto type = response.headers.find("Content-Type").value_or("");
  return response.status >= 300 || type.starts_with("text/html");
}

bool hints_at_change(const Error& error) {
  switch (error.layer()) {
    case Layer::dns:
    case Layer::tcp:
    case Layer::proxy:
    case Layer::tls:
    case Layer::store:
      return false;
    default:
      return true;
  }
}

// Whether the request did nothing at the gateway.
bool was_refused(const HttpResponse& response) {
  return response.status == 401 || response.status == 403 || response.status == 404;
}

bool was_refused(const Error& error) {
  return error.needs_sign_in() || error.layer() == Layer::config;
}

Probe read(const ProbeAnswers& answers, const GatewayUrl& url) {
  auto found = read_status(answers.status, url);
  if (found.auth_required) read_providers(answers.providers, url, found);
  return found;
}

bool signs_in_alike(const Probe& one, const Probe& other) {
  return one.auth_required == other.auth_required && one.providers == other.providers &&
         one.auth_flows == other.auth_flows;
}

}  // namespace

Probe Connection::Parts::probe_at(const GatewayUrl& url, const std::stop_token& cancel) {
  auto bounds = limits(cancel);
  bounds.body_bytes = kLongestProbeAnswer;
  bounds.may_repeat = true;
  bounds.first_contact = true;
  // At once, so that it costs one round trip; without a gate there is nobody to sign in with, and
  // the second answer says nothing.
  ProbeAnswers answers;
  std::tie(answers.status, answers.providers) = transport_.exchange_both(
      {.target = "/api/status"}, {.target = "/api/auth/providers"}, bounds, url.prefix());
  try {
    auto found = read(answers, url);
    if (auto* known = cache()) known->keep(url, route_, answers, now_ms());
    return found;
  } catch (const Error&) {
    if (auto* known = cache()) known->forget(url);
    throw;
  }
}

// Over plain http anybody on the way can stand in for the gateway, a captive portal by accident.
// A fresh probe is what finds that out before a credential is sent.
ProbeCache* Connection::Parts::cache() const {
  const bool is_usable = settings.url.secure() || settings.url.is_loopback();
  return is_usable ? host_->options.probe_cache.get() : nullptr;
}

loading::Choice Connection::Parts::choose_for(const Probe& found) {
  const loading::ChoicePolicy policy{.named = settings.scheme,
                                     .least_strength = settings.last_strength,
                                     .allow_plain_http = settings.allow_plain_http};
  return loading::choose(host_->catalogue(), host_->loader, found, settings.url, policy);
}

loading::Choice Connection::Parts::choose(const std::stop_token& cancel) {
  // Whoever asks what was chosen waits for no operation.
  if (const auto* ready = ready_.load(std::memory_order_acquire)) return ready->choice;
  const auto mine = turn(cancel);
  return chosen(cancel).choice;
}

std::unique_ptr<Connection::Parts::Chosen> Connection::Parts::make_chosen(Probe found) {
  auto choice = choose_for(found);
  auto made = std::make_unique<Chosen>(Chosen{std::move(found), std::move(choice)});
  made->keeper =
      std::make_unique<SessionKeeper>(store_, session_key_of(settings, made->choice.facts.id),
                                      [this, from = made.get()](const Secret& session) {
                                        return std::make_unique<SchemeInstance>(
                                            *from->choice.scheme, settings, &from->probe, session);
                                      });
  return made;
}

// Null if nothing usable is remembered.
std::unique_ptr<Connection::Parts::Chosen> Connection::Parts::choose_from_cache() {
  const auto* known = cache();
  const auto answers =
      known == nullptr ? std::nullopt : known->find(settings.url, route_, now_ms());
  if (!answers) return nullptr;
  try {
    return make_chosen(read(*answers, settings.url));
  } catch (const Error&) {
    return nullptr;  // the gateway may say something else now
  }
}

// Under the turn.
Connection::Parts::Chosen& Connection::Parts::chosen(const std::stop_token& cancel) {
  if (!chosen_) {
    chosen_ = choose_from_cache();
    unconfirmed_.store(chosen_.get(), std::memory_order_release);
    if (!chosen_) chosen_ = make_chosen(probe(cancel));
    ready_.store(chosen_.get(), std::memory_order_release);
  }
  return *chosen_;
}

SessionKeeper& Connection::Parts::keeper(const std::stop_token& cancel) {
  if (auto* ready = ready_.load(std::memory_order_acquire)) return *ready->keeper;
  const auto mine = turn(cancel);
  return *chosen(cancel).keeper;
}

const Connection::Parts::Chosen* Connection::Parts::unconfirmed(const std::stop_token& cancel) {
  keeper(cancel);
  return unconfirmed_.load(std::memory_order_acquire);
}

// True if the gateway is another than the one that `based_on` was chosen for: what failed can be
// tried with another scheme. Throws what the probe and the choice throw.
bool Connection::Parts::ask_anew(const Chosen& based_on, const std::stop_token& cancel) {
  const auto mine = turn(cancel);
  if (chosen_.get() != &based_on) return true;  // another thread found out
  if (unconfirmed_.load(std::memory_order_acquire) == nullptr) return false;
  auto fresh = make_chosen(probe(cancel));
  unconfirmed_.store(nullptr, std::memory_order_release);
  if (signs_in_alike(fresh->probe, chosen_->probe) &&
      fresh->choice.scheme == chosen_->choice.scheme) {
    return false;
  }
  outdated_ = std::exchange(chosen_, std::move(fresh));
  ready_.store(chosen_.get(), std::memory_order_release);
  return true;
}

void Connection::Parts::confirm(const std::stop_token& cancel) {
  if (const auto* based_on = unconfirmed(cancel)) ask_anew(*based_on, cancel);
}

HttpResponse Connection::Parts::call(HttpRequest request, const std::stop_token& cancel,
                                     const BodyStreams& streams) {
  request.target = RequestTarget::parse(request.target).text();
  const auto* based_on = unconfirmed(cancel);
  if (based_on == nullptr) return call_once(std::move(request), cancel, streams);
  HttpResponse response;
  std::exception_ptr failure;
  bool is_safe = request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
  // What a failed request gave to a sink is not known.
  bool sink_is_untouched = true;
  try {
    response = call_once(request, cancel, streams);
    if (!hints_at_change(response)) return response;
    is_safe = is_safe || was_refused(response);
  } catch (const Error& error) {
    if (!hints_at_change(error)) throw;
    is_safe = is_safe || was_refused(error);
    sink_is_untouched = streams.sink == nullptr || was_refused(error);
    failure = std::current_exception();
  }
  if (is_safe && sink_is_untouched && may_repeat(streams, response)) {
    if (ask_anew(*based_on, cancel)) return call_once(std::move(request), cancel, streams);
  } else if (auto* known = cache()) {
    known->forget(settings.url);  // the next run asks
  }
  if (failure) std::rethrow_exception(failure);
  return response;
}

live::Opened Connection::Parts::dial(const LiveOptions& options, const std::stop_token& cancel) {
  const auto* based_on = unconfirmed(cancel);
  if (based_on == nullptr) return dial_once(options, cancel);
  try {
    return dial_once(options, cancel);
  } catch (const Error& error) {
    if (!hints_at_change(error) || !ask_anew(*based_on, cancel)) throw;
  }
  return dial_once(options, cancel);
}

}  // namespace pintle
