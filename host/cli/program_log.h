// SPDX-License-Identifier: Apache-2.0
//
// What -v and --trace show: the records of the log hook, as lines for people on standard error and
// as JSON lines in a file.
//
// Threads: constructed and finished on the main thread; records come from any.

#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/files/unique_fd.h>
#include <pintle/log.h>

#include "base/mutex.h"
#include "command_line.h"

namespace pintle::cli {

class ProgramLog {
 public:
  /// The log of this run of the program; off until `begin`.
  static ProgramLog& instance();

  /// Applies -v and --trace. Creates the trace file with mode 0600, or empties it. Throws
  /// Error(store) if that is impossible.
  void begin(const Invocation& invocation);
  /// Shows no more of these events: the command itself prints them, on standard output. They are
  /// shown all the same if that is another place than standard error, and always traced.
  void leave_out(std::set<std::string_view> events);
  /// The options for a host whose records are shown.
  LogOptions options();
  /// Ends the trace file. Returns the exit code: `code`, or that of Error(store), which is
  /// reported, if the command succeeded and the file could not be written.
  int finish(int code);

 private:
  void take(const LogRecord& record);
  void write_trace(const std::string& line) PINTLE_REQUIRES(mutex_);

  LogLevel display_level_ = LogLevel::off;
  std::string trace_file_;
  Mutex mutex_;
  std::set<std::string_view> left_out_ PINTLE_GUARDED_BY(mutex_);
  UniqueFd trace_ PINTLE_GUARDED_BY(mutex_);
  std::optional<Error> trace_failure_ PINTLE_GUARDED_BY(mutex_);
};

/// One record as -v shows it: "07:23:35.123 debug http  exchange_finished  method=GET …".
std::string log_line(const LogRecord& record);
/// One record as --trace writes it, a JSON object on one line without its line break.
std::string trace_line(const LogRecord& record);

}  // namespace pintle::cli
