// SPDX-License-Identifier: Apache-2.0
//
// What the worker tells the program that started it, line by line: the case that begins, so that a
// crash is known by it, and each finding.
//
// Threads: one; `fatal` also from a signal handler.

#pragma once

#include <string>
#include <string_view>

#include <pintle/conformance/rules.h>

namespace pintle::conformance {

class Channel {
 public:
  explicit Channel(int fd) : fd_(fd) {}

  /// Reads what each line begins with from `fd`: the scheme, which is opened afterwards, must not
  /// be able to write lines of its own. Returns false if it is not there.
  static bool read_mark(int fd);

  /// Begins a case, at `place` ("sign-in, POST /login") with `variant` ("answered 503"). `fatal`:
  /// the rule that a crash breaks. Returns false if the case is to be skipped.
  bool begin(Rule fatal, std::string_view place, std::string_view variant);

  /// A rule was broken in the current case.
  void finding(Rule rule, std::string_view what);
  void note(std::string_view text) { line("note", text); }
  /// The cases from now on are of that scenario, numbered from 0. Cases before `first` are skipped:
  /// an earlier worker did them.
  void scenario(int number, int first) {
    line("scenario", std::to_string(number));
    next_ = 0;
    first_ = first;
  }
  void measure(long long decorate_ns) { line("decorate_ns", std::to_string(decorate_ns)); }
  void end() { line("end", ""); }

  /// The process is about to end, because the scheme broke this rule.
  void last(Rule rule, std::string_view what);

  /// While muted, nothing is told: a run that another case needs the result of.
  void mute(bool muted) noexcept { muted_ = muted; }

  /// Safe in a signal handler: the process is about to die for breaking this rule.
  static void fatal(int fd, Rule rule) noexcept;
  int fd() const noexcept { return fd_; }

 private:
  void line(std::string_view kind, std::string_view text);

  int fd_;
  int first_ = 0;
  int next_ = 0;
  bool muted_ = false;
};

}  // namespace pintle::conformance
