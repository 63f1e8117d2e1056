// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <pintle/connection.h>

#include "connection/connection_parts.h"

namespace pintle {

Connection::Connection(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

const ConnectionSettings& Connection::settings() const noexcept { return parts_->settings; }

Probe Connection::probe(std::stop_token cancel) { return parts_->probe(cancel); }

FoundGateway Connection::find_gateway(std::stop_token cancel) {
  return parts_->find_gateway(cancel);
}

loading::Choice Connection::choose_for(const Probe& probe) { return parts_->choose_for(probe); }

loading::Choice Connection::choose(std::stop_token cancel) { return parts_->choose(cancel); }

HttpResponse Connection::call(HttpRequest request, std::stop_token cancel,
                              const BodyStreams& streams) {
  return parts_->call(std::move(request), cancel, streams);
}

DialUrl Connection::ws_url(std::string_view path,
                           const std::vector<std::pair<std::string, std::string>>& query,
                           std::stop_token cancel) {
  parts_->confirm(cancel);  // no answer would show that the gateway is another by now
  bool may_renew = true;
  auto resolved = parts_->resolve(
      parts_->settings.url.ws_url(RequestTarget::parse(path).text(), query), cancel, may_renew);
  return {std::move(resolved.ws_url), resolved.life == PINTLE_KEEP_NEVER};
}

LiveConnection Connection::live(LiveOptions options, LiveCallbacks callbacks) {
  return parts_->live(std::move(options), std::move(callbacks));
}

SignInFacts Connection::sign_in_facts(std::stop_token cancel) { return parts_->facts(cancel); }

SignInFacts Connection::sign_in(const SignInOptions& options, SignInUi& ui,
                                std::stop_token cancel) {
  return parts_->sign_in(options, ui, cancel);
}

std::string Connection::sign_out(std::stop_token cancel) { return parts_->sign_out(cancel); }

std::optional<Error> Connection::store_trouble() const { return parts_->store_trouble(); }

std::string Connection::store_note() const { return parts_->store_note(); }

}  // namespace pintle
