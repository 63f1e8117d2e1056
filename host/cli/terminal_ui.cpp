// SPDX-License-Identifier: Apache-2.0
#include "terminal_ui.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "base/cancel_event.h"
#include "output.h"

namespace pintle::cli {
namespace {

constexpr std::size_t kMaxLine = 64 * 1024;

// As the terminal was before the prompt. Read by whatever ends the program, so no lock.
termios before_prompt;
int prompted_terminal = -1;
std::atomic<bool> is_changed{false};

// Echo off for the length of a scope.
class EchoOff {
 public:
  explicit EchoOff(int terminal) {
    if (::tcgetattr(terminal, &before_prompt) != 0) return;
    auto quiet = before_prompt;
    quiet.c_lflag &= static_cast<tcflag_t>(~(ECHO | ECHOE | ECHOK));
    quiet.c_lflag |= ECHONL;
    // It would end the program and leave the terminal dumb.
    quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
    prompted_terminal = terminal;
    is_changed = true;
    // What was typed ahead is no part of the secret.
    ::tcsetattr(terminal, TCSAFLUSH, &quiet);
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  ~EchoOff() { restore_terminal(); }
};

}  // namespace

void restore_terminal() noexcept {
  if (is_changed.exchange(false)) ::tcsetattr(prompted_terminal, TCSAFLUSH, &before_prompt);
}

TerminalUi::TerminalUi() : terminal_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
  [[maybe_unused]] static const int kRegistered = std::atexit(+[] { restore_terminal(); });
}

TerminalUi::~TerminalUi() {
  restore_terminal();
  wipe(rest_);
  if (terminal_ >= 0) ::close(terminal_);
}

// In the background a read from it would stop the whole program.
bool TerminalUi::has_terminal() const noexcept {
  return terminal_ >= 0 && ::tcgetpgrp(terminal_) == ::getpgrp();
}

void TerminalUi::write(std::string_view text) const {
  while (!text.empty()) {
    const auto written = ::write(terminal_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void TerminalUi::show_message(std::string_view text) { note(terminal_safe(text)); }

namespace {

// What the front schemes call what they ask for.
bool is_of_front(const Question& question) { return question.label.ends_with("(front)"); }

std::string option_for_front(const std::string& key) {
  if (key == "password") return "Provide it with --front-password-file FILE.";
  if (key == "username") return "Provide it with --front-username NAME.";
  return "Provide it with --front-secret-file " + printable(key, 30) + "=FILE.";
}

std::string option_for(const Question& question, bool for_front) {
  const auto& key = question.key;
  if (for_front) return option_for_front(key);
  if (key == "token") return "Provide it with --token-file FILE or --token-command COMMAND.";
  if (key == "password") {
    return "Provide it with --password-file, --password-command or --password-stdin.";
  }
  if (key == "username") return "Provide it with --username NAME.";
  if (key == "provider") return "Choose one with --provider NAME.";
  return "Provide it with --secret-file " + printable(key, 30) + "=FILE.";
}

}  // namespace

Secret TerminalUi::ask(const Question& question, std::stop_token cancel) {
  const bool for_front = asks_for_front_ || is_of_front(question);
  if (!has_terminal()) {
    throw Error(Layer::config, "the " + within_sentence(printable(question.label, 60)) +
                                   " was not given, and there is no terminal to ask at")
        .with_user_action()
        .with_hint(option_for(question, for_front));
  }
  std::optional<EchoOff> echo_off;
  if (question.secret) echo_off.emplace(terminal_);
  write(terminal_safe(question.label) + ": ");
  auto line = read_line(terminal_, cancel);
  if (!line) {
    write("\n");
    throw Error(Layer::config,
                "the " + within_sentence(printable(question.label, 60)) + " was not given")
        .with_user_action()
        .with_hint(option_for(question, for_front));
  }
  if (question.secret) {
    typed_secret_ = question.key;
    typed_for_front_ = for_front;
  }
  return std::move(*line);
}

std::optional<Secret> TerminalUi::read_pasted(std::string_view why, std::stop_token cancel) {
  const bool typed = has_terminal();
  // With a terminal that is not ours to read, standard input may be that same terminal.
  if (!typed && ::isatty(STDIN_FILENO) == 1) return std::nullopt;
  for (;;) {
    if (typed) {
      write(terminal_safe(why) + "\n> ");
    } else {
      show_message(why);
    }
    auto line = read_line(typed ? terminal_ : STDIN_FILENO, cancel);
    if (!line) {
      if (typed) write("\n");
      return std::nullopt;
    }
    if (line->reveal().find_first_not_of(" \t\r") != std::string_view::npos) return line;
  }
}

// A line without its break; nothing at the end of the input or a stop.
std::optional<Secret> TerminalUi::read_line(int fd, const std::stop_token& cancel) {
  const CancelEvent stop(cancel);
  auto& unread = rest_;
  for (;;) {
    if (const auto end = unread.find('\n'); end != std::string::npos) {
      Secret line(std::string_view(unread).substr(0, end));
      wipe(unread.data(), end);
      unread.erase(0, end + 1);
      return line;
    }
    pollfd waiting[2] = {{fd, POLLIN, 0}, {stop.fd(), POLLIN, 0}};
    if (::poll(waiting, 2, -1) < 0 && errno != EINTR) return std::nullopt;
    if (cancel.stop_requested()) return std::nullopt;
    if (waiting[0].revents == 0) continue;
    std::array<char, 4096> buffer;
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0 || unread.size() > kMaxLine) {
      const bool whole = got == 0 && !unread.empty();
      Secret line(whole ? std::string_view(unread) : std::string_view());
      wipe(unread);
      return whole ? std::optional(std::move(line)) : std::nullopt;
    }
    unread.append(buffer.data(), static_cast<std::size_t>(got));
    wipe(buffer.data(), buffer.size());
  }
}

}  // namespace pintle::cli
