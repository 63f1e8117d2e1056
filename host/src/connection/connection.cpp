// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <pintle/connection.h>

#include "connection/connection_impl.h"

namespace pintle {
namespace {

// What is thrown may quote the gateway, which may have quoted what it was sent.
template <class Function>
auto hiding(Connection::Impl& impl, Function&& function) {
  return impl.secrets().hide_in_errors([&] {
    try {
      return function();
    } catch (const Error& error) {
      throw impl.front().as_sign_in(error);
    }
  });
}

}  // namespace

Connection::Connection(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

const ConnectionSettings& Connection::settings() const noexcept { return impl_->settings(); }

Probe Connection::probe(std::stop_token cancel) {
  return hiding(*impl_, [&] { return impl_->gateway().probe(cancel); });
}

FoundGateway Connection::find_gateway(std::stop_token cancel) {
  return hiding(*impl_, [&] { return impl_->gateway().find(cancel); });
}

loading::Choice Connection::choose_for(const Probe& probe) {
  return hiding(*impl_, [&] { return impl_->gateway().choose_for(probe); });
}

loading::Choice Connection::choose(std::stop_token cancel) {
  return hiding(*impl_, [&] { return impl_->gateway().choose(cancel); });
}

GatewayProfile Connection::profile(std::stop_token cancel) {
  return hiding(*impl_, [&] { return *impl_->gateway().profile(cancel); });
}

HttpResponse Connection::call(HttpRequest request, std::stop_token cancel,
                              const BodyStreams& streams) {
  return hiding(*impl_, [&] { return impl_->call(std::move(request), cancel, streams); });
}

DialUrl Connection::ws_url(std::string_view path,
                           const std::vector<std::pair<std::string, std::string>>& query,
                           std::stop_token cancel) {
  return hiding(*impl_, [&] { return impl_->ws_url(path, query, cancel); });
}

LiveConnection Connection::live(LiveOptions options, LiveCallbacks callbacks) {
  return impl_->live(std::move(options), std::move(callbacks));
}

SignInFacts Connection::sign_in_facts(std::stop_token cancel) {
  return hiding(*impl_, [&] { return impl_->facts(cancel); });
}

FrontFacts Connection::front_facts() {
  return hiding(*impl_, [&] { return impl_->front().facts(); });
}

SignInFacts Connection::sign_in(const SignInOptions& options, SignInUi& ui,
                                std::stop_token cancel) {
  return hiding(*impl_, [&] { return impl_->sign_in(options, ui, cancel); });
}

std::string Connection::sign_out(std::stop_token cancel) {
  return hiding(*impl_, [&] { return impl_->sign_out(cancel); });
}

std::optional<Error> Connection::store_trouble() const { return impl_->store_trouble(); }

std::string Connection::store_note() const { return impl_->store_note(); }

std::string Connection::without_secrets(std::string text) const {
  return impl_->secrets().hide(std::move(text));
}

Error Connection::without_secrets(const Error& error) const { return impl_->secrets().hide(error); }

ConnectionCounters Connection::counters() const noexcept { return impl_->counters(); }

}  // namespace pintle
