// SPDX-License-Identifier: Apache-2.0
//
// Ends exceptions at the C ABI. Header-only.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/plugin.h>

#include "program_scheme/json_reader.h"
#include "scheme/abi_error.h"

namespace pintle::program {

/// Writes `error` to the caller's struct and returns its layer.
inline std::int32_t put_error(const Error& error, pintle_error* out) noexcept {
  if (out != nullptr && out->struct_size >= sizeof(pintle_error)) *out = abi_error(error);
  return static_cast<std::int32_t>(error.layer());
}

/// What the message of an error begins with if the program's reply was invalid.
inline constexpr const char* kInvalidReply = "the program's reply is invalid: ";

/// Runs `call` and returns PINTLE_OK, or the layer of the Error that it throws.
template <class Call>
std::int32_t guarded_call(pintle_error* out, Call call) noexcept {
  try {
    call();
    return PINTLE_OK;
  } catch (const InvalidReply& reply) {
    return put_error(Error(Layer::plugin, kInvalidReply + reply.message()), out);
  } catch (const Error& error) {
    return put_error(error, out);
  } catch (const std::exception&) {
    return PINTLE_LAYER_PLUGIN;  // no memory, not even for a text
  }
}

}  // namespace pintle::program
