// SPDX-License-Identifier: Apache-2.0
#include "sandbox.h"

#include <cstdio>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "call_watch.h"

namespace pintle::conformance {

Sandbox::Sandbox(Channel& channel) : channel_(channel) {
  output_ = open_output();
  if (output_ >= 0) {
    ::dup2(output_, 1);
    ::dup2(output_, 2);
  }
  if (!watch_calls()) {
    channel_.note("system calls of the scheme were not watched: this system does not allow it");
  }
}

Sandbox::~Sandbox() {
  if (output_ >= 0) ::close(output_);
}

void Sandbox::check() {
  take_calls(
      [&](const char* what) { channel_.finding(Rule::no_io, std::string("the scheme ") + what); });
  std::fflush(nullptr);
  struct stat facts {};
  if (output_ >= 0 && ::fstat(output_, &facts) == 0 && facts.st_size > 0) {
    channel_.finding(Rule::no_io, "the scheme writes to standard output or error");
    [[maybe_unused]] const auto emptied = ::ftruncate(output_, 0);
    ::lseek(output_, 0, SEEK_SET);
  }
}

}  // namespace pintle::conformance
