// SPDX-License-Identifier: Apache-2.0
//
// The loop, and what all its connections share, because each needs it only while it is active: a
// read buffer, a JSON-RPC parser, write buffers, and random bytes.
//
// Threads: the loop's, but for the constructor, the destructor and `loop`.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <pintle/core/rpc/json_rpc.h>
#include <pintle/core/ws/ws_protocol.h>

#include "io/loop.h"

namespace pintle::live {

class LoopResources {
 public:
  explicit LoopResources(Loop::AsleepClock asleep_ms = system_asleep_ms);
  LoopResources(const LoopResources&) = delete;
  LoopResources& operator=(const LoopResources&) = delete;

  Loop& loop() noexcept { return loop_; }

  /// Returns the read buffer; JsonRpcReader::kPadding more bytes after it are readable.
  std::span<char> read_buffer() noexcept;
  JsonRpcReader& rpc_reader() noexcept;
  /// Returns an empty write buffer, with capacity if one was given back.
  std::string take_buffer();
  void give_back(std::string&& buffer) noexcept;

  /// Returns a new key from a cryptographic generator for each call (RFC 6455 5.3).
  ws::MaskKey new_mask_key();
  /// Returns cryptographically random bits. Throws Error(config) if there are none.
  std::uint64_t random();

 private:
  std::vector<char> read_buffer_;
  JsonRpcReader rpc_reader_;
  std::vector<std::string> spare_;
  std::array<unsigned char, 4096> random_{};
  std::size_t random_used_ = 4096;
  Loop loop_;  // Last: its remaining tasks may use the rest.
};

}  // namespace pintle::live
