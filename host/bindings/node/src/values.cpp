// SPDX-License-Identifier: Apache-2.0
#include "values.h"

#include "questions.h"

namespace pintle_node {

Texts::~Texts() {
  for (auto& text : texts_) wipe(text);
}

pintle_view Texts::view(const Napi::Value& value) {
  if (value.IsUndefined()) return {};
  if (value.IsString()) return view_of(texts_.emplace_back(value.As<Napi::String>().Utf8Value()));
  if (value.IsTypedArray()) {
    const auto bytes = value.As<Napi::TypedArray>();
    if (bytes.TypedArrayType() == napi_uint8_array) {
      const auto given = bytes.As<Napi::Uint8Array>();
      const auto size = given.ByteLength();
      auto& text = texts_.emplace_back();
      if (size > 0) text.assign(reinterpret_cast<const char*>(given.Data()), size);
      return view_of(text);
    }
  }
  raise_type(value.Env(), "a string or a Uint8Array was expected");
}

pintle_view Texts::view(const Napi::Object& object, const char* member) {
  return view(object.Get(member));
}

const std::vector<pintle_field>& Texts::fields(const Napi::Object& object, const char* member) {
  auto& made = fields_.emplace_back();
  const auto pairs = array(object, member);
  made.reserve(pairs.Length());
  for (std::uint32_t i = 0; i < pairs.Length(); ++i) {
    const auto pair = pairs.Get(i).As<Napi::Array>();
    made.push_back({view(pair.Get(0U)), view(pair.Get(1U))});
  }
  return made;
}

const std::vector<pintle_view>& Texts::views(const Napi::Object& object, const char* member) {
  auto& made = views_.emplace_back();
  const auto texts = array(object, member);
  made.reserve(texts.Length());
  for (std::uint32_t i = 0; i < texts.Length(); ++i) made.push_back(view(texts.Get(i)));
  return made;
}

std::int64_t number(const Napi::Object& object, const char* member) {
  const auto value = object.Get(member);
  if (value.IsUndefined()) return 0;
  if (!value.IsNumber()) raise_type(object.Env(), "a number was expected");
  return value.As<Napi::Number>().Int64Value();
}

Napi::Array array(const Napi::Object& object, const char* member) {
  const auto value = object.Get(member);
  if (value.IsUndefined()) return Napi::Array::New(object.Env());
  if (!value.IsArray()) raise_type(object.Env(), "an array was expected");
  return value.As<Napi::Array>();
}

napi_value undefined(napi_env env) noexcept {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

napi_value string_value(napi_env env, const char* data, std::size_t size) noexcept {
  napi_value value = nullptr;
  napi_create_string_utf8(env, size == 0 ? "" : data, size, &value);
  return value;
}

napi_value string_value(napi_env env, pintle_view view) noexcept {
  return string_value(env, view.data, view.size);
}

napi_value number_value(napi_env env, double number) noexcept {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

void set(napi_env env, napi_value object, const char* name, napi_value value) noexcept {
  if (object != nullptr && value != nullptr) napi_set_named_property(env, object, name, value);
}

napi_value error_value(napi_env env, std::int32_t layer, const pintle_error& error) noexcept {
  napi_value made = nullptr;
  if (napi_create_object(env, &made) != napi_ok) return undefined(env);
  set(env, made, "layer", number_value(env, layer));
  set(env, made, "flags", number_value(env, error.flags));
  set(env, made, "httpStatus", number_value(env, error.http_status));
  set(env, made, "retryAfterMs", number_value(env, static_cast<double>(error.retry_after_ms)));
  set(env, made, "message", string_value(env, pintle_text(error.message)));
  set(env, made, "hint", string_value(env, pintle_text(error.hint)));
  return made;
}

void raise(napi_env env, std::int32_t layer, const pintle_error& error) {
  throw Napi::Error(env, error_value(env, layer, error));
}

void raise_type(napi_env env, const char* why) { throw Napi::TypeError::New(env, why); }

}  // namespace pintle_node
