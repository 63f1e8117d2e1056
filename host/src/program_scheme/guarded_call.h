// SPDX-License-Identifier: Apache-2.0
//
// Ends exceptions at the C ABI. Header-only.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>

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

/// What is between the program and its request in the message of an error about its reply.
inline constexpr const char* kInvalidReply = ": its reply to \"";

/// Runs `call`; an InvalidReply becomes an Error(plugin) that names the program and its request.
template <class Call>
auto naming_reply(const std::filesystem::path& program, std::string_view request, Call call) {
  try {
    return call();
  } catch (const InvalidReply& reply) {
    throw Error(Layer::plugin, program.string() + kInvalidReply + std::string(request) +
                                   "\" is invalid: " + reply.message());
  }
}

/// Runs `call` and returns PINTLE_OK, or the layer of the Error that it throws.
template <class Call>
std::int32_t guarded_call(pintle_error* out, Call call) noexcept {
  try {
    call();
    return PINTLE_OK;
  } catch (const Error& error) {
    return put_error(error, out);
  } catch (const std::exception&) {
    return PINTLE_LAYER_PLUGIN;  // no memory, not even for a text
  }
}

}  // namespace pintle::program
