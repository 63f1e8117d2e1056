// SPDX-License-Identifier: Apache-2.0
//
// The parts of the conformance test. Each plays a scenario in many cases.
//
// Threads: one.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sandbox.h"
#include "walk.h"

namespace pintle::conformance {

/// A scenario of one scheme, and what it does if all goes well.
struct Play {
  const pintle_scheme& scheme;
  const Scenario& scenario;
  const std::string& base_url;
  Channel& channel;
  Memory& memory;
  Sandbox* sandbox;               ///< Null: not watched (valgrind, programs).
  const StartedProgram* program;  ///< Null: a library.
  std::string prefix{};           ///< Of each place: "password: "
  std::uint64_t seed = 1;
  bool is_default = false;         ///< The script may not fit the scheme.
  std::vector<Reached> reached{};  ///< Filled in by `play_as_scripted`.
  bool finished = false;           ///< All operations were done.
};

/// A case: begins it, runs `body` with a fresh world, and looks for I/O afterwards.
void in_case(Play& play, Rule fatal, const std::string& place, const std::string& variant,
             const std::function<void(World&)>& body);

/// As the script says: the facts, the session's round trip. Must be the first part.
void play_as_scripted(Play& play);

/// The structs of an older and a newer host, structs that are too small, null views, input that is
/// gone after the call.
void play_layouts(Play& play);

/// The same for a program, which has no structs: empty texts, and no probe.
void play_nothing_given(Play& play);

/// At every need every hostile answer.
void play_hostile(Play& play);

/// Ends each operation at every need, and resumes after the end.
void play_endings(Play& play);

/// Responses of all kinds, to the current and to an older credential.
void play_responses(Play& play);

/// Stored sessions that are damaged.
void play_sessions(Play& play);

/// Twice the same, and two auths at once.
void play_repetition(Play& play);

/// Calls in random order with random answers.
void play_random(Play& play, std::uint64_t seed);

/// How long decorate takes.
void play_speed(Play& play);

}  // namespace pintle::conformance
