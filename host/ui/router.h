// SPDX-License-Identifier: Apache-2.0
//
// Which request of the page does what. GET answers files and the state; POST does everything else.
//
// Threads: `handle` from any.

#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include <pintle/host.h>

#include "sign_in/peer_user.h"
#include "ui/exchange.h"
#include "ui/live_view.h"
#include "ui/page_access.h"
#include "ui/page_sign_in_ui.h"
#include "ui/saved_connections.h"
#include "ui/ui_options.h"

namespace pintle::ui {

class Router {
 public:
  /// The references must outlive this. `stop` ends every operation.
  Router(const Host& host, const UiOptions& options, PageAccess& access, std::stop_token stop);

  /// Answers the request of a connection whose other end is `user`.
  void handle(Exchange& exchange, PeerUser user);

 private:
  void get(Exchange& exchange);
  void post(Exchange& exchange);

  void answer_state(Exchange& exchange);
  void probe(Exchange& exchange);
  void put_secret(Exchange& exchange);
  void remove(Exchange& exchange);
  void status(Exchange& exchange);
  void sign_in(Exchange& exchange);
  void give_answer(Exchange& exchange);
  void sign_out(Exchange& exchange);
  void test(Exchange& exchange);
  void live(Exchange& exchange);
  void doctor(Exchange& exchange);

  Connection open(const std::string& name) const;

  const Host& host_;
  const UiOptions& options_;
  PageAccess& access_;
  std::stop_token stop_;
  SavedConnections saved_;
  SignIns sign_ins_;
  LiveViews live_views_;
};

}  // namespace pintle::ui
