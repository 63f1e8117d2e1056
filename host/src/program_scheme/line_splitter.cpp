// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/line_splitter.h"

#include "program_scheme/wiped_text.h"

namespace pintle::program {

bool LineSplitter::add(std::string_view bytes,
                       const std::function<void(std::string_view)>& on_line) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (rest_.size() + piece.size() > kMaxLine) return false;
    append_wiping(rest_, piece);
    if (end == std::string_view::npos) return true;
    on_line(rest_);
    wipe(rest_.data(), rest_.size());
    rest_.clear();
    bytes.remove_prefix(end + 1);
  }
  return true;
}

}  // namespace pintle::program
