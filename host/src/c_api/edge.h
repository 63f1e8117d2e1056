// SPDX-License-Identifier: Apache-2.0
//
// The edge of the C API: reads and writes structs by their struct_size, and catches every
// exception.
//
// Threads: any; the functions have no state.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>

#include <pintle/core/base/error.h>
#include <pintle/pintle.h>

#include "scheme/abi_views.h"

struct pintle_cancel {
  std::stop_source source;
};

namespace pintle::c_api {

/// Writes as much as the caller's struct_size allows. Ignores null and a struct without a size.
void put_error(pintle_error* to, const Error& from, bool cancelled = false) noexcept;
/// Does the same for an error that was converted before.
void put_error(pintle_error* to, const pintle_error& from) noexcept;
/// Does the same for a plain message, without allocating memory.
void put_plain_error(pintle_error* to, const char* message) noexcept;

/// Throws Error(config) for a mistake of the calling app.
[[noreturn]] void refuse(const std::string& what);

/// Returns a copy of the caller's struct; members beyond its struct_size are 0. Throws
/// Error(config) if it is null or has no size.
template <class Struct>
Struct sized(const Struct* given, const char* name) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  if (given == nullptr) refuse(std::string(name) + " is null");
  if (given->struct_size < sizeof(std::uint64_t)) {
    refuse(std::string(name) + ".struct_size is not set");
  }
  Struct read{};
  std::memcpy(&read, given, std::min<std::size_t>(given->struct_size, sizeof(Struct)));
  return read;
}

/// Does the same, but null means the defaults.
template <class Struct>
Struct sized_or_default(const Struct* given, const char* name) {
  return given == nullptr ? Struct{} : sized(given, name);
}

/// Fills the caller's struct up to its struct_size. Throws Error(config) if it is null or has no
/// size.
template <class Struct>
void fill(Struct* to, const Struct& from, const char* name) {
  sized(to, name);
  const auto size = to->struct_size;
  std::memcpy(to, &from, std::min<std::size_t>(size, sizeof(Struct)));
  to->struct_size = size;
}

/// Returns the object. Throws Error(config) if the handle is null.
template <class Handle>
Handle& dereference(Handle* handle, const char* name) {
  if (handle == nullptr) refuse(std::string(name) + " is null");
  return *handle;
}

/// Returns the text. Throws Error(config) if the pointer is null but the size is not 0.
std::string_view text(pintle_view view, const char* name);

template <class Item>
std::span<const Item> list(const Item* items, std::size_t count, const char* name) {
  if (items == nullptr && count != 0) refuse(std::string(name) + " is null but its count is not 0");
  return {items, count};
}

inline std::stop_token token(const pintle_cancel* cancel) {
  return cancel == nullptr ? std::stop_token() : cancel->source.get_token();
}

/// Runs `body` and returns PINTLE_OK, or stores the error and returns its layer.
template <class Body>
std::int32_t guarded(pintle_error* error, const std::stop_token& cancel, Body body) noexcept {
  try {
    body();
    return PINTLE_OK;
  } catch (const Error& thrown) {
    put_error(error, thrown, cancel.stop_requested());
    return static_cast<std::int32_t>(thrown.layer());
  } catch (const std::bad_alloc&) {
    put_plain_error(error, "out of memory");
  } catch (...) {
    // The exception's own text may contain a secret.
    put_plain_error(error, "internal error: unexpected exception");
  }
  return PINTLE_LAYER_CONFIG;
}

template <class Body>
std::int32_t guarded(pintle_error* error, Body body) noexcept {
  return guarded(error, std::stop_token(), std::move(body));
}

}  // namespace pintle::c_api
