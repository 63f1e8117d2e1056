// SPDX-License-Identifier: Apache-2.0
//
// A gate that is not in the gateway contract: the key of ApiKeyGate for REST, but the WebSocket
// opens without a credential and asks for it in its first message (pages/ws_greeting.h).

#pragma once

#include "practice/gates/gate_api_key.h"

namespace pintle::practice {

class GreetingGate final : public ApiKeyGate {
 public:
  using ApiKeyGate::ApiKeyGate;
  bool admit_upgrade(const Request&) override { return true; }
};

}  // namespace pintle::practice
