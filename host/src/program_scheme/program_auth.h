// SPDX-License-Identifier: Apache-2.0
//
// One connection's state in a scheme program: its `pintle_auth` and `pintle_operation`.
//
// It keeps what opens the state again in a new run of the program (the opening and the session that
// the program last reported), and the decorations, so that no request waits for the program.
//
// Threads: as plugin.h says of the functions of a scheme, [any] and [one].

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>
#include <pintle/plugin.h>

#include "base/mutex.h"
#include "program_scheme/kept_decorations.h"
#include "program_scheme/scheme_program.h"

namespace pintle::program {

class ProgramOperation;

class ProgramAuth {
 public:
  /// Opens the scheme `index` of the program. `owner` is kept as long as this. Throws the scheme's
  /// Error, or Error(plugin).
  ProgramAuth(std::shared_ptr<SchemeProgram> program, std::size_t index,
              std::shared_ptr<const void> owner, const pintle_opening& opening);
  ProgramAuth(const ProgramAuth&) = delete;
  ProgramAuth& operator=(const ProgramAuth&) = delete;
  ~ProgramAuth();

  /// Returns the program's file.
  const std::filesystem::path& program() const noexcept { return program_.source().file; }

  /// The functions of pintle_scheme. They throw the scheme's Error, or Error(plugin).
  void decorate(const pintle_request& request, const pintle_sink& headers, pintle_decoration& out);
  /// Returns PINTLE_OBSERVATION_* flags; with NEEDS_SIGN_IN sets `why`.
  std::uint32_t observe(const pintle_response& response, std::optional<Error>& why);
  /// Fills in `step` as far as the scheme got, also if it throws.
  std::unique_ptr<ProgramOperation> begin(const pintle_begin& begin, pintle_step& step);
  void session(const pintle_sink& bytes) const;
  void describe(const pintle_sink& facts);

 private:
  friend class ProgramOperation;
  struct Called {
    Reply reply;
    std::shared_ptr<ProgramRun> run;
  };

  void open_in(ProgramRun& run) PINTLE_REQUIRES(mutex_);
  Called call(std::string_view method, const ProgramRun::Write& write_params,
              std::chrono::milliseconds limit) PINTLE_REQUIRES(mutex_);
  DecorationReply ask_decoration(const pintle_request& request) PINTLE_REQUIRES(mutex_);
  void take_session(const Reply& reply) PINTLE_REQUIRES(mutex_);
  bool has_new_session() PINTLE_REQUIRES(mutex_);
  void forget_decorations() PINTLE_REQUIRES(mutex_);
  void take_step(const Reply& reply, std::unique_ptr<StepReply>& kept, pintle_step& step)
      PINTLE_REQUIRES(mutex_);

  const std::shared_ptr<const void> owner_;
  const std::shared_ptr<SchemeProgram> kept_program_;
  SchemeProgram& program_;
  const SchemeTraits& traits_;
  const std::string scheme_id_;
  const std::int64_t number_;
  std::string opening_;  // Members of its JSON; no secret.

  mutable Mutex mutex_;
  Secret session_ PINTLE_GUARDED_BY(mutex_);
  bool is_session_unreported_ PINTLE_GUARDED_BY(mutex_) = false;  // to the host
  std::uint64_t open_run_ PINTLE_GUARDED_BY(mutex_) = 0;          // in which it is open; 0: none
  KeptDecorations decorations_ PINTLE_GUARDED_BY(mutex_);
};

class ProgramOperation {
 public:
  ProgramOperation(ProgramAuth& auth, std::int64_t number, std::shared_ptr<ProgramRun> run)
      : auth_(auth), number_(number), run_(std::move(run)) {}
  ProgramOperation(const ProgramOperation&) = delete;
  ProgramOperation& operator=(const ProgramOperation&) = delete;
  /// Ends it.
  ~ProgramOperation();

  ProgramAuth& auth() const noexcept { return auth_; }

  /// Throws the scheme's Error, or Error(plugin). What `step` points to is valid until the next
  /// call.
  void resume(const pintle_answer& answer, pintle_step& step);

 private:
  friend class ProgramAuth;

  ProgramAuth& auth_;
  const std::int64_t number_;
  const std::shared_ptr<ProgramRun> run_;
  std::unique_ptr<StepReply> step_;
};

}  // namespace pintle::program
