// SPDX-License-Identifier: Apache-2.0
//
// The transcript of a stream of frames, as lines, independent of how the stream was cut.

#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/ws/ws_frame.h>

namespace pintle::ws {

using Transcript = std::vector<std::string>;

/// Returns the size of the next piece to feed, given how many bytes are left.
using Cut = std::function<std::size_t(std::size_t left)>;

inline std::size_t whole(std::size_t left) { return left; }
inline std::size_t byte_by_byte(std::size_t) { return 1; }

/// Returns one line per event; the pieces of a message become one line when it is complete. Works
/// for a FrameDecoder and a MessageReader. Each piece of the input is a block of exactly its size,
/// so that AddressSanitizer detects a byte too far.
template <class Reader>
Transcript read_all(Reader& reader, std::string_view stream, const Cut& cut) {
  Transcript lines;
  std::string message;
  bool open = false;
  while (!stream.empty()) {
    const auto size = std::min(std::max<std::size_t>(1, cut(stream.size())), stream.size());
    const auto block = std::make_unique<char[]>(size);
    std::memcpy(block.get(), stream.data(), size);
    stream.remove_prefix(size);
    std::span<char> input(block.get(), size);
    while (true) {
      const auto event = reader.next(input);
      if (event.kind == Kind::need_more) {
        if (!input.empty()) lines.push_back("input left over");
        break;
      }
      const std::string bytes(event.bytes);
      const auto code = std::to_string(number_of(event.code));
      if (event.kind == Kind::error) {
        lines.push_back("error " + code + ": " + bytes);
        return lines;
      }
      if (event.kind == Kind::close) lines.push_back("close " + code + ": " + bytes);
      if (event.kind == Kind::ping) lines.push_back("ping: " + bytes);
      if (event.kind == Kind::pong) lines.push_back("pong: " + bytes);
      if (event.kind != Kind::data) continue;
      if (event.first == open) lines.push_back("first and last do not match");
      if (event.first) message.clear();
      message += bytes;
      open = !event.last;
      if (open) continue;
      lines.push_back(std::string(event.opcode == Opcode::text ? "text" : "binary") +
                      (event.compressed ? " compressed: " : ": ") + message);
    }
  }
  return lines;
}

}  // namespace pintle::ws
