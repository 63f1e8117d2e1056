// SPDX-License-Identifier: Apache-2.0
//
// /practice/…: how a test in another process inspects and controls a practice gateway. The only
// paths that are not in the contract.
//
// Threads: called from every connection's thread.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "practice/server/message.h"
#include "practice/state/gateway_state.h"
#include "practice/wall/wall.h"

namespace pintle::practice {

class ControlPages {
 public:
  /// `cut_others` ends every connection except the one with that number.
  ControlPages(GatewayState& state, WallDoor& wall, std::function<void(std::uint64_t)> cut_others)
      : state_(state), wall_(wall), cut_others_(std::move(cut_others)) {}

  /// GET request-log; POST reset (the log and the faults), faults (a list, see faults.h), clock
  /// {"advance_ms":N}, end-sessions, expire-access, forget-tickets, drop-connections;
  /// rotate-wall, revoke-wall and wall-session, whose responses hold the wall's present credential.
  /// Returns
  /// nothing if the path is not below /practice/.
  std::optional<HttpResponse> answer(const Request& request);

 private:
  HttpResponse steer(const Request& request, const std::string& what);

  GatewayState& state_;
  WallDoor& wall_;
  std::function<void(std::uint64_t)> cut_others_;
};

}  // namespace pintle::practice
