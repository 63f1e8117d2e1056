// SPDX-License-Identifier: Apache-2.0
//
// The edge of the C API: structs are read through their sizes, and no exception leaves.
//
// Threads: functions without state.

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

/// Writes what the caller's struct has room for; null, or one without a size, is left alone.
void put_error(pintle_error* to, const Error& from, bool cancelled = false) noexcept;
/// For where there is no memory to make an Error from.
void put_plain_error(pintle_error* to, const char* message) noexcept;

[[noreturn]] void refuse(const std::string& what);

/// A struct as its caller knows it; members that it does not have are 0. Throws Error(config) for
/// null and for one without a size.
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

/// The same where null means that all is as by default.
template <class Struct>
Struct sized_or_default(const Struct* given, const char* name) {
  return given == nullptr ? Struct{} : sized(given, name);
}

/// Fills a caller's struct as far as the caller knows it.
template <class Struct>
void fill(Struct* to, const Struct& from, const char* name) {
  sized(to, name);
  const auto size = to->struct_size;
  std::memcpy(to, &from, std::min<std::size_t>(size, sizeof(Struct)));
  to->struct_size = size;
}

/// Throws Error(config) for a null handle.
template <class Handle>
Handle& held(Handle* handle, const char* name) {
  if (handle == nullptr) refuse(std::string(name) + " is null");
  return *handle;
}

/// Throws Error(config) for a null pointer with a length.
std::string_view text(pintle_view view, const char* name);

template <class Item>
std::span<const Item> list(const Item* items, std::size_t count, const char* name) {
  if (items == nullptr && count != 0) refuse(std::string(name) + " is null and has a count");
  return {items, count};
}

inline std::stop_token token(const pintle_cancel* cancel) {
  return cancel == nullptr ? std::stop_token() : cancel->source.get_token();
}

/// Runs `body` and says how it went, as every function of the API does.
template <class Body>
std::int32_t guarded(pintle_error* error, const std::stop_token& cancel, Body body) noexcept {
  try {
    body();
    return PINTLE_OK;
  } catch (const Error& thrown) {
    put_error(error, thrown, cancel.stop_requested());
    return static_cast<std::int32_t>(thrown.layer());
  } catch (const std::bad_alloc&) {
    put_plain_error(error, "there is not enough memory");
  } catch (...) {
    // Its text is from who knows where, and may hold what nobody should read.
    put_plain_error(error, "something failed inside of Pintle in a way that it does not know");
  }
  return PINTLE_LAYER_CONFIG;
}

template <class Body>
std::int32_t guarded(pintle_error* error, Body body) noexcept {
  return guarded(error, std::stop_token(), std::move(body));
}

}  // namespace pintle::c_api
