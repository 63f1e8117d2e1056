// SPDX-License-Identifier: Apache-2.0
#include "server/flood.h"

#include <pintle/core/ws/ws_encode.h>

namespace pintle::bench {
namespace {

// Large enough that a system call is negligible, small enough for the cache.
constexpr std::size_t kBlock = 256 * 1024;

}  // namespace

Flood::Flood(std::string_view text, std::uint64_t count) {
  std::string frame;
  ws::append_frame(frame, ws::Role::server, ws::Opcode::text, text, {});
  block_.reserve(kBlock + frame.size());
  do {
    block_ += frame;
  } while (block_.size() < kBlock);
  left_ = count * frame.size();
}

}  // namespace pintle::bench
