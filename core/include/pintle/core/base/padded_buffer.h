// SPDX-License-Identifier: Apache-2.0
//
// A growable byte buffer with readable padding at its end, for readers that look ahead (simdjson).
//
// Threads: like std::string.

/// @file
/// @snippet reference/values.cpp padded_buffer

#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace pintle {

/// The minimum of readable bytes after a text that is passed to simdjson.
inline constexpr std::size_t kPadding = 64;

class PaddedBuffer {
 public:
  PaddedBuffer() = default;
  PaddedBuffer(PaddedBuffer&& other) noexcept;
  PaddedBuffer& operator=(PaddedBuffer&& other) noexcept;
  ~PaddedBuffer();

  std::size_t size() const noexcept { return size_; }
  /// Returns the bytes, followed by kPadding readable ones. Valid until the buffer changes.
  std::string_view view() const noexcept { return {data_, size_}; }

  /// Returns the allocated memory, in bytes.
  std::size_t allocated_bytes() const noexcept {
    return data_ == nullptr ? 0 : capacity_ + kPadding;
  }

  /// Throws std::bad_alloc; the contents are then unchanged.
  void append(std::string_view bytes);
  /// Returns space for at least `size` bytes after the current ones. Throws std::bad_alloc.
  std::span<char> prepare(std::size_t size);
  /// Adds the first `size` bytes of the prepared space to the buffer.
  void commit(std::size_t size) noexcept;

  /// Empties the buffer. Frees memory above `keep` bytes, so that an idle connection does not keep
  /// that of one large message.
  void clear(std::size_t keep = 64 * 1024) noexcept;

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // Without the padding.
};

}  // namespace pintle
