// SPDX-License-Identifier: Apache-2.0
//
// The server of the settings page, on a port of loopback.
//
//     UiServer server(host, std::move(options));
//     open_browser(server.new_address());
//     server.run(interrupted);
//
// It answers only the browser of this user that has opened an address (page_access.h).
//
// Threads: `new_address` from any; `run` and the destructor from the owner's. Requests are handled
// on threads of its own, which have ended when the destructor returns.

#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include <pintle/host.h>

#include "ui/ui_options.h"

namespace pintle::ui {

class UiServer {
 public:
  /// `host` must outlive this. Throws Error(tcp) if it cannot listen.
  UiServer(const Host& host, UiOptions options);
  UiServer(const UiServer&) = delete;
  UiServer& operator=(const UiServer&) = delete;
  ~UiServer();

  /// Returns an address that opens the page once, within a minute. An earlier one is no longer
  /// valid.
  std::string new_address();

  /// Blocks until `stop` is requested, or until no page was heard from for `idle_end`: then returns
  /// true.
  bool run(const std::stop_token& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pintle::ui
