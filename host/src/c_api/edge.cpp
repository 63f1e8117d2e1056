// SPDX-License-Identifier: Apache-2.0
#include "c_api/edge.h"

#include "scheme/abi_error.h"

namespace pintle::c_api {
namespace {

void put(pintle_error* to, const pintle_error& from) noexcept {
  if (to == nullptr || to->struct_size < sizeof(std::uint64_t)) return;
  const auto size = to->struct_size;
  const auto max = std::min<std::size_t>(size, sizeof(from));
  std::memcpy(to, &from, max);
  to->struct_size = size;
  // A caller's smaller struct may cut off a text.
  if (max > offsetof(pintle_error, message)) reinterpret_cast<char*>(to)[max - 1] = '\0';
}

}  // namespace

void put_error(pintle_error* to, const Error& from, bool cancelled) noexcept {
  auto made = abi_error(from);
  if (cancelled) made.flags |= PINTLE_ERROR_CANCELLED;
  put(to, made);
}

void put_error(pintle_error* to, const pintle_error& from) noexcept { put(to, from); }

void put_plain_error(pintle_error* to, const char* message) noexcept {
  pintle_error made{};
  std::strncpy(made.message, message, sizeof(made.message) - 1);
  put(to, made);
}

void refuse(const std::string& what) {
  throw Error(Layer::config, what).with_hint("Correct the app's call: see pintle/pintle.h.");
}

std::string_view text(pintle_view view, const char* name) {
  if (view.data == nullptr && view.size != 0)
    refuse(std::string(name) + " is null but its size is not 0");
  return {view.data, view.size};
}

}  // namespace pintle::c_api
