// SPDX-License-Identifier: Apache-2.0
//
// A call into the library: what must not cross the C ABI ends the cage, and what the library
// returns is checked before it is read.
//
// Threads: one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/plugin.h>

#include "stop.h"

namespace pintle::cage {

/// No list that a scheme returns is longer.
inline constexpr std::size_t kMaxCount = 10'000;

/// Returns `call()`. A C++ exception of the library ends the cage.
template <class Call>
auto checked_call(Call call) {
  try {
    return call();
  } catch (...) {
    stop("throws an exception across the C ABI");
  }
}

/// Returns the text of a view of the library. One that is longer than a line ends the cage.
std::string_view checked_text(pintle_view view);
/// Returns `count`. One above kMaxCount ends the cage.
std::size_t checked_count(std::size_t count);

/// Returns the Error that the library returned with `code`.
Error error_of(std::int32_t code, const pintle_error& error);

/// Receives what the library writes during one call. A call of it at another time ends the cage.
class CheckedSink {
 public:
  using Pairs = std::vector<std::pair<std::string, Secret>>;

  /// The sinks of a call: decorate has two.
  enum class Use { first, second };
  explicit CheckedSink(Use use);
  CheckedSink(const CheckedSink&) = delete;
  CheckedSink& operator=(const CheckedSink&) = delete;
  ~CheckedSink();

  const pintle_sink& get() const noexcept;
  Pairs take();

 private:
  std::size_t index_;
};

}  // namespace pintle::cage
