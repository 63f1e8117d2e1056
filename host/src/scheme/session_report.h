// SPDX-License-Identifier: Apache-2.0
//
// How a scheme inside of this host reports a new session in `open` and `decorate`, which have no
// flag for it in plugin.h: a scheme program may be opened anew in any call. Header-only.
//
// Threads: a report is made on the thread that listens.

#pragma once

#include <utility>

namespace pintle {

/// Listens during a call to a scheme; on each thread the innermost one does.
class SessionReport {
 public:
  SessionReport() noexcept : outer_(std::exchange(listening(), this)) {}
  SessionReport(const SessionReport&) = delete;
  SessionReport& operator=(const SessionReport&) = delete;
  ~SessionReport() { listening() = outer_; }

  /// Called by the scheme: the session has changed.
  static void make() noexcept {
    if (auto* listener = listening()) listener->is_made_ = true;
  }
  bool is_made() const noexcept { return is_made_; }

 private:
  static SessionReport*& listening() noexcept {
    static thread_local SessionReport* listener = nullptr;
    return listener;
  }

  SessionReport* const outer_;
  bool is_made_ = false;
};

}  // namespace pintle
