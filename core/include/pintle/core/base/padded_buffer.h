// SPDX-License-Identifier: Apache-2.0
//
// A growing buffer of bytes with readable room behind them, for readers that look ahead (simdjson).
//
// Threads: like std::string.

#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace pintle {

/// Readable bytes behind a text that simdjson may be given, at least.
inline constexpr std::size_t kPadding = 64;

class PaddedBuffer {
 public:
  PaddedBuffer() = default;
  PaddedBuffer(PaddedBuffer&& other) noexcept;
  PaddedBuffer& operator=(PaddedBuffer&& other) noexcept;
  ~PaddedBuffer();

  std::size_t size() const noexcept { return size_; }
  /// The bytes; kPadding readable ones stand behind them. Good until the buffer changes.
  std::string_view view() const noexcept { return {data_, size_}; }

  /// The memory it holds, in bytes.
  std::size_t held_bytes() const noexcept { return data_ == nullptr ? 0 : room_ + kPadding; }

  /// Throws std::bad_alloc; the bytes are then as before.
  void append(std::string_view bytes);
  /// Room for at least `size` bytes behind the present ones. Throws std::bad_alloc.
  std::span<char> prepare(std::size_t size);
  /// Makes the first `size` bytes of the prepared room part of the buffer.
  void commit(std::size_t size) noexcept;

  /// Forgets the bytes. Memory above `keep` bytes goes back to the system, so that one large
  /// message does not stay with an idle connection.
  void clear(std::size_t keep = 64 * 1024) noexcept;

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t room_ = 0;  // Without the padding.
};

}  // namespace pintle
