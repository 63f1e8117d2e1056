// What a connection's gateway is, and which scheme that makes.

#include <utility>

#include "connection_parts.h"

namespace pintle {

Probe Connection::Parts::probe(const std::stop_token& cancel) {
  auto bounds = limits(cancel);
  bounds.body_bytes = kLongestProbeAnswer;
  bounds.may_repeat = true;
  // At once, so that it costs one round trip; without a gate there is nobody to sign in with, and
  // the second answer says nothing.
  const auto [status, providers] = transport_.exchange_both(
      {.target = "/api/status"}, {.target = "/api/auth/providers"}, bounds);
  auto found = read_status(status, settings.url);
  if (found.auth_required) read_providers(providers, settings.url, found);
  return found;
}

loading::Choice Connection::Parts::choose_for(const Probe& found) {
  const loading::ChoicePolicy policy{.named = settings.scheme,
                                     .least_strength = settings.last_strength,
                                     .allow_plain_http = settings.allow_plain_http};
  return loading::choose(host_->catalogue(), host_->loader, found, settings.url, policy);
}

loading::Choice Connection::Parts::choose(const std::stop_token& cancel) {
  const auto mine = turn(cancel);
  if (!choice_) {
    if (!probe_) probe_ = probe(cancel);
    try {
      choice_ = choose_for(*probe_);
    } catch (...) {
      probe_.reset();  // the gateway may say something else next time
      throw;
    }
  }
  return *choice_;
}

}  // namespace pintle
