// Text from outside, made safe to show: a hostile gateway must not write to a person's terminal.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pintle {

/// `text` with every control character, DEL, C1 control, bidirectional override and byte that is
/// not UTF-8 shown as `\xNN` or `\u{NNNN}`, and cut with `…` after `most` bytes of input, never
/// within a character.
std::string printable(std::string_view text, std::size_t most = 200);

}  // namespace pintle
