// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <pintle/conformance/rules.h>

namespace pintle::conformance {
namespace {

constexpr std::array kRules = {
    RuleText{Rule::loads, "The plugin can be loaded, and its facts are valid."},
    RuleText{Rule::survives, "No call ends the process."},
    RuleText{Rule::returns, "Every call returns at once."},
    RuleText{Rule::sizes, "Nothing beyond a struct's struct_size is read or written."},
    RuleText{Rule::views, "A view is read by its length, and may be null if that is 0."},
    RuleText{Rule::borrowed, "Input is read only during the call."},
    RuleText{Rule::results, "A function returns PINTLE_OK or a layer, and fills in its outputs."},
    RuleText{Rule::messages, "Every failure has a message of printable UTF-8."},
    RuleText{Rule::no_sign_in_for_5xx,
             "A 5xx, a timeout or a lost connection never asks for a sign-in."},
    RuleText{Rule::done_means_done,
             "A finished sign-in has a credential, a finished resolve a URL."},
    RuleText{Rule::valid_output, "Needs and decorations are valid: headers, URLs, keys, numbers."},
    RuleText{Rule::secrets, "No secret in an error, a reason, a description or an argument."},
    RuleText{Rule::cancelling, "An operation can be ended at every step, and another one begun."},
    RuleText{Rule::after_the_end, "After a failure the auth can be used, and a resume fails."},
    RuleText{Rule::session, "An auth opened with session() describes itself as the one before."},
    RuleText{Rule::session_changed, "A change of session() is reported in the same call."},
    RuleText{Rule::finishes, "An operation ends within 64 steps, whatever the answers."},
    RuleText{Rule::no_io, "No I/O: no output, file, socket, thread, child process or sleep."},
    RuleText{Rule::deterministic, "The same answers, time and random bytes give the same steps."},
    RuleText{Rule::observing,
             "Only a refusal of the current credential requires a sign-in in observe."},
    RuleText{Rule::fast, "decorate takes less than a microsecond; above 10 is a finding."},
    RuleText{Rule::asking, "No browser without PINTLE_MAY_ASK."},
    RuleText{Rule::memory, "No leak, and no invalid access, under valgrind."},
};

constexpr std::array<std::string_view, kRules.size() + 1> kNames = {
    "script", "R1",  "R2",  "R3",  "R4",  "R5",  "R6",  "R7",  "R8",  "R9",  "R10", "R11",
    "R12",    "R13", "R14", "R15", "R16", "R17", "R18", "R19", "R20", "R21", "R22", "R23"};

}  // namespace

std::span<const RuleText> all_rules() noexcept { return kRules; }

std::string_view name_of(Rule rule) noexcept { return kNames[static_cast<std::size_t>(rule)]; }

Rule rule_from_number(int number) noexcept {
  const bool known = number >= 0 && number < static_cast<int>(kNames.size());
  return known ? static_cast<Rule>(number) : Rule::survives;
}

}  // namespace pintle::conformance
