// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/error_display.h"

#include <algorithm>
#include <cstddef>
#include <unistd.h>

#include <pintle/core/base/secret.h>
#include <pintle/core/text/printable.h>

#include "base/own_variable.h"
#include "base/sigpipe.h"

namespace pintle::program {
namespace {

constexpr std::size_t kMaxLine = 4096;

// Not of a program that runs with other rights than its user.
bool is_wanted() {
  const char* value = own_variable(ErrorDisplay::kVariable);
  return value != nullptr && std::string_view(value) == "1";
}

}  // namespace

ErrorDisplay::ErrorDisplay(const std::filesystem::path& program)
    : name_(printable(program.filename().string(), 64)), is_on_(is_wanted()) {}

ErrorDisplay::~ErrorDisplay() {
  if (!rest_.empty()) show(rest_);
  wipe(rest_);
}

void ErrorDisplay::add(std::string_view bytes) {
  if (!is_on_) return;
  for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    rest_.append(bytes.substr(0, end));
    show(rest_);
    wipe(rest_);
    rest_.clear();
    bytes.remove_prefix(end + 1);
  }
  rest_.append(bytes.substr(0, kMaxLine - std::min(rest_.size(), kMaxLine)));
}

// One write for each line, so that those of several programs do not mix.
void ErrorDisplay::show(std::string_view line) const {
  auto text = name_ + ": " + printable(line, kMaxLine) + "\n";
  net::SigpipeBlock pipes;
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) pipes.broke();
  wipe(text);
}

}  // namespace pintle::program
