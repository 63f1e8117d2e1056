// SPDX-License-Identifier: Apache-2.0
//
// Tests whether a scheme library or a scheme program follows the rules (rules.h), in child
// processes: a scheme that crashes or hangs is a finding, and the test goes on with the next case.
//
// Threads: one per test; blocks until it is done.

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <pintle/conformance/rules.h>

namespace pintle::conformance {

struct Finding {
  Rule rule = Rule::script;
  std::string where;  ///< The case in which it was first seen: "sign-in, POST /login answered 503".
  std::string what;   ///< "the error asks for a sign-in"
  int times = 1;      ///< In how many cases.
};

struct TestOptions {
  std::filesystem::path worker;    ///< The installed pintle-scheme-test.
  std::filesystem::path script{};  ///< answers.json; empty: default_script().
  std::uint64_t seed = 1;          ///< Of the first random order.
  int seeds = 20;                  ///< How many random orders.
  bool valgrind = false;
  /// If there are some, the worker inherits this process's standard error, and has these variables
  /// beside PATH: "NAME=value".
  std::vector<std::string> stderr_variables{};
  int call_limit_ms = 5'000;  ///< A case without progress for this long is a hang.
  /// Called with the number of cases so far, and the one that runs. May be empty.
  std::function<void(int, const std::string&)> progress{};
};

struct TestReport {
  std::vector<Finding> findings;   ///< In the order of the rules.
  std::vector<std::string> notes;  ///< What was not tested, and why.
  int cases = 0;
  std::int64_t decorate_ns = -1;  ///< Median; -1: it was not measured.
};

/// Tests each scheme of a library or program. It must have been loaded once before. Throws
/// Error(plugin) if the worker cannot be run, and Error(config) if the script is invalid.
TestReport test_plugin(const std::filesystem::path& file, const TestOptions& options);

}  // namespace pintle::conformance
