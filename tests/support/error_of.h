// SPDX-License-Identifier: Apache-2.0
//
// Returns the error that an expression throws, for a test to check.
//
// Threads: any.

#pragma once

#include <optional>

#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

namespace pintle::test {

/// Runs `action` and returns its Error; fails the test if it throws none.
template <class Action>
Error error_of(Action action) {
  try {
    (void)action();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(Layer::config, "nothing was thrown");
}

/// Runs `action` and returns its Error, or nothing if it throws none.
template <class Action>
std::optional<Error> error_if_any(Action action) {
  try {
    (void)action();
  } catch (const Error& e) {
    return e;
  }
  return std::nullopt;
}

}  // namespace pintle::test
