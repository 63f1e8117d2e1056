// SPDX-License-Identifier: Apache-2.0
//
// What the program prints: short and aligned for people, JSON for programs.
//
// Threads: the main thread prints; Progress has a thread of its own while it lives.

#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <pintle/core/base/error.h>

#include "base/mutex.h"

namespace pintle::cli {

/// Exit codes; documented in docs/command-line.md and never renumbered.
enum ExitCode : int {
  kOk = 0,
  kUnexpected = 1,    ///< A fault of the program itself.
  kUsage = 2,         ///< The command line.
  kRefusedByApp = 3,  ///< The gateway let the request in and answered it with an error.
  kFirstLayer = 10,   ///< Layer::config; the other layers follow in their order.
  kInterrupted = 130  ///< Ctrl-C.
};
int exit_code(Layer layer) noexcept;

enum class Style { plain, bold, dim, good, bad, warn };

/// `text` in that style where standard output is a terminal that shows it, else as it is. NO_COLOR
/// is honoured.
std::string styled(Style style, std::string_view text);

/// The same for standard error, to be printed with `note`.
std::string styled_note(Style style, std::string_view text);

/// `text` with blanks behind it, at least `width` bytes.
std::string padded(std::string_view text, std::size_t width);

/// Columns as wide as their widest cell; the last is not padded.
class Table {
 public:
  explicit Table(std::vector<std::string> heads) : rows_{std::move(heads)} {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// A JSON object that is written member by member.
class JsonObject {
 public:
  JsonObject& text(std::string_view key, std::string_view value);
  /// Nothing if it is empty: what does not apply is absent.
  JsonObject& text_if_any(std::string_view key, std::string_view value);
  JsonObject& number(std::string_view key, long long value);
  JsonObject& boolean(std::string_view key, bool value);
  /// `json` is JSON of this program's own making.
  JsonObject& raw(std::string_view key, std::string_view json);
  /// `json` came from outside: it goes in on one line, and as a string where it is no JSON.
  JsonObject& foreign(std::string_view key, std::string_view json);
  /// Safe to show (printable_json), whatever the texts in it are.
  std::string str() const;

 private:
  void begin(std::string_view key);
  std::string members_;
};

std::string json_list(const std::vector<std::string>& json_values);
std::string json_strings(const std::vector<std::string>& values);

/// The error as `--json` shows it: {"error":{"layer":"gate",…}}, and the inner object alone.
std::string error_json(const Error& error);
std::string error_members(const Error& error);

/// From now on a hint to run `pintle sign-in` names this gateway. Main thread, before any error.
void name_gateway_in_hints(const std::string& target);

/// The hint of `error`; one to run `pintle sign-in` names the gateway.
std::string hint_of(const Error& error);

/// Prints an error for a user to standard error, or as JSON to standard output (to standard error
/// if that cannot be written to), and gives the exit code for it.
int report(const Error& error, bool json);

/// Reports Ctrl-C as `report` does an error, but not to a user, who knows. Returns its exit code.
int report_interrupted(bool json);

/// `text` as a terminal may have it: lines and tabs stay, everything else that is unprintable is
/// shown as a code.
std::string terminal_safe(std::string_view text);
/// Prints a line, as `terminal_safe` but for the styles of `styled`, and sees to it that a reader
/// of a pipe has it at once. Throws as `check_output`.
void print_line(std::string_view text);
/// As `print_line`, of something that has been done already: where it cannot be printed, the error
/// says that it was. `done` is a sentence: "The connection home is saved."
void print_done(std::string_view text, const std::string& done);
/// Writes out what was printed. Throws Error(store) where it could not be: a full disk, a closed
/// pipe.
void check_output();
/// Returns true if the reader of standard output went away, and the program is to end by SIGPIPE,
/// as others do.
bool is_reader_gone() noexcept;
/// `json` from outside, on one line and safe to show: the same value, and if it is no JSON, its
/// text.
std::string one_line(std::string_view json);
/// A text from outside: byte by byte as it came, but on a terminal as `terminal_safe`.
void print_body(std::string_view body);
/// To the user, on standard error, as `print_line`. From any thread: a line stays whole.
void note(std::string_view text);

/// Shows on a terminal's standard error what takes long, once it takes more than a second.
class Progress {
 public:
  explicit Progress(const std::string& what);
  /// Shows this from now on. From any thread.
  void update(const std::string& what);
  /// Takes the line away for good: something else is to be printed.
  void end();
  /// From now on none is shown: standard error has the log.
  static void disable();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

 private:
  std::string what_;
  Mutex mutex_;
  Condition ended_;
  bool done_ PINTLE_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace pintle::cli
