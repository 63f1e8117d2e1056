// SPDX-License-Identifier: Apache-2.0
//
// The cage of a build with a sanitizer, which needs files, memory and signals of its own: open.
// Such a build is for tests alone.

#include <span>
#include <string>
#include <unistd.h>

#include "confinement.h"

namespace pintle::cage {

void confine(const std::string&, std::span<const int>) {
  constexpr char kNote[] = "the cage is open: it was built with a sanitizer\n";
  [[maybe_unused]] const auto put = ::write(2, kNote, sizeof kNote - 1);
}

}  // namespace pintle::cage
