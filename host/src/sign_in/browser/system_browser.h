// SPDX-License-Identifier: Apache-2.0
//
// Opens a URL in the browser that the user uses.
//
// Threads: any.

#pragma once

#include <stop_token>
#include <string_view>

namespace pintle {

/// Tries $BROWSER, then wslview under WSL, then what the desktop has (xdg-open and its like), and
/// returns when one of them
/// has taken the URL: after two seconds at most. Throws Error(config) that says why none could: the
/// URL is not http(s) or not fit to be an argument, there is no screen, there is no browser.
void open_in_system_browser(std::string_view url, const std::stop_token& cancel = {});

}  // namespace pintle
