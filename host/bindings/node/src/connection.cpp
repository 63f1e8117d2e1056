// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include <utility>

#include "values.h"

namespace pintle_node {
namespace {

double id_of(const Napi::CallbackInfo& info) { return info[1].As<Napi::Number>().DoubleValue(); }

Napi::Value begin(const Napi::CallbackInfo& info, Shape shape, const AsyncOperation::Begin& start) {
  const auto env = info.Env();
  auto made = std::make_unique<AsyncOperation>(env, id_of(info), shape, start);
  Environment::of(env).add(std::move(made), id_of(info));
  return env.Undefined();
}

using Blocking = std::int32_t (*)(pintle_connection*, pintle_cancel*, pintle_reply**,
                                  pintle_error*);

Napi::Value begin_on_thread(const Napi::CallbackInfo& info, Blocking function) {
  const auto env = info.Env();
  auto work = [connection = ConnectionBox::of(info[0]), function](pintle_cancel* cancel) {
    Outcome outcome{.error = sized<pintle_error>()};
    pintle_reply* reply = nullptr;
    outcome.layer = function(connection.get(), cancel, &reply, &outcome.error);
    outcome.reply.reset(reply);
    return outcome;
  };
  auto made = std::make_unique<ThreadOperation>(
      env, id_of(info), std::move(work), [](napi_env to, Outcome outcome, Result& values) {
        fill_in(to, std::move(outcome), Shape::text, values);
      });
  auto& environment = Environment::of(env);
  auto& operation = *made;
  environment.add(std::move(made), id_of(info));
  environment.start(operation);
  return env.Undefined();
}

}  // namespace

Napi::Value choose(const Napi::CallbackInfo& info) {
  return begin_on_thread(info, pintle_connection_choose);
}

Napi::Value status(const Napi::CallbackInfo& info) {
  return begin_on_thread(info, pintle_connection_status);
}

Napi::Value sign_out(const Napi::CallbackInfo& info) {
  return begin_on_thread(info, pintle_connection_sign_out);
}

Napi::Value probe(const Napi::CallbackInfo& info) {
  const auto connection = ConnectionBox::of(info[0]);
  return begin(info, Shape::text, [&](const auto& options, auto** out, auto* error) {
    return pintle_connection_probe_async(connection.get(), &options, out, error);
  });
}

Napi::Value ws_url(const Napi::CallbackInfo& info) {
  const auto connection = ConnectionBox::of(info[0]);
  Texts texts;
  const auto path = texts.view(info[2]);
  return begin(info, Shape::text, [&](const auto& options, auto** out, auto* error) {
    return pintle_connection_ws_url_async(connection.get(), path, &options, out, error);
  });
}

Napi::Value call(const Napi::CallbackInfo& info) {
  const auto connection = ConnectionBox::of(info[0]);
  const auto given = info[2].As<Napi::Object>();
  Texts texts;
  auto request = sized<pintle_call>();
  request.method = texts.view(given, "method");
  request.target = texts.view(given, "target");
  point_to(texts.fields(given, "headers"), request.headers, request.header_count);
  request.body = texts.view(given, "body");
  return begin(info, Shape::response, [&](const auto& options, auto** out, auto* error) {
    return pintle_connection_call_async(connection.get(), &request, &options, out, error);
  });
}

}  // namespace pintle_node
