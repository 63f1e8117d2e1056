// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <pintle/trace_context.h>

#include "base/hex.h"
#include "base/random_bytes.h"

namespace pintle {
namespace {

// "VERSION-TRACE ID-PARENT ID-FLAGS", in hex digits.
constexpr std::size_t kTraceIdAt = 3;
constexpr std::size_t kTraceIdSize = 32;
constexpr std::size_t kParentIdAt = kTraceIdAt + kTraceIdSize + 1;
constexpr std::size_t kParentIdSize = 16;
constexpr std::size_t kFlagsAt = kParentIdAt + kParentIdSize + 1;
constexpr std::size_t kSize = kFlagsAt + 2;

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

std::string new_traceparent() {
  std::array<unsigned char, (kTraceIdSize + kParentIdSize) / 2> random{};
  fill_random(random);
  random[0] |= 1;  // neither id may be all zeros
  random[kTraceIdSize / 2] |= 1;
  const auto ids = hex_of(random);
  return "00-" + ids.substr(0, kTraceIdSize) + "-" + ids.substr(kTraceIdSize) + "-01";
}

std::optional<std::string> trace_id_of(std::string_view traceparent) {
  // A later version may add fields behind these.
  const bool has_size =
      traceparent.size() == kSize ||
      (traceparent.size() > kSize && traceparent[kSize] == '-' && !traceparent.starts_with("00"));
  if (!has_size || traceparent[kTraceIdAt - 1] != '-' || traceparent[kParentIdAt - 1] != '-' ||
      traceparent[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  const auto trace_id = traceparent.substr(kTraceIdAt, kTraceIdSize);
  const auto version = traceparent.substr(0, kTraceIdAt - 1);
  if (version == "ff" || !is_hex(version) || !is_id(trace_id) ||
      !is_id(traceparent.substr(kParentIdAt, kParentIdSize)) ||
      !is_hex(traceparent.substr(kFlagsAt, 2))) {
    return std::nullopt;
  }
  return std::string(trace_id);
}

}  // namespace pintle
