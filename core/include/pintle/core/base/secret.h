// SPDX-License-Identifier: Apache-2.0
//
// A secret string: wiped on destruction, never copied or printed by accident.
//
// Header-only, so that a scheme needs only the headers. Threads: like std::string.

/// @file
/// @snippet reference/values.cpp secret

#pragma once

#include <cstddef>
#include <cstring>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pintle {

/// Overwrites `size` bytes at `data` in a way that the optimiser must keep.
inline void wipe(char* data, std::size_t size) noexcept {
#if defined(__GNUC__)
  if (size == 0) return;
  std::memset(data, 0, size);
  asm volatile("" : : "r"(data) : "memory");  // Somebody may read it.
#else
  volatile char* bytes = data;
  for (std::size_t i = 0; i < size; ++i) bytes[i] = 0;
#endif
}

/// Overwrites the characters of `text` (its whole capacity) and empties it.
inline void wipe(std::string& text) noexcept {
  if (text.capacity() == 0) return;
  text.resize(text.capacity());  // Within the capacity: never reallocates.
  wipe(text.data(), text.size());
  text.clear();
}

/// Owns a credential. Move-only: `clone()` makes every copy explicit. It has no conversion to a
/// string and no `<<`, so printing one does not compile.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) : size_(text.size()) {
    if (size_ == 0) return;
    bytes_ = std::make_unique<char[]>(size_);
    text.copy(bytes_.get(), size_);
  }
  /// Copies the text and wipes the source string.
  static Secret take(std::string& text) {
    Secret secret(std::string_view{text});
    wipe(text);
    return secret;
  }
  Secret(Secret&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      clear();
      bytes_ = std::move(other.bytes_);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { clear(); }

  Secret clone() const { return Secret(reveal()); }
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

  /// Returns the text, valid as long as this secret. The only access to it: search for `reveal` to
  /// find every use.
  std::string_view reveal() const noexcept { return {bytes_.get(), size_}; }

  /// Compares in a time that depends only on the lengths.
  bool equals(const Secret& other) const noexcept {
    if (size_ != other.size_) return false;
    unsigned char difference = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      difference = static_cast<unsigned char>(difference | (bytes_[i] ^ other.bytes_[i]));
    }
    return difference == 0;
  }

 private:
  void clear() noexcept {
    if (bytes_) wipe(bytes_.get(), size_);
    bytes_.reset();
    size_ = 0;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

template <class Char, class Traits>
std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>&,
                                             const Secret&) = delete;

/// Returns what may be shown of a token: the last six characters after "...", "(hidden)" if it has
/// fewer than 24, "not set" if it is empty.
inline std::string preview(std::string_view token) {
  if (token.empty()) return "not set";
  if (token.size() < 24) return "(hidden)";
  return "..." + std::string(token.substr(token.size() - 6));
}
inline std::string preview(const Secret& token) { return preview(token.reveal()); }

}  // namespace pintle
