// SPDX-License-Identifier: Apache-2.0
//
// Memory whose end is the end of a page, with an inaccessible page behind it: who reads or writes
// one byte too many is stopped by the processor, and the fault handler says which rule was broken.
//
// Threads: one.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/plugin.h>

namespace pintle::conformance {

class Memory {
 public:
  /// `channel_fd`: where the fault handler reports the broken rule.
  explicit Memory(int channel_fd);
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory();

  /// Returns a copy of `text`, valid until `release`. If it is empty: as `set_empty` says.
  pintle_view text(std::string_view text);

  /// Returns a copy of a list; null if it is empty.
  template <class T>
  const T* list(const std::vector<T>& items) {
    if (items.empty()) return nullptr;
    const std::string_view bytes(reinterpret_cast<const char*>(items.data()),
                                 items.size() * sizeof(T));
    return reinterpret_cast<const T*>(text(bytes).data);
  }

  /// Returns a copy of a struct of which only `size` bytes exist; zeros follow its own members.
  template <class T>
  T* place(T value, std::size_t size) {
    value.struct_size = static_cast<std::uint32_t>(size);
    char* at = struct_end() - size;
    std::memset(at, 0, size);
    std::memcpy(at, &value, std::min(size, sizeof(T)));
    return reinterpret_cast<T*>(at);
  }
  template <class T>
  T read(const T* placed, std::size_t size) const {
    T value{};
    std::memcpy(static_cast<void*>(&value), static_cast<const void*>(placed),
                std::min(size, sizeof(T)));
    return value;
  }

  /// The call is over: overwrites what it was given. With `unmap` it is made inaccessible instead,
  /// for good.
  void release(bool unmap);

  /// Makes accessible again what `release` unmapped.
  void restore();

  /// Where the pointer of an empty view points to.
  enum class Empty {
    readable,  ///< To a byte of no meaning.
    null,
    nowhere  ///< To memory that must not be touched.
  };
  void set_empty(Empty empty) noexcept { empty_ = empty; }

 private:
  struct Used {
    char* at;
    std::size_t size;
  };
  char* struct_end();
  char* text_end(std::size_t size);

  std::vector<Used> used_;
  std::deque<std::string> spilled_;  // what has no place any more
  std::size_t next_struct_ = 0;
  std::size_t next_text_ = 0;
  std::size_t next_large_ = 0;
  std::size_t unmapped_ = 0;
  Empty empty_ = Empty::readable;
};

}  // namespace pintle::conformance
