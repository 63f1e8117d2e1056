// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pintle/broker.h>
#include <pintle/core/base/error.h>
#include <pintle/counters.h>

#include "base/mutex.h"
#include "broker/broker_meter.h"
#include "broker/forwarding.h"
#include "broker/listener.h"
#include "broker/server.h"
#include "broker/service.h"
#include "connection/connection_impl.h"
#include "connection/front/front.h"
#include "net/authority.h"

namespace pintle {
namespace {

using broker::ListenAddress;

ListenAddress address_of(const BrokerOptions& options) {
  auto address = ListenAddress::parse(options.listen, options.allow_other_machines);
  if (options.as == BrokerOptions::As::open && !address.is_loopback()) {
    throw Error(Layer::config, "without a token only this machine may reach the broker")
        .with_user_action()
        .with_hint("Use --as token, or listen on 127.0.0.1.");
  }
  return address;
}

std::string name_of(const ConnectionSettings& settings) {
  return settings.name.empty() ? settings.url.text() : settings.name;
}

std::string url_of(const ListenAddress& address) {
  return "http://" +
         (address.is_unix() ? "localhost" : net::authority_of(address.host, address.port));
}

PeerUser user_at(const ListenAddress& address, int fd) {
  if (address.is_unix()) return unix_peer_user(fd);
  // Users of other machines have the token to prove themselves with.
  return address.is_loopback() ? peer_user(fd) : PeerUser::unknown;
}

local::LocalAccessRules access_rules(const ListenAddress& address, const BrokerOptions& options) {
  local::LocalAccessRules rules;
  rules.open = options.as == BrokerOptions::As::open;
  if (!rules.open) rules.token = local::new_local_token();
  // No page can reach a Unix socket, and an address of all interfaces has no name of its own.
  if (!address.is_unix() && address.is_loopback()) {
    rules.authorities = local::authorities_of(address.host, address.port);
  }
  rules.cookie_name = "pintle_broker_" + std::to_string(address.port);
  rules.header_name = "X-Hermes-Session-Token";
  rules.query_name = "token";
  return rules;
}

// Of a front that has a credential: without one it would be asked for one here as well.
std::vector<std::string> front_cookies(Front& front) {
  try {
    if (!front.facts().signed_in) return {};
    const auto pass = front.pass({}, false, {});
    std::vector<std::string> names;
    for (const auto field : pass.headers.all("Cookie")) {
      std::ranges::move(broker::Forwarding::cookie_names(field), std::back_inserter(names));
    }
    return names;
  } catch (const Error&) {
    return {};  // the request fails with the same error
  }
}

}  // namespace

class Broker::Impl {
 public:
  Impl(std::shared_ptr<Connection::Impl> connection, const BrokerOptions& options)
      : connection_(std::move(connection)),
        grace_(options.grace_ms),
        listener_(address_of(options)),
        url_(url_of(listener_.address())),
        socket_path_(listener_.address().is_unix() ? listener_.address().host : ""),
        service_(connection_->relay(), meter_,
                 {.access = access_rules(listener_.address(), options),
                  .names = {.base = url_,
                            .token_header = "X-Hermes-Session-Token",
                            .cookie_prefix =
                                "pintle_gateway_" + std::to_string(listener_.address().port) + "_"},
                  .metrics = [this] { return metrics(); },
                  .front_cookies = [this] { return front_cookies(connection_->front()); },
                  .connection = name_of(connection_->settings())}) {
    connection_->relay().keep_at_least(options.max_requests);
    server_.emplace(
        listener_, service_, meter_, [this](int fd) { return user_at(listener_.address(), fd); },
        broker::ServerLimits{.connections = options.max_connections,
                             .requests = options.max_requests,
                             .idle = std::chrono::milliseconds(options.idle_timeout_ms),
                             .head = std::chrono::milliseconds(options.head_timeout_ms)});
  }
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const std::string& url() const noexcept { return url_; }
  const std::string& socket_path() const noexcept { return socket_path_; }
  const Secret& token() const noexcept { return service_.token(); }

  BrokerCounters counters() const {
    const auto value = [](const broker::BrokerMeter::Count& count) { return count.load(); };
    return {.connections = value(meter_.connections),
            .connections_refused = value(meter_.connections_refused),
            .requests = value(meter_.requests),
            .requests_refused = value(meter_.requests_refused),
            .requests_invalid = value(meter_.requests_invalid),
            .requests_failed = value(meter_.requests_failed),
            .websockets = value(meter_.websockets),
            .connections_open = value(meter_.connections_open),
            .requests_open = value(meter_.requests_open),
            .websockets_open = server_ ? server_->websockets() : 0};
  }
  std::string metrics() const {
    const NamedCounters named{name_of(connection_->settings()), connection_->counters()};
    return prometheus_text({&named, 1}) + broker::metrics_text(counters());
  }

  void stop() {
    const MutexLock lock(stopping_);
    if (std::exchange(is_stopped_, true)) return;
    server_->stop(grace_);
  }

 private:
  const std::shared_ptr<Connection::Impl> connection_;
  const std::chrono::milliseconds grace_;
  broker::BrokerMeter meter_;
  broker::Listener listener_;
  const std::string url_;
  const std::string socket_path_;
  broker::Service service_;
  Mutex stopping_;
  bool is_stopped_ PINTLE_GUARDED_BY(stopping_) = false;
  std::optional<broker::Server> server_;  // Last: its threads use the rest.
};

Broker::Broker(const Connection& connection, const BrokerOptions& options)
    : impl_(std::make_unique<Impl>(connection.impl_, options)) {}
Broker::~Broker() = default;

const std::string& Broker::url() const noexcept { return impl_->url(); }
const std::string& Broker::socket_path() const noexcept { return impl_->socket_path(); }
const Secret& Broker::token() const noexcept { return impl_->token(); }
BrokerCounters Broker::counters() const { return impl_->counters(); }
std::string Broker::metrics() const { return impl_->metrics(); }
void Broker::stop() { impl_->stop(); }

}  // namespace pintle
