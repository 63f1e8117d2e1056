// SPDX-License-Identifier: Apache-2.0
#include "channel.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <unistd.h>

#include <pintle/conformance/worker.h>
#include <pintle/core/text/printable.h>

namespace pintle::conformance {
namespace {

// With the tab behind it. Read by a signal handler.
std::array<char, kMarkDigits + 1> mark{};

}  // namespace

bool Channel::read_mark(int fd) {
  for (std::size_t done = 0; done < mark.size();) {
    const auto got = ::read(fd, mark.data() + done, mark.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

void Channel::line(std::string_view kind, std::string_view text) {
  if (muted_) return;
  std::string out(mark.data(), mark.size());
  out.append(kind);
  out.append("\t").append(text).append("\n");
  for (std::string_view left = out; !left.empty();) {
    const auto done = ::write(fd_, left.data(), left.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) ::_exit(3);  // nobody listens any more
    left.remove_prefix(static_cast<std::size_t>(done));
  }
}

bool Channel::begin(Rule fatal, std::string_view place, std::string_view variant) {
  const int number = next_++;
  if (number < first_) return false;
  line("case", std::to_string(number) + "\t" + std::to_string(static_cast<int>(fatal)) + "\t" +
                   printable(place) + "\t" + printable(variant));
  return true;
}

void Channel::finding(Rule rule, std::string_view what) {
  line("finding", std::to_string(static_cast<int>(rule)) + "\t" + printable(what, 400));
}

void Channel::last(Rule rule, std::string_view what) {
  muted_ = false;
  line("fatal", std::to_string(static_cast<int>(rule)) + "\t" + printable(what, 400));
}

void Channel::fatal(int fd, Rule rule) noexcept {
  const int number = static_cast<int>(rule);
  constexpr std::string_view kKind = "fatal\t00\n";
  std::array<char, kMarkDigits + 1 + kKind.size()> text{};
  auto* at = std::copy(mark.begin(), mark.end(), text.begin());
  at = std::copy(kKind.begin(), kKind.end(), at);
  at[-3] = static_cast<char>('0' + number / 10);
  at[-2] = static_cast<char>('0' + number % 10);
  [[maybe_unused]] const auto put = ::write(fd, text.data(), text.size());
}

}  // namespace pintle::conformance
