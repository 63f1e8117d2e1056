// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox.h"

namespace pintle::conformance {
namespace {

// Without a name, so that it is gone with this process.
int open_output() noexcept {
  std::array<char, 32> name{"/tmp/pintle-output-XXXXXX"};
  const int fd = ::mkstemp(name.data());
  if (fd < 0) return fd;
  ::unlink(name.data());
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
}

}  // namespace

Sandbox::Sandbox(Channel& channel) : channel_(channel) {
  output_ = open_output();
  if (output_ >= 0) {
    ::dup2(output_, 1);
    ::dup2(output_, 2);
  }
  channel_.note("system calls of the scheme were not watched: this system does not allow it");
}

Sandbox::~Sandbox() {
  if (output_ >= 0) ::close(output_);
}

void Sandbox::check() {
  std::fflush(nullptr);
  struct stat facts {};
  if (output_ >= 0 && ::fstat(output_, &facts) == 0 && facts.st_size > 0) {
    channel_.finding(Rule::no_io, "the scheme writes to standard output or error");
    [[maybe_unused]] const auto emptied = ::ftruncate(output_, 0);
    ::lseek(output_, 0, SEEK_SET);
  }
}

}  // namespace pintle::conformance
