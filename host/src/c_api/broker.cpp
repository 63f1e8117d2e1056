// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <memory>
#include <string>

#include <pintle/broker.h>
#include <pintle/files/durable_file.h>

#include "c_api/connection.h"
#include "c_api/edge.h"
#include "c_api/reply.h"

using namespace pintle;
using c_api::dereference;
using c_api::guarded;
using c_api::text;

struct pintle_broker {
  pintle_broker(const Connection& connection, const BrokerOptions& options)
      : broker(connection, options) {
    // In one allocation, so that no copy is left behind.
    token.reserve(broker.token().size());
    token = broker.token().reveal();
  }
  pintle_broker(const pintle_broker&) = delete;
  pintle_broker& operator=(const pintle_broker&) = delete;
  ~pintle_broker() { wipe(token); }

  Broker broker;
  std::string token{};  // With a NUL, unlike a Secret.
};

namespace {

pintle_view terminated(const std::string& text) { return {text.c_str(), text.size()}; }

template <class Number, class Given>
void set_limit(Number& to, Given given, const char* name) {
  if constexpr (std::is_signed_v<Given>) {
    if (given < 0) c_api::refuse(std::string(name) + " is negative");
  }
  if (given != 0) to = static_cast<Number>(given);
}

BrokerOptions broker_options(const pintle_broker_options& given) {
  BrokerOptions options;
  if ((given.flags & PINTLE_BROKER_OPEN) != 0) options.as = BrokerOptions::As::open;
  options.allow_other_machines = (given.flags & PINTLE_BROKER_ALLOW_OTHER_MACHINES) != 0;
  if (const auto listen = text(given.listen, "listen"); !listen.empty()) options.listen = listen;
  set_limit(options.max_connections, given.max_connections, "max_connections");
  set_limit(options.max_requests, given.max_requests, "max_requests");
  set_limit(options.idle_timeout_ms, given.idle_timeout_ms, "idle_timeout_ms");
  set_limit(options.head_timeout_ms, given.head_timeout_ms, "head_timeout_ms");
  if (given.grace_ms == -1) {
    options.grace_ms = 0;
  } else {
    set_limit(options.grace_ms, given.grace_ms, "grace_ms");
  }
  return options;
}

}  // namespace

std::int32_t pintle_broker_start(const pintle_connection* connection,
                                 const pintle_broker_options* options, pintle_broker** out,
                                 pintle_error* error) {
  if (out != nullptr) *out = nullptr;
  return guarded(error, [&] {
    auto& to = dereference(out, "out");
    const auto& from = dereference(connection, "connection").connection;
    const auto given = c_api::sized_or_default(options, "pintle_broker_options");
    to = std::make_unique<pintle_broker>(from, broker_options(given)).release();
  });
}

std::int32_t pintle_broker_stop(pintle_broker* broker, pintle_error* error) {
  return guarded(error, [&] { dereference(broker, "broker").broker.stop(); });
}

void pintle_broker_destroy(pintle_broker* broker) { delete broker; }

pintle_view pintle_broker_url(const pintle_broker* broker) {
  return broker == nullptr ? pintle_view{"", 0} : terminated(broker->broker.url());
}

pintle_view pintle_broker_socket_path(const pintle_broker* broker) {
  return broker == nullptr ? pintle_view{"", 0} : terminated(broker->broker.socket_path());
}

pintle_view pintle_broker_token(const pintle_broker* broker) {
  return broker == nullptr ? pintle_view{"", 0} : terminated(broker->token);
}

std::int32_t pintle_broker_write_token(const pintle_broker* broker, pintle_view file,
                                       pintle_error* error) {
  return guarded(error, [&] {
    const auto& from = dereference(broker, "broker");
    const auto path = text(file, "file");
    if (path.empty()) c_api::refuse("file is empty");
    if (from.token.empty()) c_api::refuse("a broker with PINTLE_BROKER_OPEN has no token");
    write_file_durably(std::filesystem::path(path), from.token);
  });
}

std::int32_t pintle_broker_metrics(const pintle_broker* broker, pintle_reply** out,
                                   pintle_error* error) {
  if (out != nullptr) *out = nullptr;
  return guarded(error, [&] {
    auto& to = dereference(out, "out");
    auto reply = std::make_unique<pintle_reply>();
    reply->body = dereference(broker, "broker").broker.metrics();
    to = reply.release();
  });
}
