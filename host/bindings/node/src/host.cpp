// SPDX-License-Identifier: Apache-2.0
#include "connection.h"
#include "connection_options.h"
#include "host_options.h"

namespace pintle_node {

Napi::Value new_host(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  HostOptions options(info[0].As<Napi::Object>(), info[1].As<Napi::Number>().DoubleValue(),
                      Environment::of(env).questions());
  auto error = sized<pintle_error>();
  auto* host = pintle_host_new(&options.get(), &error);
  if (host == nullptr) raise(env, PINTLE_LAYER_CONFIG, error);
  options.taken();
  return HostBox::make(env, {host, pintle_host_destroy});
}

Napi::Value close_host(const Napi::CallbackInfo& info) {
  HostBox::close(info[0]);
  return info.Env().Undefined();
}

Napi::Value open_connection(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  ConnectionOptions options(info[1].As<Napi::Object>(), Environment::of(env).questions());
  pintle_connection* connection = nullptr;
  auto error = sized<pintle_error>();
  const auto layer =
      pintle_connection_open(HostBox::of(info[0]).get(), &options.get(), &connection, &error);
  if (layer != PINTLE_OK) raise(env, layer, error);
  options.taken();
  return ConnectionBox::make(env, {connection, pintle_connection_destroy});
}

Napi::Value close_connection(const Napi::CallbackInfo& info) {
  ConnectionBox::close(info[0]);
  return info.Env().Undefined();
}

Napi::Value counters(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  auto now = sized<pintle_counters>();
  auto error = sized<pintle_error>();
  const auto layer = pintle_connection_counters(ConnectionBox::of(info[0]).get(), &now, &error);
  if (layer != PINTLE_OK) raise(env, layer, error);
  auto made = Napi::Object::New(env);
  const auto set_to = [&](const char* name, std::uint64_t value) {
    made.Set(name, Napi::Number::New(env, static_cast<double>(value)));
  };
  set_to("dials", now.dials);
  set_to("dialsFailed", now.dials_failed);
  set_to("ticketsMinted", now.tickets_minted);
  set_to("refreshes", now.refreshes);
  set_to("refreshesFailed", now.refreshes_failed);
  set_to("connects", now.connects);
  set_to("bytesSent", now.bytes_sent);
  set_to("bytesReceived", now.bytes_received);
  set_to("sendQueuePeakBytes", now.send_queue_peak_bytes);
  set_to("receiveQueuePeakBytes", now.receive_queue_peak_bytes);
  set_to("responses2xx", now.responses_2xx);
  set_to("responses3xx", now.responses_3xx);
  set_to("responses4xx", now.responses_4xx);
  set_to("responses5xx", now.responses_5xx);
  const auto list = [&](const char* name, const std::uint64_t* values, std::uint32_t count) {
    auto numbers = Napi::Array::New(env, count);
    for (std::uint32_t i = 0; i < count; ++i) {
      numbers.Set(i, Napi::Number::New(env, static_cast<double>(values[i])));
    }
    made.Set(name, numbers);
  };
  list("requestErrors", now.request_errors, PINTLE_LAYER_RATE_LIMIT + 1);
  list("losses", now.losses, PINTLE_LOSS_HOST_GUARD + 1);
  return made;
}

}  // namespace pintle_node
