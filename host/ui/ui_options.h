// SPDX-License-Identifier: Apache-2.0
//
// What the settings page gets from the program that runs it.
//
// Threads: the functions are called from any, one at a time for each request.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include <pintle/settings.h>

namespace pintle::ui {

struct UiOptions {
  std::uint16_t port = 0;  ///< 0: a free one.
  std::string version{};   ///< For display.
  /// Returns the current gateway, which commands use that name none: a name or a URL, or empty.
  std::function<std::string()> current_gateway{};
  /// Sets it. Throws Error(store).
  std::function<void(const std::string&)> set_current_gateway{};
  /// Called before a new connection is saved. Returns a note for the user, or nothing.
  std::function<std::string(ConnectionSettings&)> before_add{};
  /// The server ends this long after it last heard from a page.
  std::chrono::seconds idle_end{900};
};

}  // namespace pintle::ui
