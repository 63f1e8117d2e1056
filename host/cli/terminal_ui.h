// SPDX-License-Identifier: Apache-2.0
//
// The user at a terminal: prompts on the terminal itself, and never on standard output.
//
// Threads: one at a time. One TerminalUi a process.

#pragma once

#include <pintle/sign_in_ui.h>

namespace pintle::cli {

class TerminalUi final : public SignInUi {
 public:
  TerminalUi();
  TerminalUi(const TerminalUi&) = delete;
  TerminalUi& operator=(const TerminalUi&) = delete;
  ~TerminalUi() override;

  void show_message(std::string_view text) override;
  /// A secret is not shown while it is typed. Throws Error(config) where there is no terminal.
  Secret ask(const Question& question, std::stop_token cancel) override;
  /// From the terminal; where there is none, a line of standard input.
  std::optional<Secret> read_pasted(std::string_view why, std::stop_token cancel) override;

  /// The key of the secret that was typed last; empty if none was.
  const std::string& typed_secret() const noexcept { return typed_secret_; }
  /// True if it is for what stands in front of the gateway.
  bool typed_for_front() const noexcept { return typed_for_front_; }
  /// Whatever is asked for is for what stands in front of the gateway.
  void ask_for_front() noexcept { asks_for_front_ = true; }

 private:
  bool has_terminal() const noexcept;
  void write(std::string_view text) const;
  std::optional<Secret> read_line(int fd, const std::stop_token& cancel);

  int terminal_ = -1;
  std::string typed_secret_;
  bool typed_for_front_ = false;
  bool asks_for_front_ = false;
  std::string rest_;  // of standard input: what came behind the last line
};

/// Shows again what is typed, where a prompt has turned that off: for every way out of the program
/// that unwinds nothing. Async-signal-safe.
void restore_terminal() noexcept;

}  // namespace pintle::cli
