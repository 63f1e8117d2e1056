// SPDX-License-Identifier: Apache-2.0
//
// The functions that lib/native.mjs has. An app does not see them.
#include <memory>

#include "connection.h"
#include "environment.h"
#include "live.h"
#include "values.h"

namespace pintle_node {
namespace {

// (on_message, on_finish, on_records, numbers): once in each environment.
Napi::Value init(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  auto made = Environment::make(env, info[0].As<Napi::Function>(), info[1].As<Napi::Function>(),
                                info[2].As<Napi::Function>(), info[3].As<Napi::Float64Array>());
  auto* kept = new std::shared_ptr<Environment>(std::move(made));
  napi_set_instance_data(
      env, kept,
      [](napi_env, void* data, void*) { delete static_cast<std::shared_ptr<Environment>*>(data); },
      nullptr);
  return env.Undefined();
}

Napi::Value end(const Napi::CallbackInfo& info) {
  if (auto* environment = Environment::find(info.Env())) environment->end();
  return info.Env().Undefined();
}

Napi::Value hold(const Napi::CallbackInfo& info) {
  Environment::of(info.Env()).hold(info.Env());
  return info.Env().Undefined();
}

Napi::Value release(const Napi::CallbackInfo& info) {
  if (auto* environment = Environment::find(info.Env())) environment->release(info.Env());
  return info.Env().Undefined();
}

Napi::Value cancel(const Napi::CallbackInfo& info) {
  Environment::of(info.Env()).cancel(info[0].As<Napi::Number>().DoubleValue());
  return info.Env().Undefined();
}

// (question, answer): undefined for none.
Napi::Value answer(const Napi::CallbackInfo& info) {
  Texts texts;
  const auto given = texts.view(info[1]);
  const auto kind = info[1].IsUndefined() ? Answer::Kind::nothing : Answer::Kind::given;
  Environment::of(info.Env())
      .questions()
      ->answer(info[0].As<Napi::Number>().DoubleValue(), {kind, text_of(given)});
  return info.Env().Undefined();
}

Napi::Value refuse(const Napi::CallbackInfo& info) {
  Texts texts;
  Environment::of(info.Env())
      .questions()
      ->answer(info[0].As<Napi::Number>().DoubleValue(),
               {Answer::Kind::refused, text_of(texts.view(info[1]))});
  return info.Env().Undefined();
}

Napi::Value state_name(const Napi::CallbackInfo& info) {
  const auto state = info[0].As<Napi::Number>().Uint32Value();
  return Napi::String::New(info.Env(), pintle_live_state_name(state));
}

Napi::Object exports_of(Napi::Env env, Napi::Object exports) {
  exports.Set("version", pintle_version());
  exports.Set("apiVersion", Napi::Number::New(env, pintle_api_version()));
  exports.Set("maxRecords", Napi::Number::New(env, kMaxRecords));
  exports.Set("numbers", Napi::Number::New(env, kNumbers));
  const auto add = [&]<auto kFunction>(const char* name) {
    exports.Set(name, Napi::Function::New<kFunction>(env, name));
  };
  add.operator()<init>("init");
  add.operator()<end>("end");
  add.operator()<hold>("hold");
  add.operator()<release>("release");
  add.operator()<cancel>("cancel");
  add.operator()<answer>("answer");
  add.operator()<refuse>("refuse");
  add.operator()<state_name>("stateName");
  add.operator()<new_host>("newHost");
  add.operator()<close_host>("closeHost");
  add.operator()<open_connection>("openConnection");
  add.operator()<close_connection>("closeConnection");
  add.operator()<counters>("counters");
  add.operator()<probe>("probe");
  add.operator()<choose>("choose");
  add.operator()<status>("status");
  add.operator()<sign_out>("signOut");
  add.operator()<ws_url>("wsUrl");
  add.operator()<call>("call");
  add.operator()<sign_in>("signIn");
  add.operator()<doctor>("doctor");
  add.operator()<live_start>("liveStart");
  add.operator()<live_destroy>("liveDestroy");
  add.operator()<live_pause>("livePause");
  add.operator()<live_close>("liveClose");
  add.operator()<live_retry>("liveRetry");
  add.operator()<live_unsent>("liveUnsent");
  add.operator()<live_request>("liveRequest");
  add.operator()<live_cancel>("liveCancel");
  add.operator()<live_send>("liveSend");
  add.operator()<live_answer>("liveAnswer");
  add.operator()<live_refuse>("liveRefuse");
  return exports;
}

}  // namespace
}  // namespace pintle_node

namespace {
Napi::Object make_exports(Napi::Env env, Napi::Object exports) {
  return pintle_node::exports_of(env, exports);
}
}  // namespace
NODE_API_MODULE(pintle, make_exports)
