// SPDX-License-Identifier: Apache-2.0
//
// The rules that a scheme must follow, by number: what a finding of the conformance test cites.
// docs/plugin-rules.md explains each; the numbers never change.
//
// Threads: constants.

#pragma once

#include <span>
#include <string_view>

namespace pintle::conformance {

enum class Rule : int {
  script = 0,  // not a rule of schemes: the script of answers does not reach its end
  loads,
  survives,
  returns,
  sizes,
  views,
  borrowed,
  results,
  messages,
  no_sign_in_for_5xx,
  done_means_done,
  valid_output,
  secrets,
  cancelling,
  after_the_end,
  session,
  session_changed,
  finishes,
  no_io,
  deterministic,
  observing,
  fast,
  asking,
  memory
};

struct RuleText {
  Rule rule;
  std::string_view text;  ///< One line, as in docs/plugin-rules.md.
};

/// All of them, in the order of their numbers.
std::span<const RuleText> all_rules() noexcept;

/// "R9"; of Rule::script "script".
std::string_view name_of(Rule rule) noexcept;

/// Returns the rule of that number; Rule::survives if there is none.
Rule rule_from_number(int number) noexcept;

}  // namespace pintle::conformance
