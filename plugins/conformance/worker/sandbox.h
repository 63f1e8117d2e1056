// SPDX-License-Identifier: Apache-2.0
//
// Notices a scheme that does I/O: output, and system calls that open, connect, start or sleep. Such
// a call fails with EPERM and is reported; the test goes on. A notice, not a security boundary.
//
// Threads: one; set up once, before the library is called.

#pragma once

#include <string>

#include "channel.h"

namespace pintle::conformance {

class Sandbox {
 public:
  /// Redirects standard output and error, and filters system calls, if the system can.
  explicit Sandbox(Channel& channel);
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  ~Sandbox();

  /// Reports what the last case did.
  void check();

 private:
  Channel& channel_;
  int output_ = -1;
};

}  // namespace pintle::conformance
