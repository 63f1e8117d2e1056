// SPDX-License-Identifier: Apache-2.0
#include "stop.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <unistd.h>

#include "program_scheme/protocol_names.h"

namespace pintle::cage {
namespace {

constexpr int kStopped = 91;

}  // namespace

// One write, on a line of its own: the library may have written the begin of one.
void stop(std::initializer_list<std::string_view> why) noexcept {
  std::array<char, 256> line{};
  std::size_t size = 0;
  const auto add = [&](std::string_view text) {
    const auto fits = std::min(text.size(), line.size() - size);
    text.copy(line.data() + size, fits);
    size += fits;
  };
  add("\n");
  add(program::kCageSays);
  for (const auto part : why) add(part);
  [[maybe_unused]] const auto put = ::write(2, line.data(), size);
  ::_exit(kStopped);
}

}  // namespace pintle::cage
