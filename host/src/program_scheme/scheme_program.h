// SPDX-License-Identifier: Apache-2.0
//
// A scheme program, or a library in the cage, over its runs: started, asked what it is, and started
// again after it has ended, but not without a limit.
//
// Threads: any, concurrently.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/files/unique_fd.h>

#include "base/mutex.h"
#include "program_scheme/json_line.h"
#include "program_scheme/program_process.h"
#include "program_scheme/replies.h"
#include "program_scheme/restart_limit.h"
#include "program_scheme/spawn_program.h"

namespace pintle::program {

/// How long a program may take, and how often it may be started again.
struct ProgramLimits {
  std::chrono::milliseconds hello{10'000};  ///< An interpreter starts slowly from a cold disk.
  std::chrono::milliseconds call{1000};
  /// A step of an operation, if the operation's own limit is not sooner.
  std::chrono::milliseconds step{30'000};
  std::size_t max_restarts = 3;
  std::chrono::milliseconds restart_window{60'000};
};

/// What is run: a program, or a library in the cage.
struct ProgramSource {
  std::filesystem::path file;              ///< Of the program or library.
  std::string digest;                      ///< Its SHA-256, 64 hex digits.
  std::filesystem::path cage{};            ///< pintle-cage; empty: `file` is a program.
  std::shared_ptr<const UniqueFd> copy{};  ///< The sealed copy of a caged library.

  bool is_caged() const noexcept { return copy != nullptr; }
  /// Returns "the program" or "the caged library", for errors.
  const char* noun() const noexcept { return is_caged() ? "the caged library" : "the program"; }
  ProgramCommand command() const;
};

/// The program has ended before it replied.
class RunEnded : public Error {
 public:
  RunEnded(Error error, bool by_itself) : Error(std::move(error)), by_itself_(by_itself) {}

  /// Returns false if it hung or wrote garbage: then nothing is asked of it a second time.
  bool by_itself() const noexcept { return by_itself_; }

 private:
  bool by_itself_;
};

/// One process of the program.
class ProgramRun {
 public:
  ProgramRun(const ProgramSource& source, std::uint64_t number)
      : number_(number), source_(source), process_(source.command()) {}

  /// Returns the run's number, from 1.
  std::uint64_t number() const noexcept { return number_; }
  bool has_ended() const { return process_.ending().has_value(); }

  using Write = std::function<void(JsonLine& params)>;
  /// Sends a request and returns its reply. Throws RunEnded, and Error(plugin) if the request is
  /// larger than a line may be or the reply is invalid.
  Reply call(std::string_view method, const Write& write_params, std::chrono::milliseconds limit);
  /// Sends a request that has no reply; ignores a failure.
  void notify(std::string_view method, const Write& write_params) noexcept;

  /// Returns the error of a run that has ended, with `what` it could not do.
  RunEnded ended() const;
  /// Returns why it has ended, or nothing while it runs.
  std::optional<Ending> ending() const { return process_.ending(); }
  /// Returns how it ended: "ended with exit code 1", "was stopped: it opens a socket (socket)".
  std::string how_ended() const;
  /// Returns the last line that it wrote on standard error. Show it only if the program was given
  /// no secret.
  std::string last_error_line() const { return process_.last_error_line(); }

 private:
  std::optional<std::string> why_stopped() const;

  const std::uint64_t number_;
  const ProgramSource source_;
  ProgramProcess process_;
};

class SchemeProgram {
 public:
  /// Starts the program and asks what it is. Throws Error(plugin).
  SchemeProgram(ProgramSource source, const ProgramLimits& limits);

  const ProgramSource& source() const noexcept { return source_; }
  const ProgramLimits& limits() const noexcept { return limits_; }
  const HelloReply& hello() const noexcept { return hello_; }

  /// Returns the present run; starts a new one if it has ended. Throws Error(plugin) if it cannot
  /// be started, is not the program that it was, or was started too often.
  std::shared_ptr<ProgramRun> run();
  /// Returns the present run, also if it has ended.
  std::shared_ptr<ProgramRun> last_run() const;

  /// Returns a number that no other auth and no other operation of the program has, from 1.
  std::int64_t new_number() noexcept { return ++last_number_; }

 private:
  std::shared_ptr<ProgramRun> start(std::uint64_t number, HelloReply& hello) const;
  HelloReply ask_hello(ProgramRun& run) const;

  const ProgramSource source_;
  const ProgramLimits limits_;
  HelloReply hello_;
  std::atomic<std::int64_t> last_number_{0};

  mutable Mutex mutex_;
  std::shared_ptr<ProgramRun> run_ PINTLE_GUARDED_BY(mutex_);
  RestartLimit restarts_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle::program
