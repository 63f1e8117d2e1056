// SPDX-License-Identifier: Apache-2.0
//
// The error that an expression throws, for a test to look at.
//
// Threads: any.

#pragma once

#include <optional>

#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

namespace pintle::test {

/// Runs `action` and gives its Error back; a failure of the test where it throws none.
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

/// Runs `action` and gives its Error back, or nothing if it throws none.
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
