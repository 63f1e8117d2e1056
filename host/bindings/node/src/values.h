// SPDX-License-Identifier: Apache-2.0
//
// From values of JavaScript to those of the C API, and back. lib/ has checked what comes from the
// app; what is of another type nevertheless is a TypeError.
//
// Threads: [js].

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <napi.h>
#include <string>
#include <vector>

#include <pintle/pintle.h>

namespace pintle_node {

/// Texts of JavaScript as views, valid until it is destroyed. They may be secret, and are wiped.
class Texts {
 public:
  Texts() = default;
  Texts(const Texts&) = delete;
  Texts& operator=(const Texts&) = delete;
  ~Texts();

  /// Of a string or a Uint8Array; empty for undefined.
  pintle_view view(const Napi::Value& value);
  pintle_view view(const Napi::Object& object, const char* member);
  /// Of an array of [name, value].
  const std::vector<pintle_field>& fields(const Napi::Object& object, const char* member);
  /// Of an array of strings.
  const std::vector<pintle_view>& views(const Napi::Object& object, const char* member);

 private:
  std::deque<std::string> texts_;
  std::deque<std::vector<pintle_field>> fields_;
  std::deque<std::vector<pintle_view>> views_;
};

/// 0 for undefined.
std::int64_t number(const Napi::Object& object, const char* member);
inline std::uint32_t flags(const Napi::Object& object, const char* member = "flags") {
  return static_cast<std::uint32_t>(number(object, member));
}
Napi::Array array(const Napi::Object& object, const char* member);

inline pintle_view view_of(const std::string& text) { return {text.data(), text.size()}; }
inline std::string text_of(pintle_view view) {
  return view.size == 0 ? std::string() : std::string(view.data, view.size);
}

/// Makes an array of a struct of the C API of `items`, which must outlive it.
template <class Item>
void point_to(const std::vector<Item>& items, const Item*& array, std::size_t& count) {
  array = items.data();
  count = items.size();
}

template <class Struct>
Struct sized() {
  Struct made{};
  made.struct_size = sizeof(made);
  return made;
}

/// What lib/errors.mjs makes a PintleError of. These use plain Node-API and fail silently, as they
/// are called while an environment ends, too.
napi_value error_value(napi_env env, std::int32_t layer, const pintle_error& error) noexcept;
napi_value string_value(napi_env env, const char* data, std::size_t size) noexcept;
napi_value string_value(napi_env env, pintle_view view) noexcept;
napi_value number_value(napi_env env, double number) noexcept;
napi_value undefined(napi_env env) noexcept;
void set(napi_env env, napi_value object, const char* name, napi_value value) noexcept;

/// Throws the error as an exception of JavaScript.
[[noreturn]] void raise(napi_env env, std::int32_t layer, const pintle_error& error);
[[noreturn]] void raise_type(napi_env env, const char* why);

}  // namespace pintle_node
