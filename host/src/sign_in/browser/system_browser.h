// SPDX-License-Identifier: Apache-2.0
//
// Opens a URL in the user's browser.
//
// Threads: any.

#pragma once

#include <stop_token>
#include <string_view>

namespace pintle {

/// Tries $BROWSER, then wslview under WSL, then the desktop's commands (xdg-open and the like).
/// Returns when one of them has accepted the URL; each gets at most two seconds. Throws
/// Error(config) if the URL is not http(s) or not safe as an argument, if there is no display, or
/// if no browser could be opened.
void open_in_system_browser(std::string_view url, const std::stop_token& cancel = {});

}  // namespace pintle
