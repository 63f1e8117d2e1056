// SPDX-License-Identifier: Apache-2.0
//
// The functions of the addon for a live connection. Those of a request and a message are called
// often: they use plain Node-API.
#include <array>
#include <memory>
#include <string>

#include "environment.h"
#include "live.h"
#include "values.h"

namespace pintle_node {
namespace {

using LiveBox = HandleBox<Live>;

Live& live_of(const Napi::CallbackInfo& info) { return *LiveBox::of(info[0]); }

void check(Napi::Env env, std::int32_t layer, const pintle_error& error) {
  if (layer != PINTLE_OK) raise(env, layer, error);
}

// The UTF-8 of a string, without memory of its own if it is short.
class Utf8 {
 public:
  Utf8(napi_env env, napi_value value) {
    std::size_t size = 0;
    if (napi_get_value_string_utf8(env, value, short_.data(), short_.size(), &size) != napi_ok) {
      return;  // No string: empty.
    }
    // A buffer that is almost full may have been too small: a character has up to 3 bytes more.
    if (size + 4 < short_.size()) {
      view_ = {short_.data(), size};
      return;
    }
    napi_get_value_string_utf8(env, value, nullptr, 0, &size);
    long_.resize(size);
    napi_get_value_string_utf8(env, value, long_.data(), size + 1, &size);
    view_ = view_of(long_);
  }
  Utf8(const Utf8&) = delete;
  Utf8& operator=(const Utf8&) = delete;

  pintle_view view() const noexcept { return view_; }

 private:
  std::array<char, 2048> short_;
  std::string long_;
  pintle_view view_{};
};

}  // namespace

Napi::Value live_request(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const Utf8 method(env, info[1]);
  const Utf8 params(env, info[2]);
  auto request = sized<pintle_live_request>();
  request.method = method.view();
  request.params_json = params.view();
  napi_get_value_int64(env, info[3], &request.timeout_ms);
  napi_get_value_uint32(env, info[4], &request.flags);
  const auto id = live_of(info).request(env, request);
  return Napi::Number::New(env, static_cast<double>(id));
}

Napi::Value live_send(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  auto error = sized<pintle_error>();
  auto* handle = live_of(info).handle();
  if (info[1].IsString()) {
    const Utf8 text(env, info[1]);
    check(env, pintle_live_send(handle, text.view(), 1, &error), error);
    return env.Undefined();
  }
  void* data = nullptr;
  std::size_t size = 0;
  if (napi_get_buffer_info(env, info[1], &data, &size) != napi_ok) {
    raise_type(env, "a string or a Uint8Array was expected");
  }
  check(env, pintle_live_send(handle, {static_cast<const char*>(data), size}, 0, &error), error);
  return env.Undefined();
}

Napi::Value live_cancel(const Napi::CallbackInfo& info) {
  pintle_live_cancel(live_of(info).handle(), info[1].As<Napi::Number>().Int64Value(), nullptr);
  return info.Env().Undefined();
}

Napi::Value live_answer(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  Texts texts;
  auto error = sized<pintle_error>();
  const auto generation = static_cast<std::uint64_t>(info[1].As<Napi::Number>().Int64Value());
  check(env,
        pintle_live_answer(live_of(info).handle(), generation, texts.view(info[2]),
                           texts.view(info[3]), &error),
        error);
  return env.Undefined();
}

Napi::Value live_refuse(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  Texts texts;
  auto error = sized<pintle_error>();
  const auto generation = static_cast<std::uint64_t>(info[1].As<Napi::Number>().Int64Value());
  check(env,
        pintle_live_answer_error(live_of(info).handle(), generation, texts.view(info[2]),
                                 info[3].As<Napi::Number>().Int64Value(), texts.view(info[4]),
                                 &error),
        error);
  return env.Undefined();
}

Napi::Value live_destroy(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto live = LiveBox::of(info[0]);
  LiveBox::close(info[0]);
  live->destroy();
  live->flush_later();
  Environment::of(env).remove(*live);
  return env.Undefined();
}

Napi::Value live_pause(const Napi::CallbackInfo& info) {
  live_of(info).pause(info[1].ToBoolean());
  return info.Env().Undefined();
}

Napi::Value live_close(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  Texts texts;
  auto error = sized<pintle_error>();
  const auto code = info[1].As<Napi::Number>().Uint32Value();
  check(env, pintle_live_close(live_of(info).handle(), code, texts.view(info[2]), &error), error);
  return env.Undefined();
}

Napi::Value live_retry(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  auto error = sized<pintle_error>();
  check(env, pintle_live_retry_now(live_of(info).handle(), &error), error);
  return env.Undefined();
}

Napi::Value live_unsent(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(),
                           static_cast<double>(pintle_live_unsent_bytes(live_of(info).handle())));
}

}  // namespace pintle_node
