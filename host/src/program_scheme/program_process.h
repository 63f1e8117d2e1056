// SPDX-License-Identifier: Apache-2.0
//
// A running scheme program: lines to its standard input, and its replies by their ids.
//
// A thread of its own starts the program, reads what it writes and waits for its end. A program
// that does not answer in time, or writes what is no reply, is killed with its process group.
//
// Threads: any, concurrently.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <thread>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/files/unique_fd.h>

#include "base/mutex.h"
#include "program_scheme/error_display.h"
#include "program_scheme/line_splitter.h"
#include "program_scheme/spawn_program.h"

namespace pintle::program {

/// Why a program has ended.
struct Ending {
  enum class Kind {
    own,      ///< By itself, or another process killed it.
    hung,     ///< It did not answer in time.
    garbage,  ///< It wrote what is no reply.
    stopped   ///< No longer needed.
  };
  Kind kind = Kind::own;
  std::string text;  ///< "ended with exit code 1"; holds nothing that the program wrote.
};

class ProgramProcess {
 public:
  /// How long a program that is no longer needed may take to end after the end of its input.
  static constexpr std::chrono::milliseconds kEndLimit{100};

  /// Starts the program. Throws Error(plugin).
  explicit ProgramProcess(ProgramCommand command);
  ProgramProcess(const ProgramProcess&) = delete;
  ProgramProcess& operator=(const ProgramProcess&) = delete;
  /// Closes the program's input, and kills it if it has not ended within kEndLimit.
  ~ProgramProcess();

  /// Returns an id that no other request has, from 1.
  std::uint64_t new_id();

  /// Sends `request`, one line without a line feed with the member "id", and returns the line of
  /// its reply. After `limit` the program is killed. Returns nothing if it has ended: see `ending`.
  /// `method` is for the text of the ending.
  std::optional<Secret> call(std::uint64_t id, std::string_view request,
                             std::chrono::milliseconds limit, std::string_view method);

  /// Sends a line that has no reply. Blocks for at most `limit`; a failure is ignored.
  void notify(std::string_view line, std::chrono::milliseconds limit);

  /// Returns why it has ended, or nothing while it runs.
  std::optional<Ending> ending() const;

  /// Returns the last line of its standard error, printable and cut to 200 bytes. It may hold what
  /// the program was given.
  std::string last_error_line() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void serve(SpawnedProgram& program);
  void await_start();
  bool read_output(int fd, LineSplitter& lines);
  bool read_errors(int fd);
  void take_line(std::string_view line);
  bool write_line(std::string_view line, Clock::time_point deadline);
  void stop(Ending ending);
  bool is_stopped() const;
  void finish(SpawnedProgram& program);

  const ProgramCommand command_;
  ErrorDisplay display_;  // used by the thread alone
  std::stop_source stop_;

  Mutex write_mutex_;  // before mutex_
  UniqueFd input_ PINTLE_GUARDED_BY(write_mutex_);

  mutable Mutex mutex_;
  mutable Condition changed_;
  bool is_started_ PINTLE_GUARDED_BY(mutex_) = false;
  std::optional<Error> start_failure_ PINTLE_GUARDED_BY(mutex_);
  std::optional<Ending> ending_ PINTLE_GUARDED_BY(mutex_);
  std::map<std::uint64_t, std::optional<Secret>> replies_ PINTLE_GUARDED_BY(mutex_);
  std::uint64_t last_id_ PINTLE_GUARDED_BY(mutex_) = 0;
  std::string errors_ PINTLE_GUARDED_BY(mutex_);  // the end of its standard error

  std::thread thread_;  // last: it uses the other members
};

}  // namespace pintle::program
